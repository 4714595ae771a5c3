"""Precision, recall and F1 of each breed, with intervals.

Names as in scikit-learn's `classification_report`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.metrics.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.metrics.comparison import Pairs
    from petwidgets.metrics.confusion import Change

MEASURES = ("recall", "precision", "f1", "support", "breed")


@dataclass(frozen=True)
class Breed:
    """One breed's counts.

    Args:
        breed: its name.
        right: photographs of it that were recognised (true positives).
        support: all photographs of it.
        predicted: all photographs that were predicted as it.

    Example:
        >>> beagle = Breed("beagle", right=15, support=20, predicted=25)
        >>> beagle.recall, beagle.precision
        (0.75, 0.6)
    """

    breed: str
    right: int
    support: int
    predicted: int

    @property
    def recall(self) -> float:
        """The share of its photographs that were recognised; nan if it has none."""
        return _share(self.right, self.support)

    @property
    def precision(self) -> float:
        """The share of right ones among the photographs predicted as it; nan if there are none."""
        return _share(self.right, self.predicted)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; nan if both are undefined."""
        return _share(2 * self.right, self.support + self.predicted)

    def interval(self, measure: str) -> tuple[float, float]:
        """Wilson's 95 % interval of `recall` or `precision`; (0, 1) if it is undefined."""
        return wilson(self.right, self.support if measure == "recall" else self.predicted)


def _share(part: int, total: int) -> float:
    return part / total if total else math.nan


def breeds(matrix: np.ndarray, vocab: Sequence[str]) -> list[Breed]:
    """Every breed's counts, in the vocab's order.

    Args:
        matrix: (c, c) counts, rows the true breeds.
        vocab: c breeds.
    """
    columns = zip(vocab, np.diag(matrix), matrix.sum(1), matrix.sum(0), strict=True)
    return [Breed(name, int(tp), int(row), int(column)) for name, tp, row, column in columns]


def ordered(breeds: Sequence[Breed], by: str) -> list[Breed]:
    """Sort by one of `MEASURES`, the lowest first; undefined values (nan) come last."""
    if by == "breed":
        return sorted(breeds, key=lambda breed: breed.breed.casefold())
    return sorted(breeds, key=lambda breed: _last(getattr(breed, by)))


def _last(value: float) -> float:
    return math.inf if math.isnan(value) else value


def macro(breeds: Sequence[Breed], measure: str) -> float:
    """The macro average of `recall`, `precision` or `f1`; breeds without a value are left out."""
    values = [v for breed in breeds if not math.isnan(v := getattr(breed, measure))]
    return float(np.mean(values)) if values else math.nan


def gains(change: Change) -> dict[str, tuple[float, float, float]]:
    """Each breed's gain in recall from the first run to the second, with its 95 % interval.

    Both runs are evaluated on the same photographs, so the interval is Newcombe's for paired
    proportions. Breeds without common photographs are left out.

    Returns:
        (gain, lower end, upper end) by breed.
    """
    return {name: _gain(pairs) for name, pairs in change.by_breed.items()}


def _gain(pairs: Pairs) -> tuple[float, float, float]:
    low, high = pairs.interval()  # of the difference in error, whose sign is the opposite
    return -pairs.difference or 0.0, -high or 0.0, -low or 0.0
