"""Pairs of breeds that are taken for each other most often, here and in the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted, readable
from petwidgets.metrics.confusion import MIN_VAL, matrix_of, most_confused
from petwidgets.metrics.intervals import interval
from petwidgets.recipes.chapter import MOST_CONFUSED, PHOTOGRAPHS
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.fields import slider
from petwidgets.widgets.form import Form
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    import numpy as np

    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.panels.interpretation.base import InterpretingPanel

MOST = 20
"""Of `min_val`."""

FEW = 5
"""Pairs that are shown where none is confused as often as in the chapter."""

BOOK = (
    f"The book's pairs (resnet34, {PHOTOGRAPHS:,} photographs, another split: other numbers are to"
    " be expected), and the same of this run"
)


class MostConfused(VBox):
    """A slider, and a bar for each pair; a press on one makes it the session's cell.

    Args:
        panel: whose session it is.
    """

    def __init__(self, panel: InterpretingPanel) -> None:
        self._session = panel.session
        self._pairs: dict[str, tuple[str, str]] = {}
        least = slider("min_val", "Most confused: at least", 1, MOST, unit=" photographs")
        self.form = Form([least], min_val=MIN_VAL)
        self.said = note()
        self.bars = Bars(chooses=True)
        self.book = Table(header=["true breed", "predicted", "book", "this run"], caption=BOOK)
        parts = [self.form, self.said, self.bars, self.book]
        super().__init__(parts, layout=PLAIN, _dom_classes=("petwidgets-pairs",))
        panel.keep(self.form)
        self.bars.observe(panel.guarded(lambda _: self._choose()), "chosen")

    def show(self, found: Interpretation) -> None:
        """Show a run's pairs."""
        matrix = matrix_of(found)
        min_val = _reached(matrix, found.vocab, self.form["min_val"])
        pairs = most_confused(matrix, found.vocab, min_val)
        self._pairs = {f"{true}/{other}": (true, other) for true, other, _ in pairs}
        self.said.value = _said(matrix, found.vocab, self.form["min_val"])
        of = dict(zip(found.vocab, matrix.sum(1).tolist(), strict=True))
        self.bars.caption = found.source if pairs else ""
        self.bars.items = [
            {
                "key": f"{true}/{other}",
                "label": f"{readable(true)}, taken for {readable(other)}",
                "value": n,
                "text": f"{n} of {of[true]} ({interval(n, of[true])})",
            }
            for true, other, n in pairs
        ]
        self.point()
        self.book.rows = _beside(matrix, found.vocab)

    def point(self) -> None:
        """Mark the pair that is looked at."""
        key = "/".join(self._session.interpretation.cell)
        self.bars.chosen = key if key in self._pairs else ""

    def _choose(self) -> None:
        if self.bars.chosen in self._pairs:
            self._session.interpretation.cell = self._pairs[self.bars.chosen]


def _reached(matrix: np.ndarray, vocab: tuple[str, ...], min_val: int) -> int:
    """The chapter's number, lowered to what shows some pairs: a picture comes before a slider."""
    counts = [n for *_, n in most_confused(matrix, vocab)]
    if min_val != MIN_VAL or not counts or counts[0] >= min_val:
        return min_val
    return counts[:FEW][-1]


def _said(matrix: np.ndarray, vocab: tuple[str, ...], min_val: int) -> str:
    """How many pairs there are, and where to look when there are none."""
    every = most_confused(matrix, vocab)
    shown = sum(n >= min_val for *_, n in every)
    if not every:
        return "Nothing was taken for anything else."
    if shown:
        confused = counted(len(every), "pair that is confused", "pairs that are confused")
        return f"{shown} of {confused}, with 95 % intervals."
    chapter, then = "", "move the slider"
    if min_val == MIN_VAL:
        least = counted(_reached(matrix, vocab, min_val), "photograph")
        chapter, then = ", as in the chapter", f"pairs of {least} or more are shown"
    return (
        f"No pair is confused in {counted(min_val, 'photograph')} or more{chapter}: here there are"
        f" fewer photographs or fewer errors. The greatest number is {every[0][2]}: {then}."
    )


def _beside(matrix: np.ndarray, vocab: tuple[str, ...]) -> list[list[str]]:
    """The book's pairs, those whose breeds this run knows."""
    at = {name: i for i, name in enumerate(vocab)}
    return [
        [
            *map(readable, (true, other)),
            f"{n}",
            f"{matrix[at[true], at[other]]} of {matrix[at[true]].sum()}",
        ]
        for true, other, n in MOST_CONFUSED
        if true in at and other in at
    ]
