"""Compare stopping a long cycle early with a whole cycle of so many epochs.

Chapter section "Selecting the Number of Epochs".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from petwidgets.runs.run import Run

RECORDED = Path(__file__).with_name("recorded_stopping.json")
"""Made by `benchmarks/stopping.py` on a machine with two cores and no GPU."""

PARTS = (1 / 6, 1 / 3, 2 / 3)
"""Where a long cycle is stopped, as shares of it."""


@dataclass(frozen=True)
class Budget:
    """Two models of as many epochs: a long cycle stopped there, and a whole cycle.

    Args:
        epochs: of both.
        stopped: photographs that the stopped one gets wrong.
        whole: photographs that the whole cycle's gets wrong.
        stopped_alone: photographs that only the stopped one gets right.
        whole_alone: photographs that only the whole cycle's gets right.
        rate: of the long cycle at the end of this epoch, as a share of its highest.
    """

    epochs: int
    stopped: int
    whole: int
    stopped_alone: int
    whole_alone: int
    rate: float


@dataclass(frozen=True)
class Stopping:
    """A long cycle, and budgets of fewer epochs.

    Args:
        photographs: that all are validated on.
        trained_on: photographs that all train on.
        rate: the highest of each cycle.
        wrong: photographs that the long cycle's model gets wrong, after each of its epochs.
        budgets: in the order of their epochs.
    """

    photographs: int
    trained_on: int
    rate: float
    wrong: tuple[int, ...]
    budgets: tuple[Budget, ...]


@job("petwidgets.baseline.stopping")
def stopping(run: Run, rate: float) -> Stopping:
    """Train heads on kept features: one long cycle, and one a budget.

    Args:
        run: a baseline, whose photographs, split, seed and number of epochs are used.
        rate: the highest of each cycle, above 0.

    Raises:
        Problem: the features are not kept, or the photographs are not on this machine.
    """


def budgets(longest: int) -> list[int]:
    """Numbers of epochs at which a cycle of `longest` is stopped.

    Example:
        >>> budgets(12), budgets(2), budgets(1)
        ([2, 4, 8], [1], [])
    """
    found = {max(1, round(part * longest)) for part in PARTS}
    return sorted(n for n in found if n < longest)


@lru_cache(maxsize=1)
def recorded_stopping() -> Stopping:
    """A fine-tuning on another machine: all layers, on drawn pictures."""
    said = json.loads(RECORDED.read_text("utf-8"))
    pairs = tuple(Budget(**budget) for budget in said["budgets"])
    return Stopping(**{**said, "wrong": tuple(said["wrong"]), "budgets": pairs})
