"""The photographs of one cell of a confusion matrix, beside sound ones of both breeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from petwidgets.common.formatting import percent, readable
from petwidgets.metrics.confusion import in_cell, sound
from petwidgets.panels.shared.photo_grid import PhotoGrid
from petwidgets.widgets.base import PLAIN, VBox, plain
from petwidgets.widgets.fields import choice
from petwidgets.widgets.form import Form
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.panels.interpretation.base import InterpretingPanel
    from petwidgets.widgets.fields import Field

ANY = ("", "any")
SIDES = ("true", "predicted")
SOUND = 6
"""Photographs that show what a breed looks like to the model."""

MOST_ROWS = 60


class CellForm(Form):
    """The two breeds of the session's `cell`, to choose; either may be any.

    Args:
        panel: whose session it is.

    Example:
        >>> from petwidgets import TopLossesPanel
        >>> TopLossesPanel().cell_form.values
        {'true': '', 'predicted': ''}
    """

    def __init__(self, panel: InterpretingPanel) -> None:
        self._chosen = panel.session.interpretation
        super().__init__(_fields("class", [ANY]))
        panel.bind(self, self._chosen, "cell", _shown, lambda said, _: tuple(map(said.get, SIDES)))

    def offer(self, found: Interpretation) -> None:
        """Have the breeds to choose from that these predictions tell apart."""
        names = sorted(found.vocab, key=str.casefold)
        fields = _fields(found.noun, [ANY, *((name, readable(name)) for name in names)])
        if fields != self.fields:
            self.fields = fields
            self.set()  # what is chosen may be an option no longer
        with self.showing():
            self.set(**_shown(self._chosen.cell))


def _fields(noun: str, options: Sequence[tuple[str, str]]) -> list[Field]:
    return [choice("true", f"True {noun}", options), choice("predicted", "Predicted", options)]


def _shown(cell: tuple[str, str]) -> dict[str, str]:
    return dict(zip(SIDES, cell, strict=True))


class Cell(VBox):
    """What is in a cell: photographs in columns, or a table where they are not here."""

    def __init__(self, panel: InterpretingPanel) -> None:
        self._panel = panel
        self.columns = plain(widgets.HBox, css="petwidgets-columns")
        self.table = Table()
        self.shots: list[PhotoGrid] = []
        super().__init__([self.columns, self.table], layout=PLAIN)

    def show(self, found: Interpretation, cell: tuple[str, str]) -> None:
        """Show a cell's photographs, and of each of its breeds those that are recognised best."""
        positions = in_cell(found, cell)
        caption = described(found, cell, len(positions))
        here = self._panel.places
        with self.table.hold_sync():
            self.table.caption, self.table.header = "" if here else caption, columns(found)
            self.table.rows = [] if here else [row(found, i) for i in positions[:MOST_ROWS]]
        if not here:
            self.columns.children = ()
            return
        if not self.shots:  # made with the first photographs: they are the heaviest part
            self.shots = [PhotoGrid(self._panel) for _ in range(3)]
        self.shots[0].show(found, positions, here, caption, sure if cell[1] else taken)
        breeds = [] if cell[0] == cell[1] else [name for name in cell if name]
        for shots, breed in zip(self.shots[1:], breeds, strict=False):
            best = sound(found, breed, SOUND)
            shots.show(found, best, here, f"{readable(breed)}, recognised best", sure)
        self.columns.children = self.shots[: 1 + len(breeds)]


def columns(found: Interpretation) -> list[str]:
    """The header of rows that `row` makes."""
    own = f"of its own {found.noun}"
    return ["file", f"true {found.noun}", "predicted", "probability", own, "loss"]


def worded(cell: tuple[str, str], noun: str) -> str:
    """A cell in words, such as `Bombay, taken for any breed`."""
    true, predicted = _names(cell, noun)
    return f"{true}, taken for {predicted}"


def _names(cell: tuple[str, str], noun: str) -> tuple[str, str]:
    true, predicted = (readable(name) or f"any {noun}" for name in cell)
    return true, predicted


def described(found: Interpretation, cell: tuple[str, str], n: int) -> str:
    """A cell in words."""
    true, predicted = _names(cell, found.noun)
    row = len(in_cell(found, (cell[0], "")))
    taken_for = "recognised" if cell[0] == cell[1] and cell[0] else f"taken for {predicted}"
    return f"{true[:1].upper()}{true[1:]}, {taken_for}: {n:,} of {row:,}, the surest first"


def sure(found: Interpretation, i: int) -> str:
    """How sure the model was of a photograph."""
    return f"{percent(float(found.confidence[i]))} sure"


def taken(found: Interpretation, i: int) -> str:
    """What a photograph was taken for, and how surely."""
    breed = readable(found.vocab[found.predictions[i]])
    return f"{percent(float(found.confidence[i]))} {breed}"


def row(found: Interpretation, i: int) -> list[str]:
    """A photograph's figures, under `columns`."""
    true, predicted = found.targets[i], found.predictions[i]
    return [
        found.files[i],
        readable(found.vocab[true]),
        readable(found.vocab[predicted]),
        percent(float(found.confidence[i])),
        percent(float(found.probabilities[i, true])),
        f"{float(found.losses[i]):.4f}",
    ]
