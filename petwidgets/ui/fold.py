"""A fold at the end of a panel: the code that does the same, or why it is so."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Bool, Unicode


class Fold(anywidget.AnyWidget):
    """A closed part that opens: plain sentences, or code with a button that copies it.

    Example:
        >>> Fold(label="Code", text="learn.fine_tune(2)", code=True).text
        'learn.fine_tune(2)'
    """

    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_suffix(".css")

    label = Unicode().tag(sync=True)
    text = Unicode().tag(sync=True)
    code = Bool(default_value=False).tag(sync=True)
