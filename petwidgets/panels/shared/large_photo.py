"""A photograph of a grid shown large, with its facts and the menu to follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.data.image import encode, read_photo
from petwidgets.panels.shared.follow import follow, ways
from petwidgets.widgets.lightbox import Lightbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from petwidgets.panels.base import Panel

LARGE = 1000
"""The longer side of a photograph that is opened, in pixels."""


class LargePhoto(Lightbox):
    """A dialog with one photograph of a panel's.

    Args:
        panel: whose session's lessons it can be followed to; it says what goes wrong.
        turn: shows the one that is so many further, back where it is negative.

    Example:
        >>> LargePhoto(panel, turn=print).opened  # doctest: +SKIP
        False
    """

    def __init__(self, panel: Panel, turn: Callable[[int], object]) -> None:
        super().__init__(panel.guarded(turn), panel.guarded(self._follow))
        self._session = panel.session
        self._path: Path | None = None

    def show(self, path: Path, title: str, facts: Iterable[Sequence[str]]) -> None:
        """Open it; of a photograph that can't be read it says why."""
        jpeg, problem = b"", ""
        try:
            jpeg = encode(read_photo(path), LARGE)
        except Problem as said:
            problem = str(said)
        self._path = path
        with self.hold_sync():
            self.title, self.facts = title, [*map(list, facts)]
            self.jpeg, self.problem = jpeg, problem
            self.ways = ways(self._session, path)
            self.opened = True

    def _follow(self, lesson: str) -> None:
        if self._path is not None:
            self.opened = False
            follow(self._session, self._path, lesson)
