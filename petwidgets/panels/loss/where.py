"""From a loss for two classes to one for many: `where`, then indexing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from petwidgets.common.formatting import counted
from petwidgets.metrics import loss_comparison, losses
from petwidgets.panels.loss.base import LossTablePanel
from petwidgets.widgets.base import note
from petwidgets.widgets.fields import button
from petwidgets.widgets.form import Form
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.metrics.column_group import Group
    from petwidgets.metrics.loss_batch import Batch


class WherePanel(LossTablePanel):
    """The two-case loss beside indexing, on as many columns as one likes.

    Args:
        session: whose batch is shown; a panel alone makes its own.
        activations: (n, c) numbers, a row an item, n 64 at most: an array, tensor or list.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        names: n names of the rows; by default their numbers.

    Attributes:
        batch: what is shown, with all edits: `activations` (n, c) float32, `targets` (n).
        verdict: in how many rows `where` and indexing agree.

    Raises:
        Problem: what is given has another shape or other values.

    Example:
        From your own numbers:

        >>> WherePanel(activations=[[2.0, 1.0, 0.0]], targets=[2]).verdict.value
        'Live: with 3 columns where and indexing disagree in 1 of 1 row.'

        From the chapter's batch:

        >>> WherePanel().verdict.value
        'Live: with 2 columns where and indexing agree in all 6 rows.'
    """

    key = "where"
    title = "From two classes to many"
    lead = "Add a third column, and see where the two-case loss goes wrong."
    why = (
        "With two classes one probability is enough, and where chooses between it and what is left"
        " to 1. A third class leaves it nothing to choose: one would put a where into a where, 36"
        " of them for 37 breeds. Written as a column a class, the target is simply the number of"
        " the column, and picking it is one indexing for any number of classes."
    )

    def build(self) -> None:
        """Controls above, the table below."""
        self.shapes = Form([button(f"to{c}", counted(c, "column")) for c in (2, 3, 10, 37)])
        for c in (2, 3, 10, 37):
            self.shapes.on_press(f"to{c}", self.guarded(lambda c=c: self.choice.set(columns=c)))
        self.verdict = note()
        self.counts = Table(header=["for these columns", "operations", "same numbers"])
        self.result.children = [self.verdict, self.sheet, self.counts]
        self.body.children = [self.choice, self.shapes, self.lead_there, self.result]
        self.begin()

    def sheets(self, batch: Batch) -> list[Group]:
        """`where` beside indexing."""
        return loss_comparison.many(batch)

    def draw(self) -> None:
        """The table, and in how many rows the two disagree."""
        super().draw()
        batch = self.batch
        softmax = losses.softmax(batch.activations)
        chosen = losses.picked(softmax, batch.targets)
        where = losses.binary_loss(softmax[:, 1], batch.targets)
        wrong = int((~np.isclose(where, 1 - chosen, atol=1e-6, equal_nan=True)).sum())
        c, rows = len(batch.columns), counted(len(batch.rows), "row")
        agree = f"agree in all {rows}." if not wrong else f"disagree in {wrong} of {rows}."
        self.verdict.value = f"Live: with {counted(c, 'column')} where and indexing {agree}"
        nested = losses.nested_where(softmax, batch.targets)
        same = np.array_equal(nested, chosen, equal_nan=True)
        self.counts.rows = [
            ["where inside where", str(c - 1), "yes" if same else "no"],
            ["indexing", "1", "yes"],
        ]
