"""A fast training is a training like any other; what its recipe asks for is what is computed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from dying import killed
from fastai.vision.all import Callback, nn, set_seed, torch
from test_resume import go_on, require_equal, require_sound_events

from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.learning.models import precision
from petwidgets.learning.models.backbones import pretrained
from petwidgets.learning.models.precision import lowered
from petwidgets.learning.predict.classify import classifier
from petwidgets.learning.train.fit import Fit
from petwidgets.learning.train.learner import learner
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run

    Tiny = Callable[..., Recipe]
    Trained = tuple[Run, list[dict[str, Any]]]

HAS_BF16 = not precision.available("bf16")


@pytest.fixture(scope="module")
def fast(tiny: Tiny, trained: Callable[[Recipe], Trained]) -> Run:
    """An unbroken fast fine-tuning: two frozen epochs at 48 pixels, two not at 64."""
    recipe = tiny("fine-tune", epochs=2, freeze_epochs=2, input="fast")
    small = replace(recipe.stages[0], size=48)
    return trained(replace(recipe, stages=(small, recipe.stages[1])))[0]


@pytest.mark.parametrize(("where", "nth"), [("batch", 5), ("batch", 11), ("checkpoint", 2)])
def test_killed_fast_training_goes_on(where: str, nth: int, fast: Run) -> None:
    run, _ = go_on(killed(RunStore().create(fast.recipe), where, nth))
    require_equal(run, fast)
    require_sound_events(run)


def test_its_weights_work_like_any_others(fast: Run) -> None:
    book = learner(fast)
    probabilities, targets = book.get_preds(dl=book.dls.valid)
    validation = fast.validation()
    assert targets.tolist() == validation.targets.tolist()
    assert torch.allclose(probabilities, torch.from_numpy(validation.probabilities), atol=1e-3)
    assert classifier(fast) is not None


class Noting(Callback):
    """The shapes and kinds of what the network is shown."""

    def __init__(self) -> None:
        self.sides: dict[bool, list[int]] = {True: [], False: []}
        self.outputs: set[torch.dtype] = set()

    def after_pred(self) -> None:
        """Note them."""
        self.sides[self.training].append(self.x.shape[-1])
        self.outputs.add(self.pred.dtype)


def noted(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> tuple[Noting, Fit]:
    noting, fits = Noting(), []
    stages = Fit._stages

    def noting_stages(fit: Fit, learn: Any) -> None:
        fits.append((fit, learn))
        learn.add_cb(noting)
        stages(fit, learn)

    monkeypatch.setattr(Fit, "_stages", noting_stages)
    train(RunStore().create(recipe), lambda _: None, lambda: False)
    return noting, fits[0][1]


@pytest.mark.parametrize("input_", ["fastai", "fast"])
@pytest.mark.parametrize("min_scale", [0.75, 1.0])
def test_each_stage_trains_at_its_size_and_validates_at_the_recipes(
    input_: str, min_scale: float, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tiny("fine-tune", input=input_, min_scale=min_scale)
    recipe = replace(recipe, stages=(replace(recipe.stages[0], size=40), recipe.stages[1]))
    noting, _ = noted(recipe, monkeypatch)
    assert noting.sides[True] == [40] * 3 + [64] * 3
    assert set(noting.sides[False]) == {64}


def test_frozen_body_of_a_fast_training_learns_nothing(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tiny("fine-tune", input="fast")
    frozen = replace(recipe, stages=recipe.stages[:1])
    _, learn = noted(frozen, monkeypatch)
    body, book = learn.model[0].state_dict(), pretrained(recipe.arch).body
    for key, value in book.items():
        if "running" not in key and "num_batches" not in key:
            assert torch.equal(body[key].cpu(), value), key


# --- precision ---


def test_what_a_machine_computes_with(monkeypatch: pytest.MonkeyPatch) -> None:
    found = precision.available_all()
    assert list(found) == ["fp32", "fp16", "bf16"]
    assert found["fp32"] == ""
    assert (found["fp16"] == "") == torch.cuda.is_available()
    assert "choose" in precision.available("fp8")
    with pytest.raises(Problem, match="choose one of them"):
        precision.require("fp8")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine computes with fp16")
def test_training_that_can_not_be_computed_says_so(tiny: Tiny) -> None:
    run = RunStore().create(tiny("fine-tune", precision="fp16"))
    with pytest.raises(Problem, match=r"^fp16 needs an NVIDIA GPU"):
        train(run, lambda _: None, lambda: False)
    assert run.fresh().state == "failed"


@pytest.mark.skipif(not HAS_BF16, reason="this machine has no instructions for bf16")
def test_bf16_is_autocasts() -> None:
    """What is computed is what torch's autocast computes, and it ends with the block."""
    set_seed(0)
    model, x = (
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.LazyLinear(4)),
        torch.randn(2, 3, 9, 9),
    )
    exact = model(x)
    with torch.autocast("cpu", torch.bfloat16):
        book = model(x)
    with lowered(model, "bf16", torch.device("cpu")):
        found = model(x)
        assert not torch.is_autocast_enabled("cpu")
    assert book.dtype == torch.bfloat16
    assert found.dtype == torch.float32
    assert torch.equal(found, book.float())
    assert not torch.equal(found, exact)
    assert torch.equal(model(x), exact)


@pytest.mark.skipif(not HAS_BF16, reason="this machine has no instructions for bf16")
def test_training_in_bf16_and_stopped_in_a_batch(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tiny("fine-tune", precision="bf16", input="fast")
    noting, learn = noted(recipe, monkeypatch)
    assert noting.outputs == {torch.float32}
    assert {p.dtype for p in learn.model.parameters()} == {torch.float32}
    calls = iter(range(10**6))
    run = RunStore().create(recipe)
    train(run, lambda _: None, lambda: next(calls) > 60)
    assert run.fresh().state == "stopped"
    assert not torch.is_autocast_enabled("cpu")
