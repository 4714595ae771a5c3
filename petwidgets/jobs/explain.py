"""Show what a network looked at in a photograph (Grad-CAM), and map a validation set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from petwidgets.jobs.features import Missing
    from petwidgets.runs.run import Run

    Shares = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Heat:
    """Grad-CAM heat maps of a photograph: the places that are evidence for each of some breeds.

    Args:
        size: side of the square that the network saw, in pixels.
        seen: that square as a JPEG file.
        maps: by breed, the square with the heat map over it, each scaled to its own maximum.
        probabilities: by breed, not calibrated.
        shares: by breed, (3, 3) shares of its heat, from upper left to lower right; sum 1.
        empty: the breeds without any evidence.
    """

    size: int
    seen: bytes
    maps: Mapping[str, bytes]
    probabilities: Mapping[str, float]
    shares: Mapping[str, Shares]
    empty: tuple[str, ...]


@job("petwidgets.inference.heat")
def grad_cam(run: Run, photo: Path | str | bytes, breeds: Sequence[str]) -> Heat:
    """Compute Grad-CAM heat maps of a photograph for some breeds.

    Args:
        run: the run whose network is used.
        photo: a file, or a file's bytes.
        breeds: k breeds of the run's vocab.

    Raises:
        Problem: the run has no weights, or they are damaged; the photograph can't be read; a breed
            is unknown; or the network has no feature maps.
    """


@dataclass(frozen=True)
class Embedded:
    """Validation photographs as points of a plane.

    Args:
        names: n file names.
        points: (n, 2) float32.
        dropped: how many photographs were left out because there were too many.
        share: of the variance that two principal components explain.
    """

    names: tuple[str, ...]
    points: np.ndarray
    dropped: int
    share: float


@job("petwidgets.inference.projection")
def embed(run: Run, method: str, places: Sequence[tuple[str, str]]) -> Embedded | Missing:
    """Project the features of a run's validation photographs to a plane.

    Args:
        run: the run whose features are used: those its training saved, else those in the cache.
        method: `tsne` or `pca`.
        places: names and paths of validation photographs, for a run that saved no features.

    Returns:
        `Missing` if features have to be computed first.

    Raises:
        Problem: the features are damaged, the run has neither features nor weights, or there are
            too few photographs.
    """
