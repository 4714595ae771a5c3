"""Column groups of a loss table, each with the formula of its numbers.

A group's `formula` refers to the numbers from which each of its own is computed:

| reference | meaning |
|---|---|
| `{exp}` | the number of group `exp` in the same row and column |
| `{exp@row}` | all numbers of the row |
| `{exp@others}` | all numbers of the row, except the same column |
| `{softmax@second}` | the row's number in the second column |
| `{softmax@target}` | the row's number in the column of its target |
| `{loss@all}` | the numbers of all rows |

Several numbers are joined by a plus, or by the text after a bar: `{exp@row|, }`. With this the page
highlights the sources of a number and writes its formula with numbers, without computing anything
itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from petwidgets.metrics.loss_batch import Batch
    from petwidgets.metrics.losses import Floats


@dataclass(frozen=True)
class Group:
    """The result of one operation.

    Args:
        name: its name in formulas.
        title: its heading.
        values: (n, c), one number per row (n,), or a single number ().
        formula: how each number is computed, in the notation above.
        says: a sentence that explains the operation.
        code: the same in torch, from earlier groups by their names.
        editable: whether the user may edit it.
        bars: whether each number is also drawn as a bar.
        under: the group whose bars are drawn under these numbers.
    """

    name: str
    title: str
    values: Any
    formula: str = ""
    says: str = ""
    code: str = ""
    editable: bool = False
    bars: bool = False
    under: str = ""

    @property
    def kind(self) -> str:
        """`table`, `column` or `one`, by the shape of the values."""
        return ("one", "column", "table")[np.ndim(self.values)]


def begun(batch: Batch, under: str = "") -> list[Group]:
    """The targets and the activations, the first groups of every table."""
    return [
        Group("targ", "target", batch.targets, editable=True,
              says="The column that should have been the largest: what the photograph shows."),
        Group("acts", "activations", batch.activations, editable=True, under=under,
              says="What the last layer gives: any numbers, one for each class.",
              ),
    ]  # fmt: skip


def mean(of: str, title: str, values: Floats, says: str) -> Group:
    """The mean of a column."""
    formula = f"({{{of}@all}}) / {len(values)}"
    return Group(f"mean_{of}", title, np.float32(values.mean()), formula, says, f"{of}.mean()")
