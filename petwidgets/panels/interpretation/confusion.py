"""Which breeds the model takes for which: the matrix, its worst cells, and their photographs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np

from petwidgets.common.formatting import counted, readable
from petwidgets.metrics import confusion
from petwidgets.metrics.comparison import ELSEWHERE
from petwidgets.panels.interpretation.base import PredictionsPanel
from petwidgets.panels.interpretation.cell import Cell, CellForm
from petwidgets.panels.interpretation.changes import Changes
from petwidgets.panels.interpretation.matrix import Matrix
from petwidgets.panels.interpretation.pairs import MostConfused
from petwidgets.snippets.interpretation import changed, confused
from petwidgets.widgets.base import note, plain
from petwidgets.widgets.fields import button, choice
from petwidgets.widgets.folded_table import FoldedTable
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from petwidgets.metrics.confusion import Change
    from petwidgets.metrics.predictions import Interpretation


class ConfusionPanel(PredictionsPanel):
    """A heat map of errors; a click on a cell, or a pair's name, shows its photographs.

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
        matrix: the heat map, drawn in a thread; `pairs`: the most confused ones.
        form: `order` of the breeds; `shown`, whether cells show `counts` or `rates` in per cent.

    Raises:
        Problem: what is given has another shape or other values, or several were given.

    Example:
        From your own arrays, here of three rows:

        >>> given = {"probabilities": [[0.9, 0.1], [0.3, 0.7], [0.8, 0.2]], "targets": [0, 1, 1]}
        >>> panel = ConfusionPanel(**given, vocab=["cat", "dog"])
        >>> panel.pairs.form.set(min_val=1)
        >>> panel.pairs.bars.items[0]["label"]
        'dog, taken for cat'

        From a fastai learner, or its interpretation:

        >>> ConfusionPanel(learner=learn)  # doctest: +SKIP
        >>> ConfusionPanel(interpretation=interp)  # doctest: +SKIP

        From a run of petwidgets':

        >>> ConfusionPanel().pairs.bars.items[0]["label"]
        'Tuxedo Waiter, taken for Harlequin'
    """

    key = "confusion"
    title = "Confusion matrix"
    compares = True
    lead = "Find two classes that are taken for each other, click on them, and see why."
    why = (
        "One error rate says how often the model is wrong; the matrix says how. Errors that gather"
        " in a few cells are about a few classes that look alike, and more or better photographs"
        " of these may help; errors strewn everywhere say that the model has not learned enough."
        " The diagonal, what went right, would drown everything else: it is grey here, and only"
        " errors have colour. A cell holds few photographs: look at its interval before you believe"
        " it."
    )

    def build(self) -> None:
        """Controls above, figures below."""
        self.form = Form(
            [choice("order", "Order", [*confusion.ORDERS.items()]),
             choice("shown", "Cells show", [("counts", "photographs"), ("rates", "shares, in %")]),
             button("draw", "Draw the matrix", hidden=False)]
        )  # fmt: skip
        self.changes = Changes(self)
        self.about = note()
        self.matrix, self.table = Matrix(self.guarded(self._open)), FoldedTable()
        self.cell_form, self.cell = CellForm(self), Cell(self)
        self.pairs = MostConfused(self)
        self.body.children = [
            self.run_form, self.lead_there, self.status, self.form, self.about, self.matrix,
            plain(widgets.VBox, [self.table], css="petwidgets-matrix-table"),
            self.cell_form, self.cell, self.pairs, self.changes,
        ]  # fmt: skip
        self.vocab: tuple[str, ...] = ()
        self.change: Change | None = None
        self._loading = False
        self.keep(self.form)
        self.form.on_press("draw", self.guarded(lambda: self._draw_matrix(now=True)))
        self.form.observe(self.in_sight(self.guarded(self._draw_matrix)), "values")
        self.pairs.form.observe(self.guarded(lambda _: self._draw_pairs()), "values")
        self.begin()
        self.follow("interpretation.cell", self._draw_cell)

    def draw(self) -> None:
        """The matrix, the pairs, and the photographs of a cell."""
        found, other = self.interpretation, self.versus
        self.change = confusion.change(found, other) if other else None
        self.cell_form.offer(found)
        self._offer_orders()
        self._draw_matrix()
        self._draw_pairs()
        self._draw_cell()
        if other and self.change:
            self.changes.show(found, other, self.change)
        else:
            self.changes.clear()

    def _offer_orders(self) -> None:
        shown = self.change.vocab if self.change else self.interpretation.vocab
        orders = [*map(list, confusion.orders(shown).items())]
        if orders != self.form.fields[0]["options"]:
            self.form.change("order", options=orders)

    def _draw_matrix(self, *, now: bool = False) -> None:
        """Draw it if it is there, was asked for, or there are photographs to be opened from it.

        Plotly's code is five megabytes: it goes to no page that only passes by.
        """
        found, other = self.interpretation, self.versus
        self.about.value = _differs(found, other, self.change) or _about(found)
        draws = now or self._loading or bool(self.places) or self.own is not None
        self.form.change("draw", hidden=draws)
        self.table.offer("The matrix as a table", self._tabled)
        if self.matrix.drawn:
            self._show_matrix()
        elif draws and not self._loading:
            self.in_sight(self._begin_loading)()

    def _begin_loading(self) -> None:
        if not self._loading:
            self._loading = True  # in a thread: the panel is there before plotly is
            threading.Thread(target=self.guarded(self._load), daemon=True, name="matrix").start()

    def _load(self) -> None:
        self.matrix.load()
        with self.session.drawing:
            self._show_matrix()

    def _arranged(self) -> tuple[list[str], np.ndarray, np.ndarray, int | None]:
        """Names, counts and shares in the chosen order, and where the species meet."""
        found, change = self.interpretation, self.change
        counts = confusion.matrix_of(found)
        vocab = change.vocab if change else found.vocab
        order = confusion.order(found, self.form["order"], vocab)
        order += range(len(order), len(vocab))  # breeds that only the second run knows
        self.vocab = tuple(vocab[i] for i in order)
        shares = confusion.rates(counts)
        if change:
            counts = change.second - change.first
            shares = confusion.rates(change.second) - confusion.rates(change.first)
        at, line = np.ix_(order, order), confusion.line(vocab, order)
        return [*map(readable, self.vocab)], counts[at], shares[at], line

    def _show_matrix(self) -> None:
        names, counts, shares, line = self._arranged()
        by_share, differs = self.form["shown"] == "rates", self.change is not None
        self.matrix.show(
            names, counts, shares, noun=self.interpretation.noun,
            by_share=by_share, line=line, differs=differs,
        )  # fmt: skip

    def _tabled(self) -> tuple[list[str], list[list[str]]]:
        names, counts, shares, _ = self._arranged()
        sign = "+" * (self.change is not None)
        rows = [[f"{n:{sign}d}" if n else "0" for n in row] for row in counts.tolist()]
        if self.form["shown"] == "rates":
            rows = [[f"{100 * x:{sign}.1f} %" if x else "0" for x in row] for row in shares]
        header = [f"true {self.interpretation.noun}", *names]
        return header, [[name, *row] for name, row in zip(names, rows, strict=True)]

    def _open(self, row: int, column: int) -> None:
        self.session.interpretation.cell = (self.vocab[row], self.vocab[column])

    def _draw_pairs(self) -> None:
        found = self.interpretation
        self.pairs.show(found)
        versus, min_val = self.versus_id, self.pairs.form["min_val"]
        code = confused(found.run, min_val, own=found.own)
        self.folds.code = changed(found.run, versus) if versus else code

    def _draw_cell(self) -> None:
        """The chosen cell; before any is, the one that is most confused."""
        found, cell = self.interpretation, self.session.interpretation.cell
        self.pairs.point()
        if not any(name in found.vocab for name in cell):
            worst = confusion.most_confused(confusion.matrix_of(found), found.vocab)
            cell = worst[0][:2] if worst else ("", "")
        self.cell.show(found, cell)


def _differs(found: Interpretation, other: Interpretation | None, change: Change | None) -> str:
    """What cells and colours are when two runs are compared; empty of one."""
    if change is None or other is None:
        return ""
    elsewhere = f" {ELSEWHERE}" * (found.data != other.data and change.pairs.n > 0)
    return (
        f"Cells show {other.name} less {found.name}, on"
        f" {counted(change.pairs.n, 'photograph')} that both were validated on.{elsewhere} Blue is"
        " better: fewer errors, or more that are right on the diagonal. Orange is worse."
    )


def _about(found: Interpretation) -> str:
    """Where the errors lie, at a glance."""
    counts = confusion.matrix_of(found)
    of = confusion.among_species(counts, found.vocab)
    cells = int(((counts > 0) & ~np.eye(len(counts), dtype=bool)).sum())
    said = (
        f"{counted(found.errors, 'error')} in {cells:,} of"
        f" {counted(len(counts) * (len(counts) - 1), 'cell')}."
    )
    if confusion.line(found.vocab, confusion.order(found, "species")) is None:
        return said
    return (
        f"{said} Cats taken for other cats: {of['cat', 'cat']:,}; dogs for other dogs:"
        f" {of['dog', 'dog']:,}; cats for dogs: {of['cat', 'dog']:,}; dogs for cats:"
        f" {of['dog', 'cat']:,}."
    )
