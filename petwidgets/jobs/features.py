"""Compute features of photographs, and find the photographs nearest to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from petwidgets.runs.run import Run

NEAREST = 8
"""Neighbours of a photograph by default."""


@dataclass(frozen=True)
class Missing:
    """Features that have to be computed.

    Args:
        positions: of the photographs, among those that were asked about.
        seconds: that all of them will take.
    """

    positions: tuple[int, ...]
    seconds: float


class Neighbour(NamedTuple):
    """A photograph and the cosine of its features to those of another one."""

    name: str
    breed: str
    similar: float


@job("petwidgets.learning.explain.embeddings")
def missing(run: Run, files: Sequence[str]) -> Missing:
    """Say which features have to be computed; a few are, to measure how long that takes.

    Raises:
        Problem: the run has no weights, or a photograph can't be read.
    """


@job("petwidgets.learning.explain.embeddings")
def gather(run: Run, files: Sequence[str]) -> int:
    """Compute and keep the features of some photographs; returns how many.

    Raises:
        Problem: the run has no weights, or a photograph can't be read.
    """


@job("petwidgets.learning.explain.nearest")
def nearest(
    run: Run, photo: Path | str | bytes, places: Sequence[tuple[str, str, str]], k: int = NEAREST
) -> list[Neighbour]:
    """Find those whose features point most nearly where the photograph's do, the nearest first.

    Args:
        run: whose features.
        photo: a file, or a file's bytes.
        places: name, path and breed of the photographs that are looked among.
        k: how many are wanted.

    Raises:
        Problem: a photograph can't be read, or the run has no weights.
    """
