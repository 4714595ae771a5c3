"""The batch of the loss workbench: preset, shape and edits.

The panels share one `Workbench` of plain settings, which the session stores. The numbers are
computed from it.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, short
from petwidgets.common.json_types import is_number
from petwidgets.common.validate import require_choice, require_whole
from petwidgets.metrics.losses import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from petwidgets.metrics.losses import Floats, Targets

MOST_ROWS, LEAST_COLUMNS, MOST_COLUMNS = 64, 2, 37

DIGITS = re.compile(r"[0-9]{1,6}")
"""The number of a row or column as text; `int` refuses a text of 4,300 digits."""

SEED = 42
"""Seed of the numbers (`numpy.random.RandomState`) that fill rows and columns added to a preset."""

OWN = "own"
"""The preset with the activations of the user's own model for a batch of photographs."""


@dataclass(frozen=True)
class Batch:
    """Activations and targets.

    Args:
        activations: (n, c) float32, one row a photograph.
        targets: (n,) whole numbers, positions of columns.
        columns: c names.
        rows: n names.
        source: where the numbers come from, as a sentence.
        code: lines that set `acts` and `targ` to the same numbers, after fastai's imports.
        pictures: n JPEG files, or none.
        begun: numbers of rows and columns of the preset; those added to it are random.
        changed: `("acts", row, column)` and `("targ", row, 0)` for each number that was edited.
    """

    activations: Floats
    targets: Targets
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    source: str
    code: str = ""
    pictures: tuple[bytes, ...] = ()
    begun: tuple[int, int] | None = None
    changed: tuple[tuple[str, int, int], ...] = ()


CHAPTER = [
    [0.67338073, 0.2576188],
    [0.46892473, 0.46066606],
    [-2.2457128, -0.37265658],
    [4.416403, -1.2759941],
    [0.92331445, 0.53470176],
    [1.0698093, 1.6187145],
]
"""Values of `torch.manual_seed(42); torch.randn((6, 2)) * 2`; the page's kernel has no torch."""


def _preset(
    activations: list[list[float]], targets: list[int], columns: str, rows: str, source: str
) -> Batch:
    table, column = checked(activations, targets)
    names = [name.strip() for name in rows.split(",")] if rows else map(str, range(len(table)))
    return Batch(table, column, tuple(columns.split()), tuple(names), source)


PRESETS = {
    "chapter": _preset(
        CHAPTER, [0, 1, 0, 1, 1, 0], "3 7", "",
        "The book's: six photographs of the digits 3 and 7, their activations drawn at random.",
    ),
    "bears": _preset(
        [[0.02, -2.49, 1.25]], [2], "teddy grizzly brown", "a bear",
        "The book's activations of one bear; that it is a brown one is our choice.",
    ),
    "sure": _preset(
        [[6, -2], [0.4, 0], [0, 0.4], [-6, 8]], [0] * 4, "cat dog",
        "right and sure, right, wrong, wrong and sure",
        "Four answers, all of which should have been cat: look at the last one's loss.",
    ),
    "large": _preset(
        [[1000, 999], [1000, 0], [-1000, -1001], [88, 89]], [0, 1, 0, 1], "cat dog",
        "",
        "Activations of 1000: in float32 exp overflows above 88.7 and vanishes below -103.9.",
    ),
    "ties": _preset(
        [[0] * 4, [5] * 4, [3, 3, 0, 0]], [0, 1, 2], "Bengal Birman Bombay Persian",
        "all zero, all five, two and two",
        "Equal activations: softmax shares equally, whatever their size.",
    ),
    "one": _preset(
        [[2, 1, 0, -1, -3]], [1], "beagle boxer pug samoyed Siamese", "one photograph",
        "One row, to look at a single photograph.",
    ),
}  # fmt: skip

TITLES = {
    "chapter": "The chapter's six rows",
    "bears": "The chapter's bear",
    "sure": "An overconfident mistake",
    "large": "Activations of 1000",
    "ties": "Ties",
    "one": "One row",
    OWN: "Your own model's batch",
}

NO_OWN = (
    "Your own model's batch is not at hand: take one in Your own model, or choose another batch."
)


@dataclass(frozen=True)
class Workbench:
    """Settings and edits of the batch, as plain values.

    Args:
        preset: one of `TITLES`.
        rows: 1 to 64, 0 for as many as the preset has.
        columns: 2 to 37, 0 for as many as the preset has.
        edits: edited activations, by `"row,column"`; they may be infinite.
        aims: edited targets, by `"row"`.

    Raises:
        Problem: a setting is out of range, or an edit is not a number.
    """

    preset: str = "chapter"
    rows: int = 0
    columns: int = 0
    edits: Mapping[str, float] = field(default_factory=dict)
    aims: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_choice("The batch", self.preset, TITLES)
        require_whole("The number of rows", self.rows, 0, MOST_ROWS)
        require_whole("The number of columns", self.columns, 0, MOST_COLUMNS)
        for place, value in self.edits.items():
            _place(place, 2)
            if not is_number(value) or math.isnan(value):
                raise Problem(
                    f"{short(repr(value))} is not a number: type one such as 0.5, or inf."
                )
        for place, column in self.aims.items():
            _place(place, 1)
            require_whole("A target", column, 0, 10**6)

    def batch(self, own: Batch | None = None) -> Batch:
        """The batch that these settings and edits give.

        Args:
            own: the batch of the preset `own`.

        Raises:
            Problem: the preset is `own`, and there is no such batch.
        """
        begun = self._begun(own)
        n, c = len(begun.rows), len(begun.columns)
        activations, targets = begun.activations.copy(), begun.targets.copy()
        for place, value in self.edits.items():
            row, column = _place(place, 2)
            if row < n and column < c:
                activations[row, column] = value
        for place, column in self.aims.items():
            if _place(place, 1)[0] < n:
                targets[_place(place, 1)[0]] = column % c
        batch = replace(begun, activations=activations, targets=targets)
        first = PRESETS.get(self.preset, begun)
        return _told(replace(batch, changed=_changed(begun, batch, first)), first)

    def _begun(self, own: Batch | None) -> Batch:
        """The preset with the requested numbers of rows and columns."""
        if self.preset == OWN:
            if own is None:
                raise Problem(NO_OWN)
            return own
        preset = PRESETS[self.preset]
        n, c = self.rows or len(preset.rows), max(self.columns or len(preset.columns), 2)
        table, targets = drawn()[0].copy(), drawn()[1].copy()
        here = np.s_[: len(preset.rows), : len(preset.columns)]
        table[here], targets[here[0]] = preset.activations, preset.targets
        return replace(
            preset,
            activations=table[:n, :c],
            targets=targets[:n] % c,
            columns=(*preset.columns, *(f"c{i}" for i in range(len(preset.columns), c)))[:c],
            rows=(*preset.rows, *map(str, range(len(preset.rows), n)))[:n],
            begun=preset.activations.shape,
        )

    def edited(self, row: int, column: int, value: float) -> Workbench:
        """A copy with another activation in one cell."""
        return replace(self, edits={**self.edits, f"{row},{column}": float(value)})

    def aimed(self, row: int, column: int) -> Workbench:
        """A copy with another target for a row."""
        return replace(self, aims={**self.aims, f"{row}": column})

    def to_json(self) -> dict[str, Any]:
        """Plain values, as a session stores them."""
        return asdict(self)


def _changed(begun: Batch, batch: Batch, first: Batch) -> tuple[tuple[str, int, int], ...]:
    """Cells whose number differs from the preset's, or from the random one in added rows."""
    acts = np.argwhere(batch.activations != begun.activations)
    aimed = begun.targets.copy()
    both = min(len(aimed), len(first.targets))
    aimed[:both] = first.targets[:both]  # a target may have been a column that was removed
    targ = np.flatnonzero(batch.targets != aimed)
    return (
        *(("acts", int(row), int(column)) for row, column in acts),
        *(("targ", int(row), 0) for row in targ),
    )


def _told(batch: Batch, first: Batch) -> Batch:
    """The batch with a source and row names that state what was changed in the first one."""
    changes = [
        *_resized(batch, first, 0, "row"),
        *_resized(batch, first, 1, "column"),
        *_edited(batch, "acts", "activation"),
        *_edited(batch, "targ", "target"),
    ]
    if not changes:
        return batch
    source = f"Changed by you: {'; '.join(changes)}. Before that: {batch.source}"
    return replace(batch, source=source, rows=_renamed(batch))


def _resized(batch: Batch, first: Batch, axis: int, noun: str) -> list[str]:
    now, before = batch.activations.shape[axis], first.activations.shape[axis]
    filled = ", filled up at random" if now > before else ""
    return [f"{counted(now, noun)} instead of {before}{filled}"] if now != before else []


def _edited(batch: Batch, group: str, noun: str) -> list[str]:
    count = sum(name == group for name, _, _ in batch.changed)
    return [counted(count, noun)] if count else []


def _renamed(batch: Batch) -> tuple[str, ...]:
    """Row names; a name that describes the numbers becomes a row number once they are changed."""
    if batch.begun is None:
        return batch.rows  # names of photographs stay true, whatever the numbers are
    resized = batch.begun[1] != len(batch.columns)
    rows = {row for _, row, _ in batch.changed}
    return tuple(str(i) if resized or i in rows else name for i, name in enumerate(batch.rows))


@cache
def drawn() -> tuple[Floats, Targets]:
    """(64, 37) activations and (64,) targets for rows and columns that are added to a preset."""
    numbers = np.random.RandomState(SEED)
    table = (numbers.randn(MOST_ROWS, MOST_COLUMNS) * 2).astype(np.float32)
    return table, numbers.randint(MOST_COLUMNS, size=MOST_ROWS).astype(np.int64)


def _place(text: str, parts: int) -> list[int]:
    numbers = text.split(",")
    if len(numbers) != parts or not all(map(DIGITS.fullmatch, numbers)):
        raise Problem(f"{short(text)!r} is not a place in a batch.")
    return [int(n) for n in numbers]
