"""Where the memory does not suffice a training goes on with smaller batches, and says so."""

from __future__ import annotations

import json
import subprocess
import sys
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastai.vision.all import Learner, torch
from test_train import fails, landmarks, start

from petwidgets.baseline import frozen_features
from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.common.out_of_memory import exhausted
from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models import memory
from petwidgets.learning.models.memory import distrust
from petwidgets.learning.train import fit
from petwidgets.learning.train.callbacks import Batches
from petwidgets.learning.train.learner import learner
from petwidgets.recipes.recipe import DEFAULT_ARCH
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.recipes.recipe import Recipe

    Events = list[dict[str, Any]]
    Tiny = Callable[..., Recipe]
    Trained = tuple[Run, Events]

CUDA = "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 2.00 GiB"
CPU = "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes."
SENTENCE = "There was not enough memory: make the batch or the size smaller and train again."

ERRORS: dict[str, Callable[[], Exception]] = {
    "cuda": lambda: torch.cuda.OutOfMemoryError(CUDA),
    "cpu": lambda: RuntimeError(CPU),
    "python": MemoryError,  # without words, as Python raises it
}


def smaller(events: Events) -> list[int]:
    return [event["batch_size"] for event in events if event["event"] == "smaller"]


def go(run: Run) -> Trained:
    events: Events = []
    train(run, events.append, lambda: False)
    return run.fresh(), events


@pytest.fixture
def scarce(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Let training on more than `most` photographs at once fail, from a certain batch on.

    The sizes of all batches that were tried are noted.
    """

    def limit(error: Callable[[], Exception], most: int, after: int = 0) -> list[int]:
        sizes: list[int] = []
        backward = Learner._backward

        def meagre(learn: Learner) -> None:
            sizes.append(len(learn.y))
            if len(sizes) > after and sizes[-1] > most:
                raise error()
            backward(learn)

        monkeypatch.setattr(Learner, "_backward", meagre)
        return sizes

    return limit


@pytest.mark.parametrize("kind", ERRORS)
def test_in_the_midst_of_an_epoch(kind: str, scarce: Any, tiny: Tiny) -> None:
    """The second epoch's second batch does not fit: that epoch is done again with smaller ones."""
    sizes = scarce(ERRORS[kind], most=4, after=4)
    run, events = go(start(tiny("fine-tune", freeze_epochs=2, epochs=1)))
    assert sizes == [8] * 5 + [4] * 12
    assert run.state == "finished"
    told = next(event for event in events if event["event"] == "smaller")
    sentence = "There was not enough memory for batches of 8: going on with 4."
    assert (told["batch_size"], told["sentence"]) == (4, sentence)
    assert run.info["batch_size"] == 4
    assert [e["epoch"] for e in events if e["event"] == "epoch"] == [1, 2, 3]
    stages = [
        "started",
        "check",
        "inventory",
        "network",
        "frozen",
        "epoch",
        "smaller",
        "frozen",
        "epoch",
        "unfrozen",
    ]
    assert landmarks(events) == [*stages, "epoch", "finished"]
    batches = [event for event in events if event["event"] == "batch"]
    assert batches[-1]["done"] == batches[-1]["of"] == 18
    assert learner(run).dls.bs == 4


def test_before_the_first_whole_epoch(scarce: Any, tiny: Tiny) -> None:
    sizes = scarce(ERRORS["cuda"], most=2)
    run, events = go(start(tiny("fine-tune")))
    assert smaller(events) == [4, 2]
    assert sizes == [8, 4] + [2] * 26
    assert run.info["batch_size"] == 2


def test_in_a_callback_where_fastai_hides_it(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    after_batch = Batches.after_batch

    def meagre(batches: Batches) -> None:
        if len(batches.y) > 4:
            raise MemoryError
        after_batch(batches)

    monkeypatch.setattr(Batches, "after_batch", meagre)
    run, events = go(start(tiny("fine-tune")))
    assert (run.state, smaller(events)) == ("finished", [4])


def test_what_failed_is_freed_before_the_next(
    scarce: Any, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    learners: list[weakref.ref[Learner]] = []
    prepare, left = fit.prepare, []

    def noting(*args: Any, **more: Any) -> Any:
        left.append(sum(learn() is not None for learn in learners))
        prepared = prepare(*args, **more)
        learners.append(weakref.ref(prepared))
        return prepared

    monkeypatch.setattr(fit, "prepare", noting)
    scarce(ERRORS["cuda"], most=2)
    go(start(tiny("fine-tune")))
    assert left == [0, 0, 0]


def test_never_enough(scarce: Any, tiny: Tiny) -> None:
    sizes = scarce(ERRORS["cuda"], most=0)
    sentence, events = fails(start(tiny("fine-tune")))
    assert sentence == SENTENCE
    assert (sizes, smaller(events)) == ([8, 4, 2], [4, 2])


@pytest.mark.parametrize("part", ["photographs", "predictions"])
def test_what_smaller_batches_do_not_help_fails_at_once(
    part: str, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise MemoryError

    if part == "photographs":
        monkeypatch.setattr(fit, "prepare", broken)
    else:
        monkeypatch.setattr(Run, "save_validation", broken)
    sentence, events = fails(start(tiny("fine-tune")))
    assert (sentence, smaller(events)) == (SENTENCE, [])


def test_size_that_others_set_is_kept(scarce: Any, tiny: Tiny) -> None:
    sizes = scarce(ERRORS["cuda"], most=64)
    run, events = go(start(tiny("fine-tune")).update(batch_size=6))
    assert set(sizes) == {6}
    assert (run.info["batch_size"], smaller(events)) == (6, [])


def test_training_that_suffices_says_nothing(fine_tuned: Trained) -> None:
    assert "batch_size" not in fine_tuned[0].info


# --- features ---


def test_features_go_on_with_fewer_at_once(
    baseline: Trained, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the row that was reached, and without a change to what is trained on them."""
    normalised, sizes = Preparation.normalised, []

    def meagre(self: Preparation, pixels: list[torch.Tensor]) -> torch.Tensor:
        sizes.append(len(pixels))
        if len(sizes) > 2 and len(pixels) > 3:
            raise RuntimeError(CPU)
        return normalised(self, pixels)

    monkeypatch.setattr(Preparation, "normalised", meagre)
    monkeypatch.setattr(frozen_features, "frozen_body", lambda *_: None)  # as on a GPU
    run, events = go(start(tiny("baseline", epochs=3)))
    assert sizes == [8, 8, 8, 4] + [2] * 8
    assert smaller(events) == [4, 2]
    assert events[-1]["event"] == "finished"
    assert "batch_size" not in run.info
    done = [e["done"] for e in events if e["event"] == "progress" and e["stage"] == "features"]
    assert done == sorted(done)
    probabilities = [r.validation().probabilities for r in (run, baseline[0])]
    assert np.abs(np.subtract(*probabilities)).max() < 1e-4


def test_features_of_not_even_one(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    def meagre(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(Preparation, "normalised", meagre)
    monkeypatch.setattr(frozen_features, "frozen_body", lambda *_: None)  # as on a GPU
    sentence, events = fails(start(tiny("baseline", epochs=1)))
    assert (sentence, smaller(events)) == (SENTENCE, [4, 2, 1])


# --- what is a lack of memory ---


def test_lack_of_memory_is_told_from_other_errors() -> None:
    def chained(error: Exception, cause: Exception) -> Exception:
        error.__cause__ = cause
        return error

    damaged = Problem(
        "a.jpg: This picture is damaged and can't be read: save or send it once more."
    )
    lacks = [
        MemoryError(),
        torch.cuda.OutOfMemoryError(CUDA),
        RuntimeError(CPU),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("could not create a primitive"),
        RuntimeError("std::bad_alloc"),
        OSError(12, "Cannot allocate memory"),
        chained(damaged, MemoryError()),  # a decoder has none left
    ]
    others = [
        IndexError("tuple index"),
        OSError(28, "No space"),
        Problem("out of memory"),
        KeyError(),
    ]
    assert [exhausted(error) for error in lacks] == [True] * len(lacks)
    assert [exhausted(error) for error in others] == [False] * len(others)


def test_onednn_is_done_without_only_where_it_failed() -> None:
    before = torch.backends.mkldnn.enabled
    try:
        distrust(RuntimeError(CPU))
        assert torch.backends.mkldnn.enabled == before
        distrust(RuntimeError(memory.ONEDNN))
        assert not torch.backends.mkldnn.enabled
    finally:
        torch.backends.mkldnn.set_flags(before)


# --- a process that really gets no more ---

CHILD = """
import json, resource, sys
from pathlib import Path
import torch
from petwidgets.baseline.train import train
from petwidgets.recipes.recipe import Recipe
from petwidgets.runs.run import Run

small, large = (Run(Path(folder)) for folder in sys.argv[1:])
# Libraries, threads and what they set aside take four gigabytes of addresses.
train(small, lambda _: None, lambda: False)
status = Path("/proc/self/status").read_text()
used = int(status.partition("VmSize:")[2].split()[0]) * 1024
limit = used + 950 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
train(large, lambda _: None, lambda: False)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no other system limits a process's addresses")
def test_process_that_gets_no_more_memory(tiny: Tiny) -> None:
    """24 photographs of 160 pixels take 1.2 GB, 12 half of that; allowed are 0.95 GB."""
    given = {"arch": DEFAULT_ARCH, "size": 160, "presize": 160, "epochs": 1}
    small, large = (start(tiny("fine-tune", batch_size=size, **given)) for size in (2, 24))
    command = [sys.executable, "-c", CHILD, small.folder, large.folder]
    child = subprocess.run(command, check=False, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    run = large.fresh()
    assert run.state == "finished"
    assert run.info["batch_size"] == smaller(list(run.events()))[-1] <= 12
    assert "batch_size" not in small.fresh().info
    assert json.loads(json.dumps(list(run.events())))[-1]["event"] == "finished"
