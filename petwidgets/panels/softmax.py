"""From sigmoid to softmax: the same two columns, and any number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.lessons import losses, sheets
from petwidgets.ui.bars import Bars
from petwidgets.ui.bench import BenchPanel
from petwidgets.ui.form import Form, choice, slider
from petwidgets.ui.part import controls
from petwidgets.ui.wording import readable

if TYPE_CHECKING:
    from petwidgets.lessons.sheets import Group
    from petwidgets.lessons.workbench import Batch

REACH = 12.0


class SoftmaxPanel(BenchPanel):
    """Sliders for one row, bars that answer, and all rows in a table.

    Example:
        >>> SoftmaxPanel().sigmoids.caption
        'Sigmoid of each: they add up to 1.2265'
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

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.sigmoids, self.softmax = Bars(longest=1.0), Bars(longest=1.0)
        form = Form(_fields(), temperature=1.0, shift=0.0)
        bars = controls(self.sigmoids, self.softmax)
        bars._dom_classes = ("petwidgets-columns",)  # noqa: SLF001 - as `plain` gives it
        self.body.children = [self.choice, form, self.lead_there, bars, self.sheet]
        self.sheet.observe(self.guarded(self._look), "row")
        form.observe(self.guarded(self._moved), "values")
        self.begin(form)

    def sheets(self, batch: Batch) -> list[Group]:
        """Sigmoid of each, of the difference, and softmax."""
        return sheets.sigmoids(batch, self.form["shift"], self.form["temperature"])

    def draw(self) -> None:
        """The table, and the bars of one row."""
        super().draw()
        batch = self.batch
        row, column = self._place(batch)
        options = [[str(i), name] for i, name in enumerate(batch.rows)]
        names = [[str(i), readable(name)] for i, name in enumerate(batch.columns)]
        self.form.change("row", options=options)
        self.form.change("column", options=names)
        moved = float(np.clip(batch.activations[row, column], -REACH, REACH))
        self.form.set(row=str(row), column=str(column), moved=round(moved, 2))
        table = (batch.activations[[row]] + self.form["shift"]) / self.form["temperature"]
        for bars, title, values in (
            (self.sigmoids, "Sigmoid of each", losses.sigmoid(table)[0]),
            (self.softmax, "Softmax", losses.softmax(table)[0]),
        ):
            bars.caption = f"{title}: they add up to {values.sum():.4f}"
            bars.items = [
                {"label": readable(name), "value": float(v), "text": f"{v:.4f}", "tone": "first"}
                for name, v in zip(batch.columns, values, strict=True)
            ]

    def _place(self, batch: Batch) -> tuple[int, int]:
        row, column = int(self.form["row"] or 0), int(self.form["column"] or 0)
        return min(row, len(batch.rows) - 1), min(column, len(batch.columns) - 1)

    def _look(self, change: Any) -> None:
        self.form.set(row=str(change["new"]))

    def _moved(self, change: Any) -> None:
        old, new = change["old"], change["new"]
        same = all(old.get(k) == new.get(k) for k in ("row", "column"))
        if same and old.get("moved") != new["moved"]:
            row, column = self._place(self.batch)
            now = float(np.clip(self.batch.activations[row, column], -REACH, REACH))
            if round(now, 2) != new["moved"]:
                self.put(self.bench.edited(row, column, new["moved"]))


def _fields() -> list[dict[str, Any]]:
    return [
        choice("row", "Row", [("0", "0")]),
        choice("column", "Column", [("0", "0")]),
        slider("moved", "Its activation", -REACH, REACH, 0.01),
        slider("shift", "Shift of all", -10, 10, 0.5),
        slider("temperature", "Temperature", 0.1, 10, 0.1),
    ]
