"""A slide rule: two lengths, one laid at the end of the other, multiply what they stand for."""

from __future__ import annotations

from traitlets import Float

from petwidgets.widgets.base import Shared


class SlideRule(Shared):
    """Two arrows along a logarithmic axis from 1/1000 to 1000; the tip of each can be moved.

    Example:
        >>> SlideRule(a=0.5, b=0.1).a
        0.5
    """

    file = "slide_rule"

    from_page = ("a", "b")

    a = Float(0.5, min=1e-3, max=1e3).tag(sync=True)
    b = Float(0.1, min=1e-3, max=1e3).tag(sync=True)
