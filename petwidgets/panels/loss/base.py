"""What the panels of the loss workbench share: the choice of a batch, and a sheet to edit it on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.metrics.loss_batch import (
    LEAST_COLUMNS,
    MOST_COLUMNS,
    MOST_ROWS,
    OWN,
    TITLES,
    Batch,
    Workbench,
)
from petwidgets.panels.base import Panel
from petwidgets.session import model_batch
from petwidgets.snippets.loss import snippet
from petwidgets.widgets.base import plain, show
from petwidgets.widgets.blocker import Blocker
from petwidgets.widgets.fields import button, choice, number
from petwidgets.widgets.form import Form
from petwidgets.widgets.number_table import NumberTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.metrics.column_group import Group
    from petwidgets.widgets.fields import Field


class LossTablePanel(Panel):
    """A lesson on the session's one batch; an edit in one of them is seen in all.

    A subclass says in `sheets` which groups of numbers it shows, puts its controls into `body` and
    what follows from the batch into `result`, all in `build`, and calls `begin` when they are made.

    Args:
        session: whose batch is shown; a panel alone makes its own.
        activations: (n, c) numbers, a row an item: they become the session's batch.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        names: n names of the rows; by default their numbers.

    Raises:
        Problem: what is given has another shape or other values.
    """

    def __init__(
        self,
        session: Any = None,
        *,
        activations: Any = None,
        targets: Any = None,
        vocab: Sequence[Any] | None = None,
        names: Sequence[Any] | None = None,
    ) -> None:
        own = model_batch.given(activations, targets, vocab, names)
        super().__init__(session)
        self.choice = Form(_fields(own="Your batch" if own else TITLES[OWN]))
        self._most = MOST_COLUMNS  # of a preset; a batch of one's own may have more
        self.choice.on_press("undo", self.guarded(self._undo))
        self.choice.observe(self.guarded(self._chosen), "values")
        self.share(self.choice, never=(OWN,))
        self.sheet = NumberTable(self.guarded(self._edit))
        self.lead_there = Blocker(self.session, "own", "Open Your own model")
        self.form = Form([])
        self.result = plain(widgets.VBox)
        if own is not None:
            self.session.model_batch = own
            self.put(Workbench(OWN))
        self.build()

    def build(self) -> None:
        """Make the controls, and begin."""
        raise NotImplementedError

    def begin(self, form: Form | None = None) -> None:
        """Show the session's batch from now on; `form` has the panel's own controls."""
        if form is not None:
            self.form = form
            self.keep(form)
        self.follow(["settings", "model_batch"], self._arrive)

    # --- what subclasses say ---

    def sheets(self, batch: Batch) -> list[Group]:
        """The groups of numbers that are shown."""
        raise NotImplementedError

    more_code = ""
    """Lines that the fold Code ends with."""

    def draw(self) -> None:
        """Show the batch as it is now."""
        self.show_sheet(self.batch)

    def show_sheet(self, batch: Batch, shown: int | None = None) -> None:
        """The groups of numbers, or the first `shown` of them, and the code that prints them."""
        groups = self.sheets(batch)
        self.sheet.show(groups, batch, shown)
        self.folds.code = snippet(self.bench, batch, groups, self.more_code)

    # --- the one batch ---

    @property
    def bench(self) -> Workbench:
        """What was chosen and edited, in this session."""
        return self.session.bench

    @property
    def batch(self) -> Batch:
        """The numbers that it leads to.

        Raises:
            Problem: it is a model's, and was not taken yet.
        """
        return self.bench.batch(self.session.model_batch)

    def put(self, bench: Workbench) -> None:
        """Have the session work on something else."""
        self.session.bench = bench

    def _arrive(self) -> None:
        bench = self.bench
        for name in ("rows", "columns"):
            self.choice.change(name, disabled=bench.preset == OWN)
        missing = bench.preset == OWN and self.session.model_batch is None
        self.lead_there.sentence = NONE_YET if missing else ""
        show(self.result, visible=not missing)
        if missing:
            self.sheet.clear()
            self.folds.code = ""
            self.choice.set(preset=OWN)
        else:
            shape = self.batch.activations.shape
            self.choice.change("columns", most=max(self._most, shape[1]))  # before what it bounds
            self.choice.set(preset=bench.preset, rows=shape[0], columns=shape[1])
            self._most = max(MOST_COLUMNS, shape[1])
            self.choice.change("columns", most=self._most)
            self.draw()

    def _chosen(self, change: Any) -> None:
        said, bench = change["new"], self.bench
        if said["preset"] != bench.preset:
            self.put(Workbench(said["preset"]))
            return
        shape = {"rows": said["rows"], "columns": said["columns"]}
        if bench.preset != OWN and shape != _shape(self.batch):
            self.put(Workbench(**{**bench.to_json(), **shape}))

    def _undo(self) -> None:
        """Have the batch and all that was chosen here as the lesson began."""
        self.put(Workbench(self.bench.preset))
        self.sheet.row = 0
        self.form.reset()

    def _edit(self, edits: list[tuple[str, int, int, float]]) -> None:
        bench, (n, c) = self.bench, self.batch.activations.shape
        for group, row, column, value in edits:
            if math.isnan(value):
                raise Problem(NO_NUMBER)
            inside = 0 <= row < n and 0 <= column < c
            if group == "acts" and inside:
                bench = bench.edited(row, column, value)
            elif group == "targ" and inside and 0 <= value < c:
                bench = bench.aimed(row, round(value))
        self.put(bench)


NONE_YET = (
    "Your own model's batch is not here, for a reload does not bring it back: take one again."
)
NO_NUMBER = "That is not a number: type one such as 0.5, -2 or inf. What stood there is kept."


def _shape(batch: Batch) -> dict[str, int]:
    return {"rows": len(batch.rows), "columns": len(batch.columns)}


def _fields(own: str) -> list[Field]:
    titles = {**TITLES, OWN: own}
    return [
        choice("preset", "Batch", [*titles.items()]),
        number("rows", "Rows", 1, MOST_ROWS),
        number("columns", "Columns", LEAST_COLUMNS, MOST_COLUMNS),
        button("undo", "As it was"),
    ]
