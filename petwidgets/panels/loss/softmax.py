"""From sigmoid to softmax: the same two columns, and any number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.common.formatting import readable
from petwidgets.metrics import loss_comparison, losses
from petwidgets.panels.loss.base import LossTablePanel
from petwidgets.panels.loss.exponentials import Exponentials
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import controls
from petwidgets.widgets.fields import button, choice, slider
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from petwidgets.metrics.column_group import Group
    from petwidgets.metrics.loss_batch import Batch

REACH = 12.0
CURVES = "Curves of sigmoid and exp"


class SoftmaxPanel(LossTablePanel):
    """Sliders for one row, bars that answer, and all rows in a table.

    Args:
        session: whose batch is shown; a panel alone makes its own.
        activations: (n, c) numbers, a row an item, n 64 at most: an array, tensor or list.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        names: n names of the rows; by default their numbers.

    Attributes:
        batch: what is shown, with all edits: `activations` (n, c) float32, `targets` (n).
        mover: `row` and `column` of the bars, and `moved`, the activation there.
        form: `shift` of all activations; `temperature`, which they are divided by.

    Raises:
        Problem: what is given has another shape or other values.

    Example:
        From your own numbers:

        >>> panel = SoftmaxPanel(activations=[[2.0, 1.0, 0.0]], targets=[0])
        >>> panel.softmax.items[0]["text"]
        '0.6652'

        From the chapter's batch:

        >>> SoftmaxPanel().sigmoids.caption
        'Sigmoid of each: they add up to 1.2263'
    """

    key = "softmax"
    title = "From sigmoid to softmax"
    lead = "Move one activation, shift them all, or change the temperature, and watch the bars."
    why = (
        "Sigmoid looks at one number and knows nothing of the others, so a row of sigmoids adds up"
        " to anything. With two classes only the difference matters: its sigmoid and the rest to 1"
        " are softmax, exactly. A shift of the whole row changes no difference, hence no softmax,"
        " but every single sigmoid. A temperature above 1 makes differences smaller and answers"
        " less sure, without changing which comes first."
    )

    def build(self) -> None:
        """Controls above, the table below."""
        self.sigmoids, self.softmax = Bars(longest=1.0), Bars(longest=1.0)
        self.mover = Form(
            [choice("row", "Row", [("0", "0")]), choice("column", "Column", [("0", "0")]),
             slider("moved", "Its activation", -REACH, REACH, 0.01)]
        )  # fmt: skip
        form = Form(
            [slider("shift", "Shift of all", -10, 10, 0.5),
             slider("temperature", "Temperature", 0.1, 10, 0.1),
             button("curves", CURVES)],
            temperature=1.0, shift=0.0,
        )  # fmt: skip
        bars = controls(self.sigmoids, self.softmax)
        bars._dom_classes = ("petwidgets-columns",)  # noqa: SLF001 - as `plain` gives it
        self.curves = Exponentials()
        self.result.children = [self.mover, form, bars, self.curves, self.sheet]
        self.body.children = [self.choice, self.lead_there, self.result]
        self.sheet.observe(self.guarded(self._look), "row")
        self.mover.observe(self.guarded(self._moved), "values")
        form.on_press("curves", self.guarded(self._toggle_curves))
        self.begin(form)

    def sheets(self, batch: Batch) -> list[Group]:
        """Sigmoid of each, of the difference, and softmax."""
        return loss_comparison.sigmoids(batch, self.form["shift"], self.form["temperature"])

    def draw(self) -> None:
        """The table, and the bars of one row."""
        super().draw()
        batch = self.batch
        row, column = self._place(batch)
        options = [[str(i), name] for i, name in enumerate(batch.rows)]
        names = [[str(i), readable(name)] for i, name in enumerate(batch.columns)]
        self.mover.change("row", options=options)
        self.mover.change("column", options=names)
        moved = _within(batch.activations[row, column])
        self.mover.set(row=str(row), column=str(column), moved=moved)
        table = (batch.activations[[row]] + self.form["shift"]) / self.form["temperature"]
        self.curves.draw(table[0], column, readable(batch.columns[column]))
        for bars, title, values in (
            (self.sigmoids, "Sigmoid of each", losses.sigmoid(table)[0]),
            (self.softmax, "Softmax", losses.softmax(table)[0]),
        ):
            bars.caption = f"{title}: they add up to {values.sum():.4f}"
            bars.items = [
                {"label": readable(name), "value": float(v), "text": f"{v:.4f}", "tone": "first"}
                for name, v in zip(batch.columns, values, strict=True)
            ]

    def _toggle_curves(self) -> None:
        self.curves.toggle()
        self.form.change("curves", label="Hide the curves" if self.curves.shown else CURVES)
        self.draw()

    def _place(self, batch: Batch) -> tuple[int, int]:
        row, column = int(self.mover["row"] or 0), int(self.mover["column"] or 0)
        return min(row, len(batch.rows) - 1), min(column, len(batch.columns) - 1)

    def _undo(self) -> None:
        super()._undo()
        self.mover.set(row="0", column="0")

    def _look(self, change: Any) -> None:
        self.mover.set(row=str(change["new"]))

    def _moved(self, change: Any) -> None:
        old, new = change["old"], change["new"]
        batch = self.batch
        row, column = self._place(batch)
        if any(old.get(key) != new[key] for key in ("row", "column")):
            self.draw()
        elif new["moved"] != _within(batch.activations[row, column]):
            self.put(self.bench.edited(row, column, new["moved"]))


def _within(activation: float) -> float:
    """As the slider shows it."""
    return round(float(np.clip(activation, -REACH, REACH)), 2)
