"""The top of a panel: title, instruction, and the sentence of a problem."""

from __future__ import annotations

from traitlets import Unicode

from petwidgets.widgets.base import Shared


class Heading(Shared):
    """A title, one sentence that says what to do, and a place for a problem.

    All text is shown as text, whatever is in it.

    Example:
        >>> Heading(title="Data", lead="Choose photographs.").problem
        ''
    """

    file = "heading"

    title = Unicode().tag(sync=True)
    lead = Unicode().tag(sync=True)
    problem = Unicode().tag(sync=True)
