"""Run a batch of photographs through a run's network, for the loss panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from petwidgets.runs.run import Run


@dataclass(frozen=True)
class Looked:
    """The network's output for a batch of files.

    Args:
        files: the n requested paths.
        read: the m indices of those that could be read.
        activations: (m, c) float32, outputs of the last layer.
        pictures: m JPEG files, 160 pixels at most.
        problem: a sentence about the first file that could not be read; empty if all were.
    """

    files: tuple[str, ...]
    read: tuple[int, ...]
    activations: np.ndarray
    pictures: tuple[bytes, ...]
    problem: str


@job("petwidgets.inference.classify")
def batch(run: Run, files: Sequence[str]) -> Looked:
    """Run files through a run's network; unreadable ones are left out.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
