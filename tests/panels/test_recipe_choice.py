"""Recipes as cards: what each costs, from what was measured, and what a person changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from made import finish, trained
from waiting import hidden, wait_for_reading

from petwidgets import TrainPanel
from petwidgets.common.formatting import duration
from petwidgets.jobs.model_cost import recorded_costs
from petwidgets.jobs.reading import SECONDS
from petwidgets.panels.training.recipe_choice import CARDS, TITLES
from petwidgets.panels.training.train import LESS, MORE
from petwidgets.panels.training.training_time import of_features, of_stages
from petwidgets.recipes.chapter import BOOK
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.recipes.plan import Plan
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import OurSession

    from petwidgets.jobs.model_cost import Cost


def costs(panel: TrainPanel) -> dict[str, str]:
    return {card["key"]: card["costs"] for card in panel.cards.cards}


@pytest.fixture
def read(session: OurSession, few: Path) -> OurSession:
    """32 photographs: 26 to train on and 6 to validate on."""
    session.data.read(str(few), session.data.pattern)
    wait_for_reading()
    return session


def test_each_card_begins_its_recipe(session: OurSession) -> None:
    panel = TrainPanel(session)
    assert [card["key"] for card in panel.cards.cards] == list(CARDS) == list(TITLES)
    assert panel.cards.chosen == "baseline"
    for key in reversed(CARDS):
        panel.cards.chosen = key  # as a click does
        expected = BOOK[key].make() if key in BOOK else None
        assert expected is None or panel.recipe().stages == expected.stages
        assert session.plan.preset == key
    assert panel.recipe().name == "baseline"
    panel.cards.chosen = "no such recipe"
    assert session.plan.preset == "baseline"
    assert panel.heading.problem == ""


def test_the_pace_of_kept_features_says_nothing_of_other_photographs(read: OurSession) -> None:
    panel = TrainPanel(read)
    recipe = read.recipe_of(plan("baseline"))
    for data, source in (("/srv/others", "recorded on another machine"), (recipe.data, "here")):
        run = finish(read.store.create(replace(recipe, data=data)))
        run.update(results={"seconds": 1.5, "error_rate": 0.2, "images_per_second": 985.0})
        read.runs.refresh()
        panel.cards.draw()
        assert source in costs(panel)["baseline"].partition("Last time")[0]


def test_time_is_that_of_what_was_recorded(read: OurSession) -> None:
    panel = TrainPanel(read)
    said = costs(panel)
    assert said["baseline"].endswith("as recorded on another machine.")
    seconds = of_stages(LITE0, panel.session.recipe_of(plan("first")), (26, 6))
    assert said["first"] == f"About {duration(seconds)}, as recorded on another machine."


def plan(preset: str, **settings: Any) -> Plan:
    return replace(Plan().begun_from(preset), **settings)


LITE0 = next(row for row in recorded_costs() if row["arch"] == "tf_efficientnet_lite0")
PHASE = LITE0["frozen"]
READING = {"features": 0.04, "fastai": 0.5, "filling": 0.3, "warm": 0.1}
COST: Cost = {
    **LITE0,
    "size": 64,
    "batch_size": 10,
    "frozen": {**PHASE, "seconds": [5.0, 7.0], "small": [2.0, 2.5]},
    "unfrozen": {**PHASE, "seconds": [11.0], "small": [3.5]},
    "validating": [2.0],
}
"""A batch takes 1 s and each photograph in it 0.5 s (frozen), or 1 s and 1 s; validated, 0.2 s."""


@pytest.fixture
def _reads(monkeypatch: pytest.MonkeyPatch) -> None:
    for way, seconds in READING.items():
        monkeypatch.setitem(SECONDS, way, seconds)


@pytest.mark.usefixtures("_reads")
@pytest.mark.parametrize("size", [64, 32, 128])
def test_only_the_networks_work_on_a_photograph_shrinks_with_the_size(size: int) -> None:
    recipe = plan("first", size=size, batch_size=8).recipe("sample", CHAPTER_PATTERN)
    pixels = (size / 64) ** 2
    reading = 3 * 0.5 * (26 + 6)
    trained = (3 + 24 * 0.5 * pixels) + 2 * (3 + 24 * 1.0 * pixels)  # 3 batches of 8 in an epoch
    validated = 3 * 6 * 0.2 * pixels
    assert of_stages(COST, recipe, (26, 6)) == pytest.approx(reading + trained + validated)


@pytest.mark.usefixtures("_reads")
def test_a_fast_input_fills_its_cache_once_and_a_stage_has_a_size_of_its_own() -> None:
    made = plan("first", size=128, batch_size=8, input="fast").recipe("sample", CHAPTER_PATTERN)
    first, then = made.stages
    recipe = replace(made, name="stages", stages=(replace(first, size=64), then))
    reading = (0.3 + 2 * 0.1) * 32
    trained = (3 + 24 * 0.5) + 2 * (3 + 24 * 4)
    validated = 3 * 6 * 0.2 * 4  # at the recipe's own size
    assert of_stages(COST, recipe, (26, 6)) == pytest.approx(reading + trained + validated)


@pytest.mark.usefixtures("_reads")
def test_a_measurement_of_an_earlier_version_has_neither_small_batches_nor_validation() -> None:
    old: Any = {key: value for key, value in LITE0.items() if key != "validating"}
    for body in ("frozen", "unfrozen"):
        old[body] = {"seconds": [4.0]}
    recipe = plan("first", batch_size=8).recipe("sample", CHAPTER_PATTERN)
    assert of_stages(old, recipe, (26, 6)) == pytest.approx(3 * 0.5 * 32 + 3 * 3 * 4.0)


@pytest.mark.parametrize(("train", "seconds"), [(80, 8.87), (160, 17.9)])
def test_an_epoch_takes_what_was_measured_of_a_whole_one(train: int, seconds: float) -> None:
    """Row `epoch` of docs/measurements.md: unfrozen, batches of 16, without validation."""
    stages = (Stage(1, frozen=False, rate=1e-3),)
    recipe = Recipe("stages", stages, arch="tf_efficientnet_lite0", size=224, batch_size=16)
    assert of_stages(LITE0, recipe, (train, 0)) == pytest.approx(seconds, rel=0.2)


def test_longer_recipes_take_longer_however_small_the_size(read: OurSession) -> None:
    panel = TrainPanel(read)
    read.plan = replace(read.plan, size=32, batch_size=8)
    panel.cards.draw()
    short, long = (costs(panel)[key] for key in ("first", "3+12"))
    assert short.startswith("About ")
    times = [float(said.split()[1]) for said in (short, long)]
    assert times[1] > 4 * times[0]  # five times as many epochs


@pytest.mark.usefixtures("_reads")
def test_a_baseline_reads_its_photographs_at_any_size() -> None:
    assert of_features(10, 1) == pytest.approx(0.1)
    assert of_features(10, 0.25) == pytest.approx(0.04 + 0.06 / 4)
    assert of_features(1000, 4) == pytest.approx(0.001)  # its features were kept


def test_time_is_that_of_what_was_measured_here(read: OurSession) -> None:
    panel = TrainPanel(read)
    read.settings = {**read.settings, "costs": [COST]}
    seconds = of_stages(COST, panel.session.recipe_of(plan("first")), (26, 6))
    here, there = "the network as measured here", "the photographs as recorded on another machine"
    assert costs(panel)["first"] == f"About {duration(seconds)}, {here}, reading {there}."
    panel.planning.form.set(arch="resnet200d")
    panel.planning.draw()
    assert "Its time is not known: measure it in Choose an architecture." in costs(panel)["first"]


def test_without_photographs_the_time_is_not_known(session: OurSession) -> None:
    said = costs(TrainPanel(session)).values()
    assert all("not known before there are photographs" in one for one in said)


def test_what_one_like_it_came_to_is_said(read: OurSession) -> None:
    panel = TrainPanel(read)
    assert "Last time" not in costs(panel)["baseline"]
    run = trained(read)
    run.update(recipe=panel.recipe().to_json())
    read.runs.refresh()
    assert "Last time: 25.0 % error." in costs(panel)["baseline"]
    assert "Last time" not in costs(panel)["first"]


OTHERS: list[dict[str, Any]] = [
    {"size": 128}, {"presize": 512}, {"limit_per_breed": 5}, {"split": "by-breed"}, {"valid": 0.4},
    {"pattern": "parent-folder"}, {"hold_out": ("a.jpg",)}, {"leave_out": ("a.jpg",)},
    {"relabel": (("a.jpg", "pug"),)}, {"data": "sample"}, {"batch_size": 8},
]  # fmt: skip


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
def test_another_experiment_is_not_the_last_time(read: OurSession, other: dict[str, Any]) -> None:
    panel = TrainPanel(read)
    trained(read).update(recipe=replace(panel.recipe(), **other).to_json())
    read.runs.refresh()
    assert "Last time" not in costs(panel)["baseline"]


def test_one_with_another_parent_is_not_the_last_time_but_one_with_another_seed(
    read: OurSession,
) -> None:
    panel = TrainPanel(read)
    recipe = replace(panel.recipe(), seed=7).to_json()
    trained(read).update(recipe=recipe, parent="20260101-000000-aaaaaa")
    read.runs.refresh()
    assert "Last time" not in costs(panel)["baseline"]
    trained(read).update(recipe=recipe)
    read.runs.refresh()
    assert "Last time: 25.0 % error." in costs(panel)["baseline"]


def test_settings_are_shown_when_asked_for_or_changed(session: OurSession) -> None:
    panel = TrainPanel(session)
    assert hidden(panel.planning)
    panel.more.press("more")
    assert not hidden(panel.planning)
    assert panel.more.fields[0]["label"] == LESS
    panel.more.press("more")
    assert hidden(panel.planning)
    assert panel.more.fields[0]["label"] == MORE
    session.plan = session.plan.taking(1e-3, frozen=True)  # as the finder's "Take it" does
    other = TrainPanel(session)
    assert not hidden(other.planning)
    assert "With your changes." in other.cards.cards[0]["text"]
