"""The folds at the end of a panel: the code that does the same, fastai's source, and why."""

from __future__ import annotations

from typing import Any

from traitlets import Dict, Unicode

from petwidgets.common.errors import Problem
from petwidgets.snippets.fastai_source import source
from petwidgets.widgets.base import Shared

CLOSED = {"code": "", "source": "", "why": ""}
"""What a page has of the long texts until it opens them."""


class Folds(Shared):
    """Closed parts that open: code, with a button that copies it, and plain sentences.

    Where there is a `source_title` there is a third, the source of a library's method in use. The
    texts go to a page when it opens them: all of theirs were a tenth of what it received.

    Example:
        >>> Folds(code="learn.fine_tune(2)", why="It adapts the whole network.").code
        'learn.fine_tune(2)'
    """

    file = "folds"

    code = Unicode()
    source = Unicode()
    source_title = Unicode().tag(sync=True)
    why = Unicode()
    opened = Dict(CLOSED).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._open: set[str] = set()
        super().__init__(**traits)
        self.on_msg(self._hear)
        self.observe(lambda _: self._tell(), [*CLOSED])

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, str) and content in CLOSED:
            self._open.add(content)
            self._tell()

    def _tell(self) -> None:
        self.opened = {**CLOSED, **{name: getattr(self, name) for name in self._open}}

    def show_source(self, name: str) -> None:
        """The source of one of fastai's methods, or why it can't be shown."""
        try:
            found = source(name)
        except Problem as problem:  # fastai may be with the engine alone
            self.source_title, self.source = f"Source: {name}", str(problem)
            return
        self.source_title = f"Source: {name}, fastai {found.version}, {found.file}"
        self.source = found.code
