"""The photographs that a run's validation loss comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from petwidgets.common.formatting import counted, percent, readable
from petwidgets.metrics.confusion import in_cell
from petwidgets.metrics.top_losses import WAYS, chosen, share
from petwidgets.panels.interpretation.base import PredictionsPanel
from petwidgets.panels.interpretation.cell import CellForm, columns, row
from petwidgets.panels.shared.photo_grid import PhotoGrid
from petwidgets.snippets.interpretation import top
from petwidgets.widgets.base import note
from petwidgets.widgets.fields import button, choice, number, slider
from petwidgets.widgets.form import Form
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.metrics.predictions import Interpretation

MOST = 60


class TopLossesPanel(PredictionsPanel):
    """A grid of the photographs with the greatest losses, and their table.

    Args:
        session: whose run is shown where nothing else is given; a panel alone makes its own.
        probabilities: (n, c) numbers, rows adding to one: an array, tensor or list.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        files: n paths of what was predicted; those that are files here can be looked at.
        learner: a fastai `Learner`, which predicts its validation set at once, in one pass.
        interpretation: a fastai `Interpretation`, for its learner and its `DataLoader`.

    Attributes:
        interpretation: what is shown, an `Interpretation`: `probabilities` (n, c) float32,
            `targets` and `predictions` (n) positions in `vocab`, `losses` (n) in nats.
        form: `way`, one of `greatest`, `least` and `random`; `k`, how many.
        table: a row each: file, true class, predicted one, probabilities of both, loss in nats.

    Raises:
        Problem: what is given has another shape or other values, or several were given.

    Example:
        From your own arrays:

        >>> given = {"probabilities": [[0.9, 0.1], [0.3, 0.7], [0.8, 0.2]], "targets": [0, 1, 1]}
        >>> panel = TopLossesPanel(**given, files=["rex.jpg", "tom.jpg", "pip.jpg"])
        >>> panel.table.rows[0]
        ['pip.jpg', '1', '0', '80.0 %', '20.0 %', '1.6094']

        From a fastai learner, whose validation photographs are shown:

        >>> TopLossesPanel(learner=learn)  # doctest: +SKIP

        From a run of petwidgets':

        >>> len(TopLossesPanel().table.rows)
        12
    """

    key = "top"
    title = "Top losses"
    lead = "Look at the photographs that cost the model most: is it wrong, or is the label?"
    why = (
        "The loss is great where the model was sure and wrong. Such photographs come first when"
        " you look for faults: a wrong label, two subjects in one picture, a subject that can"
        " hardly be seen. What is left are honest errors, and what these have in common tells you"
        " which photographs the training set lacks. Look at the least losses, too: a model that is"
        " right for a wrong reason is surest there."
    )

    def build(self) -> None:
        """Controls above, figures below."""
        self.form = Form(
            [choice("way", "Show", [*WAYS.items()]), slider("k", "Photographs", 1, MOST),
             number("seed", "Seed", 0, 10**6, hidden=True),
             button("another", "Others", hidden=True)],
            k=12,
        )  # fmt: skip
        self.cell_form, self.said = CellForm(self), note()
        self.shots, self.table = PhotoGrid(self, lines=3), Table()
        self.body.children = [
            self.run_form, self.lead_there, self.status, self.form, self.cell_form, self.said,
            self.shots, self.table,
        ]  # fmt: skip
        self.keep(self.form)
        self.form.on_press("another", self.guarded(self._another))
        self.form.observe(self.guarded(lambda _: self.draw()), "values")
        self.begin("interpretation.cell")

    def draw(self) -> None:
        """The photographs that the controls speak of."""
        found, way = self.interpretation, self.form["way"]
        self.cell_form.offer(found)
        for name in ("seed", "another"):
            self.form.change(name, hidden=way != "random")
        cell = (self.cell_form["true"], self.cell_form["predicted"])
        inside = np.sort(in_cell(found, cell))
        k, seed = self.form["k"], self.form["seed"]
        shown = inside[chosen(found.losses[inside], way, k, seed)]
        self.said.value = _said(found, inside, shown)
        caption = f"{WAYS[way].capitalize()}" if len(shown) else "No photograph matches."
        self.shots.show(found, shown, self.places, caption if self.places else "", _label)
        with self.table.hold_sync():
            self.table.caption = f"The same in figures. {found.source}; loss in nats"
            self.table.header, self.table.rows = columns(found), [row(found, i) for i in shown]
        self.folds.code = top(found.run, way, k, seed, cell, own=found.own)

    def _another(self) -> None:
        self.form.set(seed=self.form["seed"] + 1)


def _said(found: Interpretation, inside: np.ndarray, shown: np.ndarray) -> str:
    """Which part of the loss is in sight."""
    n, part = len(found.files), percent(share(found.losses, shown))
    mean = float(found.losses.mean())
    every = f"{n:,}" if found.own else f"{n:,} that it was validated on"
    return (
        f"{len(shown):,} of {counted(len(inside), 'such photograph')}: {percent(len(shown) / n)} of"
        f" all {every}, and {part} of their whole loss (mean {mean:.4f})."
    )


def _label(found: Interpretation, i: int) -> str:
    """Breed, prediction, probability and loss, a line each."""
    true, taken = found.targets[i], found.predictions[i]
    said = "recognised" if true == taken else f"not {readable(found.vocab[taken])}"
    figures = f"{percent(float(found.confidence[i]))}, loss {float(found.losses[i]):.2f}"
    return f"{readable(found.vocab[true])}\n{said}\n{figures}"
