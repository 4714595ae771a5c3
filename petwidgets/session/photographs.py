"""The photographs that a visitor has brought, and what was said of each; in memory only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from petwidgets.jobs.classify import Answer

MAX_COUNT, MAX_BYTES = 60, 200 * 2**20
"""Photographs of a visit that are kept, and their bytes; the oldest go."""


@dataclass(frozen=True)
class Brought:
    """A photograph that a visitor brought, and what was said of it: an answer, or a problem.

    Args:
        run: the id of the run that is asked; empty for the chosen one.
    """

    key: int
    name: str
    photo: bytes
    answer: Answer | None = None
    problem: str = ""
    run: str = ""


class VisitPhotographs:
    """The photographs of a visit, by key, the oldest first."""

    def __init__(self) -> None:
        self.items: dict[int, Brought] = {}
        self._last = self._forgotten = 0

    def new_key(self) -> int:
        """Return the key of a photograph that has just arrived."""
        self._last += 1
        return self._last

    def forgotten(self, key: int) -> bool:
        """Whether all was forgotten after this photograph had arrived."""
        return key <= self._forgotten

    def put(self, photograph: Brought) -> list[int]:
        """Keep a photograph; returns the keys of the oldest ones, which gave way."""
        self.items[photograph.key] = photograph
        removed = []
        while len(self.items) > 1 and self._too_many:
            oldest = next(iter(self.items))
            del self.items[oldest]
            removed.append(oldest)
        return removed

    @property
    def _too_many(self) -> bool:
        size = sum(len(photograph.photo) for photograph in self.items.values())
        return len(self.items) > MAX_COUNT or size > MAX_BYTES

    def clear(self) -> None:
        """Forget all, also those that are still looked at."""
        self._forgotten = self._last
        self.items.clear()
