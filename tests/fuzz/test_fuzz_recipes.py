"""Recipes, plans, decisions and the workbench from JSON that anybody may have written."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from damage import JSON, altered, altered_text, clear, fuzzed
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.common.errors import Problem
from petwidgets.common.validate import made
from petwidgets.data.label_edits import LabelEdits, Mark
from petwidgets.metrics.loss_batch import PRESETS, Workbench
from petwidgets.recipes.chapter import BOOK
from petwidgets.recipes.faults import LARGEST, LARGEST_SEED, MOST_STAGES, NAMES, PRECISIONS, SPLITS
from petwidgets.recipes.plan import Plan
from petwidgets.recipes.presets import baseline, fine_tune, one_cycle
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage_notation import read_rate, write_rate
from petwidgets.runs.schema import checked

if TYPE_CHECKING:
    from collections.abc import Callable


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


CLEANED = fine_tune(hold_out=("a/b.jpg",), leave_out=("x.jpg",), relabel=(("y.jpg", "pug"),))
RECIPES = [plain(one.to_json()) for one in (baseline(), CLEANED, one_cycle(limit_per_breed=5))]
PLANS = [plain(one.to_json()) for one in (Plan(), *(Plan().begun_from(key) for key in BOOK))]
DECIDED = LabelEdits(
    (
        {"a.jpg": Mark("relabel", "pug", "boxer", "why", 0.5)},
        {"b.jpg": None, "c.jpg": Mark("keep")},
    ),
    ({"d.jpg": Mark("leave_out")},),
)
BENCHES = [
    plain(one.to_json())
    for one in (Workbench(), Workbench("bears", 3, 5, {"0,1": 2.5, "2,4": math.inf}, {"1": 2}))
]


def again(value: Any) -> Any:
    """As a file gives it back."""
    return json.loads(json.dumps(value))


@fuzzed(60)
@given(altered(RECIPES))
def test_a_recipe(value: Any) -> None:
    try:
        recipe = Recipe.from_json(value)
    except Problem as problem:
        clear(problem)
        return
    assert recipe.name in NAMES
    assert recipe.split in SPLITS
    assert recipe.precision in PRECISIONS
    assert 1 <= len(recipe.stages) <= MOST_STAGES
    assert all(type(n) is int for n in (recipe.size, recipe.presize, recipe.batch_size))
    assert 32 <= recipe.size <= recipe.presize <= LARGEST
    assert 2 <= recipe.batch_size <= LARGEST
    assert 0 <= recipe.seed <= LARGEST_SEED
    assert all(isinstance(one, str) for one in (recipe.data, recipe.pattern, recipe.arch))
    assert all(isinstance(one, str) for one in (*recipe.hold_out, *recipe.leave_out))
    assert all(isinstance(one, str) for pair in recipe.relabel for one in pair)
    assert all(type(stage.epochs) is int and stage.epochs >= 0 for stage in recipe.stages)
    assert all(type(stage.frozen) is bool for stage in recipe.stages)
    assert Recipe.from_json(again(recipe.to_json())) == recipe


@fuzzed(30)
@given(altered([{"id": "1", "state": "finished", "recipe": one} for one in RECIPES]))
def test_a_recipe_of_a_run_that_was_brought_along(value: Any) -> None:
    try:
        info = checked(value)
    except Problem as problem:
        clear(problem)
        return
    recipe = Recipe.from_json(info["recipe"])
    assert recipe == Recipe.from_json(again(recipe.to_json()))


@fuzzed(50)
@given(altered(PLANS))
def test_a_plan(value: Any) -> None:
    try:
        plan = Plan.from_json(value)
    except (TypeError, KeyError, ValueError, AttributeError):  # as `Session.plan` has it
        return
    except Problem as problem:
        clear(problem)
        return
    assert plan.recipe("sample", "(.+)").stages == plan.stages
    assert Plan.from_json(again(plan.to_json())) == plan


@fuzzed(40)
@given(altered([plain(DECIDED.to_json())]))
def test_decisions(value: Any) -> None:
    try:
        choices = LabelEdits.from_json(value)
    except Problem as problem:
        clear(problem)
        return
    assert LabelEdits.from_json(again(choices.to_json())) == choices
    assert isinstance(choices.recipe(baseline()), Recipe)
    for mark in choices.now.values():
        assert mark.said


@fuzzed(50)
@given(altered(BENCHES))
def test_a_workbench(value: Any) -> None:
    try:
        bench = made(Workbench, value)
    except (TypeError, AttributeError):  # as `Session.bench` has it
        return
    except Problem as problem:
        clear(problem)
        return
    batch = bench.batch(PRESETS["bears"])
    assert batch.activations.shape == (len(batch.rows), len(batch.columns))
    assert batch.targets.shape == (len(batch.rows),)
    assert ((batch.targets >= 0) & (batch.targets < len(batch.columns))).all()
    assert made(Workbench, again(bench.to_json())) == bench


@fuzzed(30)
@given(altered_text(["3e-3", "slice(1e-6, 1e-4)", "slice(1e-3)", " 0.1 "]))
def test_a_rate_as_it_is_written(text: str) -> None:
    try:
        rate = read_rate(text)
    except Problem as problem:
        clear(problem)
        return
    ends = rate if isinstance(rate, tuple) else (rate,)
    assert all(end is None or isinstance(end, float) for end in ends)
    if all(end is None or math.isfinite(end) for end in ends):  # else no recipe takes it
        assert write_rate(read_rate(write_rate(rate))) == write_rate(rate)


@fuzzed(20)
@given(JSON, st.sampled_from([Recipe.from_json, LabelEdits.from_json, checked]))
def test_any_json(value: Any, read: Callable[[Any], Any]) -> None:
    try:
        read(value)
    except Problem as problem:
        clear(problem)
