"""The suggestions of a learning rate are those of fastai's functions."""

from __future__ import annotations

import numpy as np
import pytest
from fastai.callback import schedule
from fastai.vision.all import tensor

from petwidgets.metrics import lr_suggest
from petwidgets.metrics.lr_suggest import LAST_FALL, SUGGESTERS, hints


@pytest.mark.parametrize("name", SUGGESTERS)
@pytest.mark.parametrize("drift", [-0.1, 0.0, 0.1])
@pytest.mark.parametrize("n", [20, 41, 90])
def test_each_is_fastais_function(name: str, n: int, drift: float) -> None:
    rates = np.geomspace(1e-7, 10, n).astype(np.float32)
    for seed in range(20):
        steps = np.random.default_rng(seed).normal(drift, 0.3, n)
        heights = (4 + steps.cumsum()).astype(np.float32)
        expected, _ = getattr(schedule, name)(tensor(rates), tensor(heights), 100)
        assert getattr(lr_suggest, name)(rates, heights) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["valley", "slide", "minimum"])
def test_a_loss_that_stays_has_fastais_suggestions(name: str) -> None:
    rates, heights = np.geomspace(1e-7, 10, 30).astype(np.float32), np.ones(30, np.float32)
    expected, _ = getattr(schedule, name)(tensor(rates), tensor(heights), 100)
    assert getattr(lr_suggest, name)(rates, heights) == pytest.approx(expected, rel=1e-5)


def test_points_are_dropped_as_in_lr_find() -> None:
    rates = np.geomspace(1e-7, 10, 100)
    losses = 3 - 2 / (1 + np.exp(-5 * (np.log10(rates) + 3))) + np.where(rates > 1, 9.0, 0)
    found = hints(list(rates), list(losses), 100)
    assert list(found) == [*SUGGESTERS, LAST_FALL]
    odd = losses.copy()
    odd[:10], odd[-5:] = -1e3, -2e3
    assert hints(list(rates), list(odd), 100) == found
    broken = losses.copy()
    broken[25:] = np.nan
    assert hints(list(rates), list(broken), 100) == {}  # 15 points are too few
