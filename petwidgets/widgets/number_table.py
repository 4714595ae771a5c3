"""A table of numbers that shows how each was computed; some can be edited.

The page knows no formula: it is told in each group's `formula` which numbers went into it (see
`petwidgets.metrics.column_group`), lights them up and writes the formula with them put in. By
custom message:

| browser                                               | Python                               |
|-------------------------------------------------------|--------------------------------------|
| `edits`: list of `[group, row, column, text or number]` | `done`, when all of them are applied |

The page sends the next edits when the last are done, so that a cell that is dragged asks no more
often than it is answered.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import Bytes, Dict, Int, List, Unicode, validate

from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from petwidgets.metrics.column_group import Group
    from petwidgets.metrics.loss_batch import Batch

Edit = tuple[str, int, int, float]

log = logging.getLogger(__name__)


class NumberTable(Shared):
    """Groups of numbers side by side, a row for each photograph.

    Args:
        edited: called with a list of `(group, row, column, value)`; a value that was typed and is
            no number is nan.

    Example:
        >>> from petwidgets.metrics.loss_steps import steps
        >>> from petwidgets.metrics.loss_batch import Workbench
        >>> sheet, batch = NumberTable(), Workbench().batch()
        >>> sheet.show(steps(batch), batch)
        >>> sheet.columns
        ['3', '7']
    """

    file = "number_table"

    from_page = ("row",)

    groups = List(Dict()).tag(sync=True)
    numbers = Bytes(help="float32: every group's values, one after another").tag(sync=True)
    columns = List(Unicode()).tag(sync=True)
    rows = List(Unicode()).tag(sync=True)
    pictures = List(Bytes()).tag(sync=True)
    source = Unicode().tag(sync=True)
    begun = List(Int(), help="rows and columns beyond which numbers were filled in").tag(sync=True)
    changed = List(help="group, row and column of numbers that a person changed").tag(sync=True)
    shown = Int(help="how many groups are shown").tag(sync=True)
    hidden = List(help="group, row and column of a number to be guessed").tag(sync=True)
    row = Int(help="the row that was looked at last").tag(sync=True)

    def __init__(self, edited: Callable[[list[Edit]], Any] | None = None) -> None:
        super().__init__()
        self._edited = edited
        self.on_msg(self._hear)

    def show(self, groups: Sequence[Group], batch: Batch, shown: int | None = None) -> None:
        """Show these groups of numbers, or the first `shown` of them."""
        with self.hold_sync():
            self.columns, self.rows = [*batch.columns], [*batch.rows]
            if self.pictures != [*batch.pictures]:
                self.pictures = [*batch.pictures]
            self.source = batch.source
            self.begun = [*(batch.begun or batch.activations.shape)]
            self.changed = [*map(list, batch.changed)]
            self.groups = [_facts(group) for group in groups]
            self.numbers = b"".join(np.asarray(g.values, np.float32).tobytes() for g in groups)
            self.shown = len(groups) if shown is None else shown
            self.row = min(self.row, len(batch.rows) - 1)

    @validate("row")
    def _known_row(self, proposal: Any) -> int:
        return int(min(max(0, proposal["value"]), max(0, len(self.rows) - 1)))

    def clear(self) -> None:
        """Show nothing: there is no batch."""
        with self.hold_sync():
            self.columns, self.rows, self.pictures, self.groups = [], [], [], []
            self.numbers, self.source, self.shown, self.changed = b"", "", 0, []

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        try:
            if self._edited and (edits := [_edit(one) for one in content.get("edits", [])]):
                self._edited(edits)
        except (TypeError, ValueError, AttributeError):
            log.warning("a page sent edits that are none")
        self.send({"done": True})


def _edit(said: Any) -> Edit:
    group, row, column, value = said
    return str(group), int(row), int(column), number_of(value)


def number_of(value: Any) -> float:
    """A number as it was typed, with a decimal comma too; nan if it is not a number."""
    try:
        return float(str(value).replace(",", ".").strip())
    except ValueError:
        return math.nan


def _facts(group: Group) -> dict[str, Any]:
    facts = {"name": group.name, "title": group.title, "kind": group.kind, "formula": group.formula}
    more = {"editable": group.editable, "bars": group.bars, "under": group.under}
    return {**facts, **{name: value for name, value in more.items() if value}}
