"""The memory of a training is told before it begins, and a batch that does not fit is smaller."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from petwidgets.baseline.train import train
from petwidgets.common import memory
from petwidgets.common.errors import Problem
from petwidgets.jobs.model_cost import Measuring
from petwidgets.learning.cost import memory_estimate
from petwidgets.learning.cost.measure import Bench, Draws
from petwidgets.learning.cost.memory_estimate import FEWEST, fitting, passed
from petwidgets.recipes.presets import make
from petwidgets.runs.run import Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.recipes.recipe import Recipe

    Tiny = Callable[..., Recipe]

LITE = "tf_efficientnet_lite0"
AT_1024 = make("fine-tune", size=1024, presize=1024, batch_size=256)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Have so many bytes be free."""

    def to(n: float) -> None:
        monkeypatch.setattr(memory, "room", lambda: int(n))

    return to


def need(recipe: Recipe, batch: int) -> int:
    """Bytes of the most that its stages take."""
    needs = memory_estimate._needs(recipe, 4, "fastai")
    return max(one.fixed + batch * one.each for one in needs)


@pytest.mark.parametrize("arch", [LITE, "resnet18", "vit_tiny_patch16_224"])
def test_what_is_told_without_memory_is_what_a_training_keeps(arch: str) -> None:
    told = passed(arch, 37, "fastai", 224, frozen=False, norms=True)
    with (draws := Draws()):
        bench = Bench(arch, Measuring(batch_size=2), draws)
        found = bench.phase(bench.learn.unfreeze)["memory"]
    assert told.trained == pytest.approx(found["gradients"], rel=0.02)
    assert told.weights == pytest.approx(found["weights"], rel=0.02)
    assert told.kept == pytest.approx(found["activations"] / 2, rel=0.25)


def test_256_photographs_of_1024_pixels_begin_with_as_many_as_fit(free: Any) -> None:
    assert need(AT_1024, 256) > 100e9  # of which "over 6 GB" was the first part
    free(need(AT_1024, 8))
    assert fitting(AT_1024, 4, "fastai", 1000) == 8
    free(need(AT_1024, 16) - 1)
    assert fitting(AT_1024, 4, "fastai", 1000) == 8
    free(1e12)
    assert fitting(AT_1024, 4, "fastai", 1000) == 256


def test_a_batch_has_no_more_photographs_than_there_are(free: Any) -> None:
    free(need(AT_1024, 6))
    assert fitting(AT_1024, 4, "fastai", 6) == 256
    assert fitting(AT_1024, 4, "fastai", 20) == 5


def test_a_baseline_needs_room_for_a_pass_alone(free: Any) -> None:
    recipe = make("baseline", size=640, presize=640, batch_size=512)
    (each,) = memory_estimate._needs(recipe, 4, "linear")
    free(each.fixed + 16 * each.each)
    assert fitting(recipe, 4, "linear", 1000) == 512
    free(each.fixed + 16 * each.each - 1)
    assert fitting(recipe, 4, "linear", 1000) == 8


def test_what_does_not_fit_at_all_is_refused_with_its_figures(free: Any) -> None:
    free(need(AT_1024, FEWEST) - 1)
    with pytest.raises(Problem) as caught:
        fitting(AT_1024, 4, "fastai", 100)
    said = r"A batch of two photographs of 1024 pixels takes \d\.\d GB with \S+, and \d\.\d GB are"
    assert re.match(said, str(caught.value))


def test_a_network_that_can_not_be_told_is_tried(
    free: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise NotImplementedError

    monkeypatch.setattr(memory_estimate, "passed", fail)
    free(0)
    assert fitting(AT_1024, 4, "fastai", 1000) == 256


def test_a_training_says_so_and_begins_with_less(tiny: Tiny, free: Any) -> None:
    recipe = tiny("fine-tune", freeze_epochs=1, epochs=1)
    free(need(recipe, 4))
    run, events = RunStore().create(recipe), []
    train(run, events.append, lambda: False)
    told = [event for event in events if event["event"] == "smaller"]
    sentence = "There is not enough memory for batches of 8: beginning with 4."
    assert [(event["batch_size"], event["sentence"]) for event in told] == [(4, sentence)]
    assert (run.fresh().state, run.fresh().info["batch_size"]) == ("finished", 4)


def test_a_training_that_takes_too_much_meanwhile_goes_on_with_less(tiny: Tiny) -> None:
    """As a worker's watch has it: `stop` raises while its process takes too much."""
    run, events, strikes = RunStore().create(tiny("fine-tune")), [], 1

    def stop() -> bool:
        nonlocal strikes
        if strikes and any(event["event"] == "batch" for event in events):
            strikes -= 1
            raise MemoryError
        return False

    train(run, events.append, stop)
    assert [e["batch_size"] for e in events if e["event"] == "smaller"] == [4]
    assert run.fresh().state == "finished"


def test_a_death_for_too_much_memory_is_told_and_halves_the_batch(tiny: Tiny) -> None:
    from petwidgets.engine.run_follower import _death_event
    from petwidgets.engine.worker import _note_reason, _under_way

    run = RunStore().create(tiny("fine-tune"))
    _under_way.add(run)
    _note_reason("The engine's process took 6.1 GB of memory and was ended")
    _under_way.discard(run)
    said = _death_event(Run(run.folder), 1)
    assert said["sentence"] == (
        "The engine's process took 6.1 GB of memory and was ended: going on with 4 photographs a"
        " batch."
    )
    assert (run.fresh().info["batch_size"], run.fresh().info["ended_for"]) == (4, "")
