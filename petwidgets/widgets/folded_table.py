"""The table of a large chart, sent to the page when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Bool, Unicode, observe

from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Figures = tuple[Iterable[str], Iterable[Iterable[str]]]

PRINTED = "petwidgets-printed"
"""The CSS class of a box of tables whose cells are set as a notebook prints, line by line."""


def _nothing() -> Figures:
    return (), ()


class FoldedTable(Table):
    """A table under a line that opens it; header and rows are made while it is open.

    Example:
        >>> table = FoldedTable()
        >>> table.offer("The chart as a table", lambda: (["x", "y"], [["1", "2"]]))
        >>> table.rows
        []
        >>> table.opened = True
        >>> table.rows
        [['1', '2']]
    """

    from_page = ("opened",)

    summary = Unicode(help="the line that opens it; empty: there is no table").tag(sync=True)
    opened = Bool(default_value=False).tag(sync=True)

    def __init__(self) -> None:
        self._make: Callable[[], Figures] = _nothing
        super().__init__()

    def offer(self, summary: str, make: Callable[[], Figures] = _nothing) -> None:
        """Have header and rows shown, which `make` makes: now if it is open, else when it is."""
        self._make = make
        with self.hold_sync():
            self.summary = summary
            self._fill()

    @observe("opened")
    def _fill(self, _change: Any = None) -> None:
        header, rows = self._make() if self.opened else _nothing()
        with self.hold_sync():
            self.header, self.rows = [*header], [[*row] for row in rows]
