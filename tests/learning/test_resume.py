"""A training whose process was killed goes on from its last whole epoch, with the same result."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from dying import begin, killed
from safetensors.torch import load_file, save_file
from test_train import landmarks

from petwidgets.baseline.event_log import EventLog
from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.learning.train import checkpoint
from petwidgets.learning.train.checkpoint import Checkpoint
from petwidgets.learning.train.rng_state import Randomness
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run

    Tiny = Callable[..., Recipe]
    Trained = tuple[Run, list[dict[str, Any]]]

FIGURES = ("train_loss", "valid_loss", "error_rate")


def go_on(run: Run) -> Trained:
    events: list[dict[str, Any]] = []
    train(run.fresh(), events.append, lambda: False)
    return run.fresh(), events


def epochs(run: Run) -> list[dict[str, Any]]:
    return [event for event in run.events() if event["event"] == "epoch"]


def require_equal(run: Run, unbroken: Run) -> None:
    """To the last bit: weights, probabilities, figures; and each epoch is told of once."""
    ours, theirs = (load_file(r.folder / "model.safetensors") for r in (run, unbroken))
    assert ours.keys() == theirs.keys()
    assert [key for key in ours if not ours[key].equal(theirs[key])] == []
    validations = run.validation(), unbroken.validation()
    assert validations[0].files == validations[1].files
    for column in ("probabilities", "targets", "losses"):
        assert np.array_equal(*(getattr(v, column) for v in validations)), column
    told = [[event[key] for key in ("epoch", "of", *FIGURES)] for event in epochs(run)]
    assert told == [[e[key] for key in ("epoch", "of", *FIGURES)] for e in epochs(unbroken)]
    results = run.info["results"]
    assert [results[key] for key in FIGURES] == told[-1][2:]
    assert run.state == "finished"


def require_sound_events(run: Run) -> None:
    events = list(run.events())
    assert all(a["t"] <= b["t"] for a, b in pairwise(events))
    batches = [event for event in events if event["event"] == "batch"]
    per_epoch = batches[-1]["of"] // run.recipe.epochs
    done = [event["done"] for event in batches]
    # After a break it counts on from the last whole epoch; of quick batches not each is told of.
    resumed = {event["epoch"] for event in events if event["event"] == "resumed"}
    assert {(b - 1) // per_epoch for a, b in pairwise(done) if b <= a} <= resumed
    assert batches[-1]["done"] == batches[-1]["of"]
    results = run.info["results"]
    assert events[-1]["t"] - 1 < results["seconds"] <= events[-1]["t"] + 0.001
    assert not [path.name for path in run.folder.iterdir() if ".safetensors." in path.name]
    assert not (run.folder / checkpoint.NAME).exists()


@pytest.fixture(scope="module")
def stages(tiny: Tiny, trained: Callable[[Recipe], Trained]) -> Run:
    """An unbroken fine-tuning of two frozen epochs and two not, three batches each."""
    return trained(tiny("fine-tune", epochs=2, freeze_epochs=2))[0]


@pytest.fixture(scope="module")
def heads(tiny: Tiny, trained: Callable[[Recipe], Trained]) -> Run:
    """An unbroken baseline of four epochs, three batches each."""
    return trained(tiny("baseline", epochs=4))[0]


def again(unbroken: Run) -> Run:
    """A new run that is asked the same."""
    return RunStore().create(unbroken.recipe)


FINE_TUNED = [
    ("batch", 2, 0),  # in the midst of the first epoch: nothing to go on from
    ("batch", 6, 1),  # frozen, in the midst of a stage
    ("batch", 10, 2),  # between two stages, in the first epoch of the second
    ("weights", 4, 3),
    ("checkpoint", 4, 3),
    ("rename", 3, 2),
    ("event", 3, 3),
    ("event", 4, 4),  # nothing is left to train
    ("end", 1, 4),
]


@pytest.mark.parametrize(("where", "nth", "whole"), FINE_TUNED)
def test_killed_fine_tuning_goes_on(where: str, nth: int, whole: int, stages: Run) -> None:
    run, events = go_on(killed(again(stages), where, nth))
    told = [event for event in events if event["event"] == "resumed"]
    assert [event["epoch"] for event in told] == [whole]
    assert "started" not in landmarks(events)
    assert landmarks(events).count("check") == (whole == 0)
    require_equal(run, stages)
    require_sound_events(run)


@pytest.mark.parametrize(("where", "nth"), [("step", 10), ("head", 3), ("event", 2)])
def test_killed_baseline_goes_on(where: str, nth: int, heads: Run) -> None:
    run, events = go_on(killed(again(heads), where, nth))
    assert landmarks(events)[:4] == ["resumed", "check", "inventory", "features"]
    assert [event["epoch"] for event in epochs(run)] == [1, 2, 3, 4]  # of none is told twice
    require_equal(run, heads)
    require_sound_events(run)


def test_killed_at_any_moment_and_again(stages: Run) -> None:
    """From without, whatever it is doing, and again as soon as it has made some progress."""
    run = again(stages)
    for enough in (4, 7, 10):
        child = begin(run, "nowhere", 1)
        while not any(e["event"] == "batch" and e["done"] >= enough for e in run.events()):
            assert child.exitcode is None
            time.sleep(0.01)
        child.kill()
        child.join()
    run, _ = go_on(run)
    require_equal(run, stages)
    require_sound_events(run)
    assert landmarks(list(run.events())).count("resumed") == 3


def test_stopped_training_can_be_gone_on_with(stages: Run) -> None:
    run = again(stages)
    train(run, lambda _: None, lambda: len(epochs(run)) == 3)
    assert run.fresh().state == "stopped"
    assert (run.folder / checkpoint.NAME).exists()
    run, events = go_on(run)
    assert events[0]["epoch"] == 3
    require_equal(run, stages)


def test_stop_of_what_was_gone_on_with_keeps_the_last_whole_epoch(stages: Run) -> None:
    """Killed between two files of the third epoch, it is stopped before that is done again."""
    run = killed(again(stages), "checkpoint", 3)
    train(run, lambda _: None, lambda: True)
    run = run.fresh()
    assert run.state == "stopped"
    figures = [run.info["results"][key] for key in FIGURES]
    assert figures == [epochs(run)[-1][key] for key in FIGURES]
    assert run.info["results"]["epochs"] == len(epochs(run)) == 2
    assert run.validation().losses.mean() == pytest.approx(figures[1])
    weights = load_file(run.folder / "model.safetensors")
    kept = checkpoint.read(run)
    assert kept is not None
    assert all(weights[key].equal(kept.epoch.weights[key]) for key in weights)


# --- what is kept is needed, and is all that is ---


@pytest.mark.parametrize(
    ("owner", "name"), [(Checkpoint, "restore_optimiser"), (Randomness, "restore")]
)
def test_result_would_differ_without(
    owner: type, name: str, stages: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, lambda *_: None)
    run, _ = go_on(killed(again(stages), "event", 3))
    with pytest.raises(AssertionError):
        require_equal(run, stages)


def test_failed_training_keeps_its_checkpoint_and_a_finished_one_does_not(
    tiny: Tiny, stages: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not (stages.folder / checkpoint.NAME).exists()
    run = RunStore().create(tiny("fine-tune"))

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(EventLog, "emit_epoch", broken)
    with pytest.raises(Problem):
        train(run, lambda _: None, lambda: False)
    assert (run.folder / checkpoint.NAME).exists()


# --- damage ---


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1  # safetensors itself does not notice
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def other(path: Path) -> None:
    """Sound safetensors, but no checkpoint."""
    save_file(load_file(path), path, {"plain": json.dumps({"number": 2})})


def test_damaged_checkpoint_means_starting_over(stages: Run) -> None:
    run = again(stages)
    train(run, lambda _: None, lambda: len(epochs(run)) == 1)
    path = run.folder / checkpoint.NAME
    sound = path.read_bytes()
    for damage in (cut, empty, other, flip):
        path.write_bytes(sound)
        damage(path)
        with pytest.raises(checkpoint.Damaged):
            checkpoint.read(run)
    run, events = go_on(run)
    assert events[0]["event"] == "resumed"
    assert events[0]["epoch"] == 0
    assert events[0]["sentence"].startswith("What the last epoch left is damaged: starting over")
    require_equal(run, stages)
