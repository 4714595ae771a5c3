"""The finder: fastai's curve and suggestions on the same seed, and weights left as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastai.callback.schedule import minimum, slide, steep, valley
from fastai.vision.all import Learner, ProgressCallback
from light import ARCH
from safetensors.torch import load_file

from petwidgets.baseline.lr_find import search
from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.data.dataset import load
from petwidgets.learning.train import lr_find
from petwidgets.learning.train.learner import prepare
from petwidgets.learning.train.rng_state import Randomness
from petwidgets.metrics.lr_suggest import LAST_FALL, hints
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Stage
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.runs.run import Run

    Events = list[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("light")

FUNCTIONS = (valley, slide, minimum, steep)


def stages(few: Path, *, frozen: bool = True, **settings: Any) -> Recipe:
    sizes = {"size": 64, "presize": 128, "batch_size": 8}
    given = {"data": str(few), "arch": ARCH, **sizes, **settings}
    return Recipe("stages", (Stage(1, frozen=frozen, rate=1e-3),), **given)


def searched(
    store: RunStore, recipe: Recipe, stop: Callable[[], bool] = lambda: False, **info: Any
) -> tuple[Run, Events]:
    run, events = store.create(recipe, kind="rates", **info), []
    search(run, events.append, stop)
    return run.fresh(), events


def points(events: Events) -> list[list[float]]:
    return [p for event in events if event["event"] == "rate" for p in event["points"]]


def same_learner(run: Run) -> Learner:
    """What the search had before it began, made anew."""
    dataset = load(run.recipe.data, run.recipe.pattern)
    return prepare(run, run.recipe, dataset)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


@pytest.mark.parametrize("frozen", [True, False])
def test_curve_and_suggestions_are_fastais(
    store: RunStore, few: Path, tmp_path: Path, *, frozen: bool
) -> None:
    asked = {"frozen": frozen, "num_it": 40, "start": 1e-5, "end": 1.0}
    run, events = searched(store, stages(few), search=asked)
    learn = same_learner(run)
    learn.path = tmp_path
    learn.remove_cb(ProgressCallback)
    learn.freeze() if frozen else learn.unfreeze()
    with Randomness(run.recipe.seed, learn.dls.train).undisturbed():
        suggested = learn.lr_find(1e-5, 1.0, 40, show_plot=False, suggest_funcs=FUNCTIONS)
    found = np.array(points(events))
    np.testing.assert_array_equal(found[:, 0], learn.recorder.lrs)
    np.testing.assert_array_equal(found[:, 1], [float(x) for x in learn.recorder.losses])
    hints = run.info["results"]["hints"]
    assert {name: hints[name] for name in suggested._fields} == suggested._asdict()
    assert min(found[:, 0]) <= hints[LAST_FALL] <= max(found[:, 0])
    assert run.state == "finished"
    assert not run.usable


def test_a_search_on_a_runs_weights_leaves_them_alone(
    store: RunStore, few: Path, trained: Callable[[Recipe], Any]
) -> None:
    parent = store.create(stages(few))
    train(parent, lambda _: None, lambda: False)
    path = parent.folder / "model.safetensors"
    before = path.read_bytes()
    asked = {"frozen": False, "num_it": 30}
    run, events = searched(store, stages(few, frozen=False), parent=parent.id, search=asked)
    assert path.read_bytes() == before
    assert run.info["files"] == parent.fresh().info["files"]
    fresh, other = searched(store, stages(few, frozen=False), search=asked)
    assert points(events)[0][1] != points(other)[0][1]
    assert fresh.info["results"]["points"] == len(points(other)) <= 30


def test_the_finder_puts_the_weights_back(store: RunStore, few: Path) -> None:
    run, _ = searched(store, stages(few), search={"num_it": 30})
    learn = same_learner(run)
    learn.freeze()
    before = {k: v.clone() for k, v in learn.model.state_dict().items()}
    with learn.no_bar(), learn.no_logging():
        learn.fit(5, cbs=lr_find.Finder(1e-3, 1.0, 20))
    assert len(learn.recorder.lrs) > 5
    after = learn.model.state_dict()
    assert all((after[k] == before[k]).all() for k in before)
    assert all("step" not in state for state in learn.opt.state.values())


def test_a_baselines_head_is_searched_on_features(store: RunStore, tiny: Any) -> None:
    run, events = searched(store, tiny("baseline"))
    assert [e["stage"] for e in events if e["event"] == "stage"] == ["check", "rates"]
    assert len(points(events)) == run.info["results"]["points"]


def test_it_stops_by_itself_on_divergence(store: RunStore, few: Path) -> None:
    asked = {"start": 1e-3, "end": 100.0, "num_it": 60, "frozen": False}
    run, events = searched(store, stages(few, frozen=False), search=asked)
    assert run.info["results"]["diverged"]
    losses = [loss for _, loss in points(events) if loss is not None]
    assert len(points(events)) < 60
    assert losses[-1] > 4 * min(losses) or points(events)[-1][1] is None


def test_stop_keeps_the_points_so_far(store: RunStore, few: Path) -> None:
    asked: list[int] = []

    def stop() -> bool:
        return len(asked) > 0

    run = store.create(stages(few), kind="rates")
    events: Events = []

    def hear(event: dict[str, Any]) -> None:
        events.append(event)
        if event["event"] == "rate":
            asked.append(1)

    search(run, hear, stop)
    assert run.fresh().state == "stopped"
    assert points(events)
    assert not run.fresh().info["results"]["diverged"]


def test_too_few_points_give_no_hints() -> None:
    assert hints([1e-3] * 12, [1.0] * 12, 20) == {}


def test_other_breeds_than_the_parents_are_a_sentence(
    store: RunStore, few: Path, tmp_path: Path
) -> None:
    parent = store.create(stages(few))
    train(parent, lambda _: None, lambda: False)
    other = stages(few, pattern=r"^(.)")
    with pytest.raises(Problem, match="knows other classes"):
        searched(store, other, parent=parent.id)
    with pytest.raises(Problem, match="begins with ImageNet's weights"):
        searched(store, Recipe("baseline", other.stages, data=str(few)), parent=parent.id)


def test_training_on_from_a_run_begins_where_it_was(store: RunStore, few: Path) -> None:
    parent = store.create(stages(few))
    train(parent, lambda _: None, lambda: False)
    still = Recipe.from_json({
        **stages(few).to_json(), "stages": [{"epochs": 1, "frozen": True, "rate": 1e-12}]
    })  # fmt: skip
    child = store.create(still, parent=parent.id)
    train(child, lambda _: None, lambda: False)
    old, new = (load_file(run.folder / "model.safetensors") for run in (parent, child))
    heads = [key for key in old if key.startswith("1.") and key.endswith("8.weight")]
    assert heads
    for key in heads:
        np.testing.assert_allclose(new[key], old[key], atol=1e-6)
    assert child.fresh().info["train_files"] == parent.fresh().info["train_files"]
