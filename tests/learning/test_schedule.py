"""The planned schedule and layer groups' rates are what fastai sets while it trains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from fastai.vision.all import Callback, DataLoaders, Learner, nn
from fastcore.basics import range_of

from petwidgets.metrics import one_cycle as schedule
from petwidgets.recipes.presets import one_cycle
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Rate, Stage


class Watched(Callback):
    """The hyper-parameters that a batch was trained with."""

    def __init__(self) -> None:
        self.seen: list[tuple[list[float], float]] = []

    def after_batch(self) -> None:
        if self.training:
            hypers = self.opt.hypers
            self.seen.append(([float(h["lr"]) for h in hypers], float(hypers[0]["mom"])))


def fitted(stage: Stage, groups: int, batches: int) -> list[tuple[list[float], float]]:
    rows = [(torch.randn(2), torch.randn(2)) for _ in range(batches * 4)]
    dls = DataLoaders.from_dsets(rows, rows[:4], bs=4, num_workers=0)
    model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(groups)))

    def splitter(network: Any) -> list[list[Any]]:
        return [list(network[i].parameters()) for i in range_of(network)]

    learn = Learner(dls, model, nn.MSELoss(), splitter=splitter)
    watched = Watched()
    rate = slice(*stage.rate) if isinstance(stage.rate, tuple) else stage.rate
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(
            stage.epochs, rate, pct_start=stage.pct_start, div=stage.div, cbs=watched
        )
    return watched.seen


@pytest.mark.parametrize("groups", [1, 2, 3])
@pytest.mark.parametrize("rate", [3e-3, (None, 2e-3), (1e-6, 1e-4)])
@pytest.mark.parametrize(("pct_start", "div"), [(0.25, 25.0), (0.99, 25.0), (0.3, 5.0)])
def test_the_plan_is_what_fastai_does(
    groups: int, rate: Rate, pct_start: float, div: float
) -> None:
    stage = Stage(3, frozen=False, rate=rate, pct_start=pct_start, div=div)
    seen = fitted(stage, groups, batches=5)
    rates, momenta = schedule.of_stage(stage, 5, groups)
    assert rates.shape == (15, groups)
    np.testing.assert_allclose(rates, [lrs for lrs, _ in seen], rtol=1e-6)
    np.testing.assert_allclose(momenta, [mom for _, mom in seen], rtol=1e-6)


def test_a_slice_is_spread_by_the_same_factor() -> None:
    rates = schedule.of_groups((1e-6, 1e-4), 3)
    assert rates == pytest.approx([1e-6, 1e-5, 1e-4])


def test_what_is_drawn_covers_every_stage() -> None:
    lines, momenta = schedule.drawn(one_cycle(), 3)
    assert [len(line) for line in lines] == [len(momenta)] * 3
    assert (momenta[0][0], round(momenta[-1][0])) == (0, 15)
    assert max(rate for _, rate in lines[2]) == pytest.approx(3e-3, rel=1e-3)
    after = [rate for epoch, rate in lines[0] if epoch >= 3]
    assert max(after) == pytest.approx(1e-6, rel=1e-2)


def test_a_stage_of_no_epochs_is_nothing() -> None:
    stages = (Stage(0, frozen=True, rate=1e-3), Stage(1, frozen=False, rate=1e-3))
    assert len(schedule.drawn(Recipe("stages", stages), 2)[1]) == schedule.DRAWN
