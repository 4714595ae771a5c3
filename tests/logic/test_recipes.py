"""Recipes as data: to JSON and back, what is refused, and that they are fastai's own stages."""

from __future__ import annotations

import ast
import importlib.util
import json
import math
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.common.errors import Problem
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.recipes.presets import MAKERS, baseline, fine_tune, make, one_cycle
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Stage

RATES = st.floats(1e-8, 10) | st.tuples(st.none() | st.floats(1e-8, 10), st.floats(1e-8, 10))
STAGES = st.builds(
    Stage,
    epochs=st.integers(1, 100),
    frozen=st.booleans(),
    rate=RATES,
    pct_start=st.floats(0.01, 0.99),
    div=st.floats(1, 100),
)
RECIPES = st.builds(
    Recipe,
    name=st.sampled_from(sorted({*MAKERS, "stages"} - {"baseline"})),
    stages=st.lists(STAGES, min_size=1, max_size=3).map(tuple),
    data=st.text(),
    pattern=st.text(),
    arch=st.text(),
    presize=st.integers(460, 2000),
    size=st.integers(32, 460),
    min_scale=st.floats(0.01, 1),
    batch_size=st.integers(2, 1000),
    seed=st.integers(0, 2**32 - 1),
    split=st.sampled_from(["random", "by-breed"]),
    valid=st.floats(0.01, 0.99),
    hold_out=st.lists(st.text(), max_size=3).map(tuple),
    limit_per_breed=st.none() | st.integers(2, 100),
    weight_decay=st.floats(0, 10),
)


@given(RECIPES)
def test_a_recipe_goes_to_json_and_back(recipe: Recipe) -> None:
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_other_json_is_a_problem(value: Any) -> None:
    with pytest.raises(Problem):
        Recipe.from_json(value)


@given(
    st.sampled_from(sorted(baseline().to_json())),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
)
def test_a_damaged_setting_is_a_problem_or_still_a_recipe(key: str, value: Any) -> None:
    with suppress(Problem):  # some values are sound settings
        assert isinstance(Recipe.from_json({**fine_tune().to_json(), key: value}), Recipe)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"data": ["sample"]}, {"size": 224.0}, {"size": True}, {"seed": 1.5}, {"valid": "0.2"}),
        *({"valid": 10**400}, {"hold_out": [7]}, {"relabel": [["a", 1]]}),
        *({"limit_per_breed": 2.5}, {"pattern": None}, {"min_scale": None}),
    ],
)
def test_a_setting_of_another_kind_is_said(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(Problem, match=f"This recipe's {name} is damaged"):
        Recipe.from_json({**baseline().to_json(), **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        *({"epochs": 1.0}, {"epochs": True}, {"frozen": 1}, {"rate": [0.1]}, {"rate": "0.1"}),
        *({"rate": [None, None]}, {"rate": [1, 2, 3]}, {"rate": 10**400}, {"size": "64"}),
        *({"div": None}, {"pct_start": []}),
    ],
)
def test_a_setting_of_a_stage_of_another_kind_is_said(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    told = baseline().to_json()
    with pytest.raises(Problem, match=f"This recipe's {name} is damaged"):
        Recipe.from_json({**told, "stages": [{**told["stages"][0], **wrong}]})


@pytest.mark.parametrize("names", [["\n" * 900], ["x" * 30_000], [str(n) for n in range(5000)]])
def test_unknown_settings_are_named_in_one_short_sentence(names: list[str]) -> None:
    with pytest.raises(Problem) as caught:
        Recipe.from_json({**baseline().to_json(), **dict.fromkeys(names, 1)})
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


def test_unknown_and_missing_settings_are_named_or_refused() -> None:
    whole = baseline().to_json()
    with pytest.raises(Problem, match=r"doesn't know: colour and momentum\.$"):
        Recipe.from_json({**whole, "momentum": 0.9, "colour": "red"})
    for key in ("name", "stages"):
        with pytest.raises(Problem, match="incomplete"):
            Recipe.from_json({k: v for k, v in whole.items() if k != key})
    with pytest.raises(Problem, match="incomplete"):
        Recipe.from_json({**whole, "stages": [{"epochs": 1, "frozen": True, "speed": 3}]})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "magic"}, "The recipes are baseline, fine-tune, one-cycle"),
        ({"stages": ()}, "at least one epoch"),
        ({"stages": (Stage(0, frozen=True, rate=0.1),)}, "at least one epoch"),
        ({"stages": (Stage(-1, frozen=True, rate=0.1), *baseline().stages)}, "can't be negative"),
        ({"stages": (Stage(1, frozen=True, rate=0.0),)}, "A learning rate is"),
        ({"stages": (Stage(1, frozen=True, rate=-0.1),)}, "A learning rate is"),
        ({"stages": (Stage(1, frozen=True, rate=math.nan),)}, "A learning rate is"),
        ({"stages": (Stage(1, frozen=True, rate=math.inf),)}, "A learning rate is"),
        ({"stages": (Stage(1, frozen=True, rate=(None, 0.0)),)}, "A learning rate is"),
        ({"stages": (Stage(1, frozen=True, rate=(0.0, 0.1)),)}, "A learning rate is"),
        ({"size": 31}, "between 32 and 1024"),
        ({"size": 1025, "presize": 1025}, "between 32 and 1024"),
        ({"presize": 223}, "first resize"),
        ({"min_scale": 0.0}, "smallest share"),
        ({"min_scale": 1.5}, "smallest share"),
        ({"batch_size": 1}, "at least two photographs"),
        ({"split": "odd"}, "random or by-breed"),
        ({"valid": 0.0}, "between 0 and 1"),
        ({"valid": 1.0}, "between 0 and 1"),
        ({"valid": math.nan}, "between 0 and 1"),
        ({"limit_per_breed": 1}, "two photographs of each class"),
        ({"limit_per_breed": 0}, "two photographs of each class"),
        ({"weight_decay": -0.1}, "weight decay"),
        ({"weight_decay": math.nan}, "weight decay"),
    ],
)
def test_each_fault_is_one_sentence(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(Problem, match=words) as caught:
        replace(baseline(), **settings)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_the_edges_are_allowed() -> None:
    replace(baseline(), size=32, presize=32, batch_size=2, limit_per_breed=2, weight_decay=0.0)
    replace(baseline(), size=1024, presize=1024, min_scale=1.0)
    assert one_cycle(freeze_epochs=0, epochs=1).epochs == 1


class Calls:
    """Stands in for a fastai `Learner`, and keeps what it is asked."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.frozen = False

    def freeze(self) -> None:
        self.frozen = True

    def unfreeze(self) -> None:
        self.frozen = False

    def fit_one_cycle(
        self, epochs: int, rate: Any, *, pct_start: float = 0.25, div: float = 25.0
    ) -> None:
        # As fastai reads them: `slice(high)` has no start.
        ends = (rate.start, rate.stop) if isinstance(rate, slice) else rate
        self.stages.append(Stage(epochs, self.frozen, ends, pct_start, div))


def fastai_schedule() -> ast.Module:
    found = importlib.util.find_spec("fastai")
    if found is None or not found.submodule_search_locations:
        pytest.skip("fastai is not installed")
    path = Path(found.submodule_search_locations[0]) / "callback" / "schedule.py"
    return ast.parse(path.read_text("utf-8"))


def fastai_function(name: str) -> ast.FunctionDef:
    """A function of `fastai.callback.schedule`, from its source: importing it brings torch."""
    (found,) = (
        node
        for node in fastai_schedule().body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    found.decorator_list, found.returns = [], None
    for argument in (*found.args.args, *found.args.kwonlyargs):
        argument.annotation = None
    return found


@pytest.mark.parametrize(
    ("epochs", "freeze_epochs", "base_lr"), [(1, 1, 2e-3), (6, 3, 3e-3), (2, 0, 1e-4)]
)
def test_fine_tune_has_the_stages_of_fastais(
    epochs: int, freeze_epochs: int, base_lr: float
) -> None:
    learn, space = Calls(), {}
    function = ast.unparse(fastai_function("fine_tune"))
    exec(function, space)  # noqa: S102 - fastai's own function, on a learner that only listens
    space["fine_tune"](learn, epochs, base_lr, freeze_epochs)
    ours = fine_tune(epochs, freeze_epochs, base_lr)
    for theirs, own in zip(learn.stages, ours.stages, strict=True):
        assert own.rate == pytest.approx(theirs.rate)
        assert replace(own, rate=0.1) == replace(theirs, rate=0.1)


def test_the_defaults_of_a_stage_are_those_of_fit_one_cycle() -> None:
    arguments = fastai_function("fit_one_cycle").args
    names = [argument.arg for argument in arguments.args][-len(arguments.defaults) :]
    defaults = {
        name: ast.literal_eval(value)
        for name, value in zip(names, arguments.defaults, strict=True)
        if name in ("div", "pct_start")
    }
    stage = Stage(1, frozen=True, rate=0.1)
    assert defaults == {"div": stage.div, "pct_start": stage.pct_start}


def test_fine_tune_by_hand() -> None:
    first, then = fine_tune(2, 1, 4e-3).stages
    assert first == Stage(1, frozen=True, rate=(None, 4e-3), pct_start=0.99)
    assert then == Stage(2, frozen=False, rate=(2e-5, 2e-3), pct_start=0.3, div=5.0)


def test_one_cycle_is_the_chapters() -> None:
    first, then = one_cycle().stages
    assert first == Stage(3, frozen=True, rate=3e-3)
    assert (then.epochs, then.frozen, then.rate) == (12, False, pytest.approx((1e-6, 1e-4)))


def test_the_baseline_is_frozen_throughout() -> None:
    recipe = baseline()
    assert recipe.frozen_only
    assert all(stage.frozen for stage in recipe.stages)
    assert not fine_tune().frozen_only
    assert not one_cycle().frozen_only


def test_make_keeps_defaults_for_what_is_not_given() -> None:
    for name, maker in MAKERS.items():
        assert make(name, epochs=None, seed=None, base_lr=None) == maker()
        assert maker().name == name
    assert make("fine-tune", epochs=5, size=64).epochs == 6
    assert make("baseline", pattern=CHAPTER_PATTERN, seed=7).seed == 7


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, math.inf])
def test_a_bad_rate_is_never_taken_for_none(name: str, rate: float) -> None:
    with pytest.raises(Problem, match="A learning rate is"):
        make(name, base_lr=rate)


def test_make_refuses_what_it_can_not_do() -> None:
    with pytest.raises(Problem, match="no recipe 'magic': choose baseline, fine-tune, one-cycle"):
        make("magic")
    with pytest.raises(Problem, match="frozen throughout"):
        make("baseline", freeze_epochs=2)
    assert make("baseline", freeze_epochs=0) == baseline()


@pytest.mark.parametrize(
    "wrong",
    [
        {"presize": 5000},
        {"batch_size": 10**9},
        {"stages": (Stage(10**8, frozen=True, rate=1e-3),)},
        {"stages": (Stage(1, frozen=True, rate=1e-3),) * 9},
        {"name": "baseline", "stages": (Stage(1, frozen=False, rate=1e-3),)},
        {"name": "baseline", "stages": (Stage(1, frozen=True, rate=1e-3, size=64),)},
    ],
)
def test_what_no_machine_does_and_no_baseline_is_a_sentence(wrong: dict[str, Any]) -> None:
    given = {"name": "stages", "stages": fine_tune().stages, **wrong}
    with pytest.raises(Problem, match=r"\.$"):
        Recipe(**given)
