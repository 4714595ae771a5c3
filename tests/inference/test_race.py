"""Rates race on kept features: each is what a training of an epoch comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from petwidgets.baseline.lr_find import search
from petwidgets.baseline.race import race
from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.inference.feature_cache import KEPT
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run


def baseline(rate: float, data: str) -> Recipe:
    small = {"size": 160, "presize": 200, "batch_size": 8}
    return make("baseline", epochs=1, base_lr=rate, data=data, **small)


@pytest.fixture
def searched(few: Path) -> Run:
    run = RunStore().create(baseline(1e-3, str(few)), kind="rates")
    search(run, lambda _: None, lambda: False)
    return run.fresh()


def test_each_lane_is_a_training_of_one_epoch(searched: Run) -> None:
    lanes = race(searched, [1e-3, 1e-2, 30.0])
    assert [lane.rate for lane in lanes] == [1e-3, 1e-2, 30.0]
    assert all(len(lane.losses) == 26 // 8 for lane in lanes)
    for lane in lanes[:2]:
        run = RunStore().create(baseline(lane.rate, searched.recipe.data))
        results = train(run, lambda _: None, lambda: False)
        assert lane.valid_loss == pytest.approx(results["valid_loss"], abs=1e-6)
        assert lane.losses[-1] == pytest.approx(results["train_loss"], abs=1e-6)
        assert lane.error_rate == results["error_rate"]
    slow, quick, high = lanes
    assert quick.losses[-1] < slow.losses[-1]
    assert high.losses[-1] > high.losses[0]  # it explodes


def test_all_see_the_same_batches(searched: Run) -> None:
    one, other = race(searched, [1e-2, 1e-2])
    assert one == other


def test_without_kept_features_it_says_what_to_do(searched: Run) -> None:
    for file in KEPT.folder.rglob("*.safetensors"):
        file.unlink()
    with pytest.raises(Problem, match="are not kept: train a baseline"):
        race(searched, [1e-2])
