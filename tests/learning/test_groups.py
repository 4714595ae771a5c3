"""Layer groups as events tell of them, real rates, pauses, and going on after Stop."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastai.vision.all import even_mults
from safetensors.numpy import load_file

from petwidgets.baseline.train import train
from petwidgets.metrics import one_cycle
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Stage
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.runs.run import Run

    Trained = tuple[Run, list[dict[str, Any]]]


def discriminative(few: Path, **settings: Any) -> Recipe:
    stages = (Stage(1, frozen=True, rate=3e-3), Stage(2, frozen=False, rate=(1e-6, 1e-4)))
    given = {"data": str(few), "size": 64, "presize": 128, "batch_size": 8, **settings}
    return Recipe("stages", stages, **given)


@pytest.fixture(scope="module")
def staged(few: Path, trained: Callable[[Recipe], Trained]) -> Trained:
    return trained(discriminative(few))


def test_groups_are_what_freezing_made_them(staged: Trained) -> None:
    frozen, unfrozen = (e["groups"] for e in staged[1] if e["event"] == "stage" and "groups" in e)
    body, head = frozen
    assert body["trained"] < body["parameters"] / 50  # its batch norms alone
    assert body["norms_trained"] == body["norms"] == 49
    assert head["trained"] == head["parameters"]
    assert all(group["trained"] == group["parameters"] for group in unfrozen)
    weights = load_file(staged[0].folder / "model.safetensors")
    counted = sum(v.size for k, v in weights.items() if k.endswith(("weight", "bias")))
    assert sum(group["parameters"] for group in unfrozen) == counted


def test_real_rates_are_the_planned_ones_and_even(staged: Trained) -> None:
    run, events = staged
    batches = [e for e in events if e["event"] == "batch"]
    each = batches[0]["of"] // run.recipe.epochs
    planned = np.concatenate([one_cycle.of_stage(s, each, 2)[0] for s in run.recipe.stages])
    momenta = np.concatenate([one_cycle.of_stage(s, each, 2)[1] for s in run.recipe.stages])
    for event in batches:
        np.testing.assert_allclose(event["rates"], planned[event["done"] - 1], rtol=1e-6)
        assert event["mom"] == pytest.approx(momenta[event["done"] - 1])
    assert one_cycle.of_groups((1e-6, 1e-4), 3) == pytest.approx(even_mults(1e-6, 1e-4, 3))


def test_epochs_say_how_sure_they_are(staged: Trained) -> None:
    run, events = staged
    validation = run.validation()
    last = [e for e in events if e["event"] == "epoch"][-1]
    assert last["confidence"] == pytest.approx(validation.probabilities.max(1).mean())
    assert sum(count for count, _, _ in last["bins"]) == len(validation.targets)


def test_a_pause_waits_and_changes_nothing(staged: Trained, few: Path, tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(discriminative(few))
    paused, events = threading.Event(), []

    def hear(event: dict[str, Any]) -> None:
        events.append(event["event"])
        if event["event"] == "batch" and not paused.is_set():
            run.control.ask_to_pause(waits=True)
        if event["event"] == "paused":
            paused.set()

    def go_on() -> None:
        paused.wait(60)
        run.control.ask_to_pause(waits=False)

    other = threading.Thread(target=go_on)
    other.start()
    train(run, hear, lambda: False)
    other.join()
    at = events.index("paused")
    assert events[at + 1] == "unpaused"
    assert run.fresh().state == "finished"
    ours, theirs = (load_file(r.folder / "model.safetensors") for r in (run, staged[0]))
    assert all((ours[key] == theirs[key]).all() for key in theirs)


def test_stop_ends_a_pause(few: Path, tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(discriminative(few))
    asked = threading.Event()

    def hear(event: dict[str, Any]) -> None:
        if event["event"] == "batch":
            run.control.ask_to_pause(waits=True)
        if event["event"] == "paused":
            asked.set()

    train(run, hear, asked.is_set)
    assert run.fresh().state == "stopped"
    assert not run.control.asked_to_pause


def test_what_was_stopped_goes_on_to_the_same_result(
    staged: Trained, few: Path, tmp_path: Path
) -> None:
    run, epochs = RunStore(tmp_path).create(discriminative(few)), []
    train(run, lambda e: epochs.append(e["event"] == "epoch"), lambda: any(epochs))
    assert run.fresh().state == "stopped"
    run.append({"event": "continued"})
    train(run.fresh(), lambda _: None, lambda: False)
    ours, theirs = (load_file(r.folder / "model.safetensors") for r in (run, staged[0]))
    assert all((ours[key] == theirs[key]).all() for key in theirs)
