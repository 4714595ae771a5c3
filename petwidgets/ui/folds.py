"""The folds at the end of a panel: the code that does the same, fastai's source, and why."""

from __future__ import annotations

from pathlib import Path

from traitlets import Unicode

from petwidgets.lessons.sources import source
from petwidgets.problem import Problem
from petwidgets.ui.part import Shared


class Folds(Shared):
    """Closed parts that open: code, with a button that copies it, and plain sentences.

    Where `source` is not empty there is a third, the source of a library's method in use.

    Example:
        >>> Folds(code="learn.fine_tune(2)", why="It adapts the whole network.").code
        'learn.fine_tune(2)'
    """

    file = Path(__file__)

    code = Unicode().tag(sync=True)
    source = Unicode().tag(sync=True)
    source_title = Unicode("Source").tag(sync=True)
    why = Unicode().tag(sync=True)

    def show_source(self, name: str) -> None:
        """The source of one of fastai's methods, or why it can't be shown."""
        try:
            found = source(name)
        except Problem as problem:  # fastai may be with the engine alone
            self.source = str(problem)
            return
        self.source_title = f"Source: {name}, fastai {found.version}, {found.file}"
        self.source = found.code
