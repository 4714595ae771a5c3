"""The folds at the end of a panel: the code that does the same, and why it is so."""

from __future__ import annotations

from pathlib import Path

from traitlets import Unicode

from petwidgets.ui.part import Shared


class Folds(Shared):
    """Two closed parts that open: code, with a button that copies it, and plain sentences.

    Example:
        >>> Folds(code="learn.fine_tune(2)", why="It adapts the whole network.").code
        'learn.fine_tune(2)'
    """

    file = Path(__file__)

    code = Unicode().tag(sync=True)
    why = Unicode().tag(sync=True)
