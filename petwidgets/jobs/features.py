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
        positions: indices of the photographs within the request.
        seconds: estimated time for all of them.
    """

    positions: tuple[int, ...]
    seconds: float


class Neighbour(NamedTuple):
    """A photograph, and the cosine similarity of its features to those of the one searched for."""

    name: str
    breed: str
    similar: float


@job("petwidgets.inference.embeddings")
def missing(run: Run, files: Sequence[str]) -> Missing:
    """List the features that are not in the cache; compute a few to estimate the time.

    Raises:
        Problem: the run has no weights, or a photograph can't be read.
    """


@job("petwidgets.inference.embeddings")
def gather(run: Run, files: Sequence[str]) -> int:
    """Compute the features of some photographs and cache them; returns how many.

    Raises:
        Problem: the run has no weights, or a photograph can't be read.
    """


@job("petwidgets.inference.nearest")
def nearest(
    run: Run, photo: Path | str | bytes, places: Sequence[tuple[str, str, str]], k: int = NEAREST
) -> list[Neighbour]:
    """Find the photographs with the most similar features (cosine), the nearest first.

    Args:
        run: the run whose network computes the features.
        photo: a file, or a file's bytes.
        places: name, path and breed of the photographs to search.
        k: number of neighbours.

    Raises:
        Problem: a photograph can't be read, or the run has no weights.
    """
