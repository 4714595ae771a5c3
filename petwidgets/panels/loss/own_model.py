"""A batch of real photographs through the chosen run, down to each one's share of the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np

from petwidgets.common.formatting import figure, percent, readable
from petwidgets.engine.latest import Latest
from petwidgets.jobs import loss_batch as jobs
from petwidgets.metrics import loss_steps, losses
from petwidgets.metrics.loss_batch import MOST_ROWS, OWN, Workbench
from petwidgets.metrics.torch_repr import tensor_repr
from petwidgets.panels.loss.base import LossTablePanel
from petwidgets.runs.run import WITH_WEIGHTS, shipped
from petwidgets.session import model_batch
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import controls, note, plain
from petwidgets.widgets.blocker import Blocker
from petwidgets.widgets.fields import button, number, slider
from petwidgets.widgets.folded_table import PRINTED, FoldedTable
from petwidgets.widgets.form import Form
from petwidgets.widgets.gallery import Gallery

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.loss_batch import Looked
    from petwidgets.metrics.column_group import Group
    from petwidgets.metrics.loss_batch import Batch
    from petwidgets.metrics.losses import Floats
    from petwidgets.runs.run import Run

PRINTED_HEADER = ("in Python", "prints")

NO_PHOTOGRAPHS = "No photographs have been read: what is shown was recorded when the run was made."


class OwnPanel(LossTablePanel):
    """Pictures, targets, activations, probabilities and losses of one batch.

    Example:
        >>> OwnPanel().batch.activations.shape
        (16, 37)
    """

    key = "own"
    title = "Your own model"
    lead = (
        "Take a batch through the chosen model, and find the photographs that its loss comes from."
    )
    why = (
        "The mean of a batch hides that most photographs cost nearly nothing and a few nearly all."
        " A photograph's loss is only about the probability of its own class: one that was missed"
        " with certainty outweighs dozens that were right. Those are the ones to look at."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)  # its batch is a run's: it takes no arrays

    def build(self) -> None:
        """Controls above, the table below."""
        form = Form(
            [slider("n", "Photographs", 1, MOST_ROWS), number("seed", "Seed", 0, 10**6),
             button("another", "Another batch", primary=True),
             button("undo", "As it was"),
             button("step", "Step through it", hidden=not self.session.lesson)],
            n=16, seed=42,
        )  # fmt: skip
        self.to_browse = Blocker(self.session, "browse", "Choose photographs")
        self.status = note()
        self.picture, self.bars = Gallery(columns=1), Bars(longest=1.0)
        one = controls(self.bars, self.picture)
        one._dom_classes = ("petwidgets-columns",)  # noqa: SLF001 - as `plain` gives it
        self.printed = FoldedTable()
        printed = plain(widgets.VBox, [self.printed], css=PRINTED)
        self.result.children = [self.sheet, printed, one]
        self.body.children = [form, self.to_browse, self.status, self.result]
        form.on_press("another", self.guarded(lambda: form.set(seed=form["seed"] + 1)))
        form.on_press("undo", self.guarded(self._undo))
        form.on_press("step", self.guarded(self._step_through))
        self.sheet.observe(self.guarded(lambda _: self._draw_row()), "row")
        self.latest = Latest(self.session.engine, jobs.batch)
        self._request: tuple[Any, ...] | None = None
        self._failed = False
        self._drawn: list[tuple[Path, str]] = []
        self.begin(form)  # first, for a reload brings back which batch it was
        self.follow(["data.dataset", "data.followed", "runs.chosen_id"], self._take, asks=True)
        form.observe(self.guarded(lambda _: self._take()), "values")
        self.session.data.look()

    @property
    def bench(self) -> Workbench:
        """The session's if it works on this batch already; else the batch as it was taken."""
        bench = self.session.bench
        return bench if bench.preset == OWN else Workbench(OWN)

    def sheets(self, batch: Batch) -> list[Group]:
        """From activations to shares of the mean."""
        return loss_steps.own(batch)

    def draw(self) -> None:
        """The table, and one photograph's probabilities."""
        super().draw()
        self._draw_row()

    def _offer_printed(self, batch: Batch, row: int, p: Floats) -> None:
        """Offer what a notebook prints of the batch's targets and one photograph's predictions."""
        breed = batch.columns[int(batch.targets[row])]
        self.printed.offer(
            f"As a notebook prints them: y and preds[{row}]",
            lambda: (PRINTED_HEADER, [
                ["y", tensor_repr(batch.targets, "TensorCategory")],
                [f"dls.vocab[y[{row}]]", repr(breed)],
                [f"preds[{row}]", tensor_repr(p)],
                [f"len(preds[{row}]), preds[{row}].sum()", f"({len(p)}, {tensor_repr(p.sum())})"],
            ]),
        )  # fmt: skip

    def _undo(self) -> None:
        """Have the model's own numbers again; which photographs they are of stays chosen."""
        if self.session.bench.preset == OWN:
            self.put(Workbench(OWN))

    def _take(self) -> None:
        """Ask for the batch that the controls speak of, unless it was the last that was asked."""
        run, dataset = self._run(), self.session.data.dataset
        n, seed = self.form["n"], self.form["seed"]
        followed = self.session.data.followed_path
        request, last = (run.id, dataset, n, seed, followed), self._request
        if request == last and not self._failed:
            return
        others = last is None or request[:2] != last[:2]
        self._request, self._failed = request, False
        if last is not None:
            self._undo()  # edits were made to another batch
        self.to_browse.sentence = "" if dataset else NO_PHOTOGRAPHS
        if others:
            self.session.model_batch = None
        if dataset is None:
            self._drawn, self.status.value = [], ""  # what is under way is not wanted any more
            self.session.model_batch = model_batch.recorded(run, n, seed)
            return
        self._look(run, dataset, n, seed)
        if followed and self._drawn[0][0] == followed:
            self.sheet.row = 0

    def _run(self) -> Run:
        """The chosen run; while none is, a shipped one that knows breeds of the photographs."""
        runs, dataset = self.session.runs, self.session.data.dataset
        if runs.chosen_id or dataset is None:
            return runs.chosen
        breeds, known = set(dataset.breeds), map(shipped, WITH_WEIGHTS)
        return next((r for r in known if breeds.intersection(r.info["vocab"])), runs.chosen)

    def _look(self, run: Run, dataset: Dataset, n: int, seed: int) -> None:
        """Have the run's network look at photographs that are drawn at random."""
        validated = set(self.session.cleaning.names_here(run).values())
        self._drawn = drawn = model_batch.draw(
            dataset, run.info["vocab"], [*validated], n, seed, first=self.session.data.followed_path
        )
        names, breeds = [dataset.name(path) for path, _ in drawn], [breed for _, breed in drawn]
        unseen = validated.issuperset(names)
        self.status.value = "Looking at the photographs ..."

        def receive(answer: Looked) -> None:
            self.status.value = ""
            live = model_batch.live(answer, breeds, run, names=names, unseen=unseen)
            self.session.model_batch = live
            if answer.problem:
                self.status.value = f"Left out: {answer.problem}"

        future = self.latest.ask(run, [str(path) for path, _ in drawn])
        # Another batch may have been drawn when it is there.
        self.when(future, receive, failed=self._fail, wanted=lambda: self._drawn is drawn)

    def _fail(self) -> None:
        self._failed = True  # coming again asks again
        self.status.value, self.session.model_batch = "", None

    def _step_through(self) -> None:
        self.put(self.bench)
        self.session.lesson = "loss"

    def _draw_row(self) -> None:
        batch, row = self.batch, self.sheet.row
        p = losses.softmax(batch.activations)[row]
        self._offer_printed(batch, row, p)
        loss = losses.cross_entropy(batch.activations, batch.targets)
        target, order = int(batch.targets[row]), np.argsort(-p, kind="stable")
        share = percent(float(loss[row] / loss.sum())) if loss.sum() else "none"
        self.picture.pictures = [
            {"name": batch.rows[row], "label": batch.rows[row], "jpeg": jpeg}
            for jpeg in batch.pictures[row : row + 1]
        ]
        self.bars.caption = (
            f"{batch.rows[row]}: {readable(batch.columns[target])}, loss {figure(loss[row])},"
            f" {share} of the batch's. {len(p)} probabilities and activations, which add up to"
            f" {figure(p.sum())}"
        )
        self.bars.items = [
            {
                "label": readable(batch.columns[i]),
                "value": float(p[i]),
                "text": f"{figure(p[i])} of {figure(batch.activations[row, i])}",
                "tone": "first" if i == target else "quiet",
            }
            for i in order
        ]
