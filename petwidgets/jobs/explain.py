"""See what a network looked at in a photograph, and map a validation set."""

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
    """Where in a photograph something speaks for some breeds (Grad-CAM).

    Args:
        size: pixels of a side of what the network saw.
        seen: that square as a JPEG file.
        maps: the same by breed, with its heat laid over it; the hottest place of each is brightest.
        probabilities: by breed, as trained.
        shares: by breed, (3, 3) of its heat from the upper left to the lower right, adding to one.
        empty: those of the breeds that nothing speaks for.
    """

    size: int
    seen: bytes
    maps: Mapping[str, bytes]
    probabilities: Mapping[str, float]
    shares: Mapping[str, Shares]
    empty: tuple[str, ...]


@job("petwidgets.learning.explain.grad_cam")
def grad_cam(run: Run, photo: Path | str | bytes, breeds: Sequence[str]) -> Heat:
    """Find what in a photograph speaks for each of some breeds of the run's.

    Args:
        run: whose network.
        photo: a file, or a file's bytes.
        breeds: k of the run's.

    Raises:
        Problem: the run has no weights, or they are damaged; the photograph can't be read, a breed
            is unknown, or the network has no maps.
    """


@dataclass(frozen=True)
class Embedded:
    """Validation photographs as points of a plane.

    Args:
        names: n of them.
        points: (n, 2) float32.
        dropped: how many were left out for being too many.
        share: of the variance, that two components of PCA keep.
    """

    names: tuple[str, ...]
    points: np.ndarray
    dropped: int
    share: float


@job("petwidgets.learning.explain.projection")
def embed(run: Run, method: str, places: Sequence[tuple[str, str]]) -> Embedded | Missing:
    """Lay a run's validation photographs into a plane.

    Args:
        run: whose features; those that its training kept, else those in the cache.
        method: `tsne` or `pca`.
        places: name and path of validation photographs, of which features are wanted where none
            were kept.

    Returns:
        `Missing` where features have to be computed first.

    Raises:
        Problem: the features are damaged, there are none and no weights, or too few photographs.
    """
