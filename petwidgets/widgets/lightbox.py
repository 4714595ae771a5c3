"""A dialog with one large photograph and its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Bool, Bytes, List, Unicode

from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from collections.abc import Callable


class Lightbox(Shared):
    """A dialog. `turned` is called with -1 or 1 when the one before or after is asked for.

    Example:
        >>> Lightbox(turned=print).opened
        False
    """

    file = "lightbox"

    from_page = ("opened",)

    opened = Bool(default_value=False).tag(sync=True)
    title = Unicode().tag(sync=True)
    problem = Unicode().tag(sync=True)
    jpeg = Bytes().tag(sync=True)
    facts = List(List(Unicode())).tag(sync=True)

    def __init__(self, turned: Callable[[int], Any]) -> None:
        super().__init__()
        self._turned = turned
        self.on_msg(self._hear)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if content in (-1, 1):
            self._turned(content)
