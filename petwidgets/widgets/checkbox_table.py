"""A table whose rows can be ticked."""

from __future__ import annotations

from typing import Any

from traitlets import List, Unicode, validate

from petwidgets.widgets.base import Shared


class CheckboxTable(Shared):
    """Rows of text, each with a box to tick; the box is in the first cell and named by it.

    `names` has one for every row, and `chosen` those whose boxes are ticked, in the order in
    which they were. What the page sends and is no name is left out.

    Example:
        >>> picks = CheckboxTable(header=["run"], names=["a", "b"], rows=[["A"], ["B"]])
        >>> picks.chosen = ["b", "z"]
        >>> picks.chosen
        ['b']
    """

    file = "checkbox_table"

    from_page = ("chosen",)

    caption = Unicode().tag(sync=True)
    header = List(Unicode()).tag(sync=True)
    names = List(Unicode()).tag(sync=True)
    rows = List(List(Unicode())).tag(sync=True)
    chosen = List(Unicode()).tag(sync=True)

    @validate("chosen")
    def _known(self, proposal: Any) -> list[str]:
        return [name for name in dict.fromkeys(proposal["value"]) if name in self.names]
