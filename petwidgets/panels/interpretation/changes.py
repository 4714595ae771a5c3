"""What a second run does better and worse, photograph by photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from petwidgets.common.formatting import counted, readable
from petwidgets.metrics.comparison import verdict
from petwidgets.panels.interpretation.cell import MOST_ROWS
from petwidgets.panels.shared.photo_grid import PhotoGrid
from petwidgets.widgets.base import PLAIN, VBox, note, plain
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.metrics.confusion import Change
    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.panels.interpretation.base import InterpretingPanel


class Changes(VBox):
    """The verdict, and the photographs that only one of two runs got right; empty without two."""

    def __init__(self, panel: InterpretingPanel) -> None:
        self._panel = panel
        self.verdict = note()
        self.columns = plain(widgets.HBox, css="petwidgets-columns")
        self.table = Table()
        self.shots: list[PhotoGrid] = []
        super().__init__([self.verdict, self.columns, self.table], layout=PLAIN)

    def clear(self) -> None:
        """Show nothing."""
        self.verdict.value, self.columns.children, self.table.rows = "", (), []

    def show(self, found: Interpretation, other: Interpretation, change: Change) -> None:
        """Show what differs.

        Args:
            found: the first run's predictions.
            other: the second run's.
            change: from the first to the second.
        """
        self.verdict.value = f"Recorded. {verdict(change.pairs, found.name, other.name)}"
        here = self._panel.places
        sides = {"Better": change.better, "Worse": change.worse}
        with self.table.hold_sync():
            self.table.header = ["file", found.noun, "first run", "second run"]
            self.table.rows = [] if here else _rows(found, other, change)
            self.table.caption = f"Better: {len(change.better):,}; worse: {len(change.worse):,}"
        if not here:
            self.columns.children = ()
            return
        if not self.shots:
            self.shots = [PhotoGrid(self._panel, lines=2) for _ in sides]
        now = _predicted(other)

        def label(of: Interpretation, i: int) -> str:
            before = readable(of.vocab[of.predictions[i]])
            return f"{before},\nnow {readable(now[of.files[i]])}"

        for shots, (side, positions) in zip(self.shots, sides.items(), strict=True):
            right = other.name if side == "Better" else found.name
            caption = (
                f"{side}: {counted(len(positions), 'photograph')} that only {right} gets right"
            )
            shots.show(found, positions, here, caption, label)
        self.columns.children = self.shots


def _predicted(found: Interpretation) -> dict[str, str]:
    """What each photograph was taken for."""
    return {name: found.vocab[j] for name, j in zip(found.files, found.predictions, strict=True)}


def _rows(found: Interpretation, other: Interpretation, change: Change) -> list[list[str]]:
    before, now = _predicted(found), _predicted(other)
    rows = [
        (found.files[i], found.vocab[found.targets[i]]) for i in (*change.better, *change.worse)
    ]
    return [
        [name, *map(readable, (breed, before[name], now[name]))] for name, breed in rows[:MOST_ROWS]
    ]
