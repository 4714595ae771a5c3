"""A plain table that grows."""

from __future__ import annotations

from traitlets import List, Unicode

from petwidgets.widgets.base import Shared


class Table(Shared):
    """Rows of text under a header; cells that hold numbers stand to the right.

    Example:
        >>> Table(header=["epoch", "error"], rows=[["1", "12.5 %"]]).rows
        [['1', '12.5 %']]
    """

    file = "table"

    caption = Unicode().tag(sync=True)
    header = List(Unicode()).tag(sync=True)
    rows = List(List(Unicode())).tag(sync=True)
