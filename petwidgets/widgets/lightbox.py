"""A dialog with one large photograph and its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Bool, Bytes, List, Unicode

from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from collections.abc import Callable


class Lightbox(Shared):
    """A dialog with a menu of lessons that the photograph can be followed to.

    Args:
        turned: called with -1 or 1 when the one before or after is asked for.
        followed: called with the key of a lesson.

    Example:
        >>> Lightbox(turned=print, followed=print).opened
        False
    """

    file = "lightbox"

    from_page = ("opened",)

    opened = Bool(default_value=False).tag(sync=True)
    title = Unicode().tag(sync=True)
    problem = Unicode().tag(sync=True)
    jpeg = Bytes().tag(sync=True)
    facts = List(List(Unicode())).tag(sync=True)
    ways = List(List(Unicode()), help="keys of lessons and what they show").tag(sync=True)

    def __init__(self, turned: Callable[[int], Any], followed: Callable[[str], Any]) -> None:
        super().__init__()
        self._turned, self._followed = turned, followed
        self.on_msg(self._hear)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if content in (-1, 1):
            self._turned(content)
        elif content in [key for key, _ in self.ways]:
            self._followed(content)
