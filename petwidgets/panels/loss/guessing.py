"""Say before you see: one number of a step is hidden, and a guess is held against it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import random

    from petwidgets.metrics.column_group import Group

SHARE, LEAST = 0.1, 0.02
RULE = "A guess counts as right within a tenth of the number, or within 0.02."


def hide(group: Group, rng: random.Random) -> tuple[int, int] | None:
    """Row and column of the number to hide; None for a group that nobody can guess."""
    if group.editable:
        return None
    values = np.atleast_2d(np.asarray(group.values).T).T  # (n,) and () as one column
    places = [(int(r), int(c)) for r, c in np.argwhere(np.isfinite(values))]
    return rng.choice(places) if places else None


def value(group: Group, place: tuple[int, int]) -> float:
    """The number that stands there."""
    values = np.atleast_2d(np.asarray(group.values).T).T
    return float(values[place])


def right(guess: float, truth: float) -> bool:
    """Whether a guess is close enough (see `RULE`)."""
    return guess == truth or math.isclose(guess, truth, rel_tol=SHARE, abs_tol=LEAST)
