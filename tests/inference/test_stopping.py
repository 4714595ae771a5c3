"""Stopping early on kept features: the long cycle is the training itself, and so are the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from petwidgets.baseline.stopping import stopping
from petwidgets.baseline.train import train
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.runs.run import Run

RATE = 5e-3


def trained(epochs: int, data: str) -> Run:
    small = {"size": 160, "presize": 200, "batch_size": 4}
    run = RunStore().create(make("baseline", epochs=epochs, base_lr=RATE, data=data, **small))
    train(run, lambda _: None, lambda: False)
    return run.fresh()


def test_each_cycle_is_a_training_of_so_many_epochs(few: Path) -> None:
    long = trained(6, str(few))
    found = stopping(long, RATE)
    n = found.photographs
    errors = [e["error_rate"] for e in long.events() if e["event"] == "epoch"]
    assert [wrong / n for wrong in found.wrong] == pytest.approx(errors)
    assert [budget.epochs for budget in found.budgets] == [1, 2, 4]
    for budget in found.budgets:
        assert budget.stopped == found.wrong[budget.epochs - 1]
        whole = trained(budget.epochs, str(few)).validation()
        assert budget.whole == whole.errors
        assert budget.stopped + budget.stopped_alone == budget.whole + budget.whole_alone
    rates = [budget.rate for budget in found.budgets]
    assert rates[1] > 0.95, "after a third of the cycle it is near its highest"
    assert 0 < rates[2] < 0.5
