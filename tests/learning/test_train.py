"""A training does what it was asked, says what happens, and leaves a whole run behind."""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastai
import numpy as np
import pytest
from fastai.vision.all import error_rate, set_seed, torch, vision_learner
from safetensors.torch import load_file

from petwidgets.baseline.train import train
from petwidgets.common import paths
from petwidgets.common.errors import Problem
from petwidgets.data.dataset import load
from petwidgets.inference.classify import classifier
from petwidgets.learning.input.dataloaders import dataloaders
from petwidgets.learning.models.backbones import architecture, pretrained
from petwidgets.learning.train.learner import learner
from petwidgets.recipes.labelling import PARENT_FOLDER
from petwidgets.recipes.presets import make
from petwidgets.runs.run import Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.recipes.recipe import Recipe

    Events = list[dict[str, Any]]
    Trained = tuple[Run, Events]
    Tiny = Callable[..., Recipe]

PROGRESS = ("progress", "batch")
"""Events that come as often as time allows."""

SENTENCE = r"^[A-Z0-9][^\n]*\.$"


def landmarks(events: Events) -> list[str]:
    """What happened, in order, without how far it was."""
    return [e.get("stage", e["event"]) for e in events if e["event"] not in PROGRESS]


def start(recipe: Recipe) -> Run:
    return RunStore().create(recipe)


def fails(run: Run) -> tuple[str, Events]:
    """The sentence of a training that must fail, which all of its traces repeat."""
    events: Events = []
    with pytest.raises(Problem, match=SENTENCE) as caught:
        train(run, events.append, lambda: False)
    sentence, now = str(caught.value), run.fresh()
    assert (now.state, now.info["problem"]) == ("failed", sentence)
    assert (events[-1]["event"], events[-1]["problem"]) == ("failed", sentence)
    assert list(now.events()) == events
    assert all(a["t"] <= b["t"] for a, b in pairwise(events))
    return sentence, events


# --- what happens, and what is left ---


def test_baseline_says_what_happens_in_order(baseline: Trained) -> None:
    expected = [
        "started",
        "check",
        "inventory",
        "features",
        "frozen",
        "epoch",
        "epoch",
        "epoch",
        "finished",
    ]
    assert landmarks(baseline[1]) == expected


def test_fine_tuning_says_what_happens_in_order(fine_tuned: Trained) -> None:
    expected = [
        *("started", "check", "inventory", "network"),
        *("frozen", "epoch", "unfrozen", "epoch", "finished"),
    ]
    assert landmarks(fine_tuned[1]) == expected


def test_what_comes_before_a_first_batch_is_said(fine_tuned: Trained) -> None:
    events = fine_tuned[1]
    said = [e["sentence"] for e in events if e["event"] == "stage" and "groups" in e]
    assert len(said) == 2
    for sentence in said:
        assert sentence.endswith(": preparing the first batch")
    first = next(e for e in events if e["event"] == "batch")
    assert (first["done"], first["seconds_left"]) == (1, None)


@pytest.mark.parametrize("which", ["baseline", "fine_tuned"])
def test_run_is_whole(which: str, request: pytest.FixtureRequest) -> None:
    run, events = request.getfixturevalue(which)
    assert run.state == "finished"
    assert run.usable
    assert list(run.events()) == events
    assert all(a["t"] <= b["t"] for a, b in pairwise(events))
    info, results, epochs = run.info, run.info["results"], run.recipe.epochs
    last = [event for event in events if event["event"] == "epoch"][-1]
    validation = run.validation()
    assert results["epochs"] == last["epoch"] == last["of"] == epochs
    for figure in ("train_loss", "valid_loss", "error_rate"):
        assert results[figure] == last[figure] == events[-1][figure]
    assert results["valid_loss"] == pytest.approx(float(validation.losses.mean()), abs=1e-6)
    assert results["error_rate"] == validation.errors / len(validation.targets)
    assert (len(info["train_files"]), len(info["files"])) == (26, 6)
    assert not set(info["train_files"]) & set(info["files"])
    assert info["vocab"] == ["Siamese", "beagle", "pug", "samoyed"]
    stats = pretrained(run.recipe.arch)
    assert info["preprocessing"] == {"mean": [*stats.mean], "std": [*stats.std]}
    assert info["versions"]["fastai"] == fastai.__version__
    breeds = [name.rsplit("_", 1)[0] for name in validation.files]
    assert [info["vocab"][target] for target in validation.targets] == breeds
    assert not [path.name for path in run.folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("which", ["baseline", "fine_tuned"])
def test_recorded_predictions_are_the_learners(which: str, request: pytest.FixtureRequest) -> None:
    run, _ = request.getfixturevalue(which)
    learn, recorded = learner(run), run.validation()
    dls = learn.dls
    probabilities, targets, losses = learn.get_preds(with_loss=True)
    assert [path.name for path in dls.valid_ds.items] == list(recorded.files)
    assert [path.name for path in dls.train_ds.items] == run.info["train_files"]
    assert np.abs(probabilities.numpy() - recorded.probabilities).max() < 1e-4
    assert targets.tolist() == recorded.targets.tolist()
    assert np.abs(losses.numpy() - recorded.losses).max() < 1e-4
    assert learn.validate()[1] == pytest.approx(run.info["results"]["error_rate"])
    known = classifier(run)
    assert known.vocab == list(dls.vocab)


def test_batches_count_up_to_the_end(fine_tuned: Trained) -> None:
    events = fine_tuned[1]
    batches = [event for event in events if event["event"] == "batch"]
    assert {event["of"] for event in batches} == {2 * (26 // 8)}
    assert [event["done"] for event in batches] == sorted({event["done"] for event in batches})
    assert batches[-1]["done"] == batches[-1]["of"]
    assert batches[-1]["seconds_left"] == 0
    low, *_, high = batches[-1]["rates"]
    assert high / low == pytest.approx(100)  # unfrozen, fine_tune's rates lie a hundredfold apart


def test_events_go_to_json(fine_tuned: Trained) -> None:
    assert json.loads(json.dumps(fine_tuned[1])) == fine_tuned[1]


def test_baseline_leaves_the_body_alone(baseline: Trained) -> None:
    weights = load_file(baseline[0].folder / "model.safetensors")
    assert {key.split(".")[0] for key in weights} == {"1"}
    body = pretrained("tf_efficientnet_lite0").body
    restored = learner(baseline[0]).model[0].state_dict()
    assert all(torch.equal(restored[key].cpu(), body[key]) for key in body)


def test_learning_happens(learned: Trained) -> None:
    assert learned[0].info["results"]["error_rate"] <= 1 / 6  # at random: 3/4


# --- the same again ---


@pytest.mark.parametrize("which", ["baseline", "fine_tuned"])
def test_same_seed_same_result(which: str, request: pytest.FixtureRequest) -> None:
    run, _ = request.getfixturevalue(which)
    torch.manual_seed(1)  # what was before must not matter
    again = start(run.recipe)
    # Nor what else takes Python's random numbers meanwhile, as a worker's other threads do.
    train(again, lambda _: random.seed(), lambda: False)
    again = again.fresh()
    first, second = (load_file(r.folder / "model.safetensors") for r in (run, again))
    assert max(float((first[k].float() - second[k].float()).abs().max()) for k in first) < 1e-6
    assert np.allclose(run.validation().probabilities, again.validation().probabilities, atol=1e-6)
    assert again.validation().files == run.validation().files


def test_another_seed_another_result(
    baseline: Trained, tiny: Tiny, trained: Callable[[Recipe], Trained]
) -> None:
    other, _ = trained(tiny("baseline", epochs=3, seed=1))
    assert other.validation().files != baseline[0].validation().files


def test_stages_are_fastais_fine_tune(fine_tuned: Trained) -> None:
    run, _ = fine_tuned
    recipe, stats = run.recipe, pretrained(run.recipe.arch)
    dls = dataloaders(recipe, load(recipe.data), stats)
    set_seed(recipe.seed)
    learn = vision_learner(
        dls, architecture(recipe.arch), pretrained=False, normalize=False, metrics=error_rate
    )
    learn.model[0].load_state_dict(stats.body)
    set_seed(recipe.seed)
    dls.train.rng = random.Random(recipe.seed)  # noqa: S311
    with learn.no_bar(), learn.no_logging():
        learn.fine_tune(1)
    ours, theirs = load_file(run.folder / "model.safetensors"), learn.model.state_dict()
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        assert torch.allclose(value.float(), theirs[key].float(), atol=1e-5), key
    assert learn.recorder.values[-1][2] == pytest.approx(run.info["results"]["error_rate"])


# --- Stop ---


class Stop:
    """Asks to stop as soon as an event satisfies a condition, and notes when."""

    def __init__(self, when: Callable[[dict[str, Any]], bool]) -> None:
        self.when, self.events, self.asked = when, [], threading.Event()
        self.at = 0.0

    def hear(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if not self.asked.is_set() and self.when(event):
            self.at = time.monotonic()
            self.asked.set()

    def train(self, recipe: Recipe) -> Run:
        """The run as it was left; the end came soon after the asking."""
        run = start(recipe)
        train(run, self.hear, self.asked.is_set)
        assert time.monotonic() - self.at < 20  # 0.1 to 0.3 s; more where the machine is busy
        run = run.fresh()
        assert run.state == "stopped"
        assert self.events[-1]["event"] == "stopped"
        return run


@pytest.mark.parametrize("recipe", ["baseline", "fine-tune"])
def test_stop_keeps_the_last_whole_epoch(recipe: str, tiny: Tiny) -> None:
    stop = Stop(lambda event: event["event"] == "epoch" and event["epoch"] == 2)
    run = stop.train(tiny(recipe, epochs=500))
    assert run.info["results"]["epochs"] == 2
    assert landmarks(stop.events)[-2:] == ["epoch", "stopped"]
    probabilities = learner(run).get_preds()[0].numpy()
    assert np.abs(probabilities - run.validation().probabilities).max() < 1e-4


def test_stop_in_the_midst_of_a_batch(tiny: Tiny) -> None:
    """A request is seen between two layers, forward or backward, not only between batches."""
    looks = 0

    def stop() -> bool:
        nonlocal looks
        looks += 1
        return looks > 500

    run = start(tiny("fine-tune", epochs=500))
    train(run, lambda _: None, stop)
    assert run.fresh().state == "stopped"
    assert looks < 700  # those after it are of stages and epochs, not of another 500 batches


@pytest.mark.parametrize("recipe", ["baseline", "fine-tune"])
@pytest.mark.parametrize("stage", ["check", "features", "frozen"])
def test_stop_before_the_first_epoch(recipe: str, stage: str, tiny: Tiny) -> None:
    if (recipe, stage) == ("fine-tune", "features"):
        stage = "frozen"
    stop = Stop(lambda event: event.get("stage") == stage)
    run = stop.train(tiny(recipe, epochs=5))
    assert "epoch" not in landmarks(stop.events)
    assert not run.usable
    assert run.info["results"].keys() == {"seconds"}
    for reader in (learner, classifier):
        with pytest.raises(Problem, match="has no weights yet"):
            reader(run)


# --- what goes wrong ---


def test_unreadable_photographs_are_skipped(few: Path, real: Path, tmp_path: Path) -> None:
    folder = tmp_path / "few"
    shutil.copytree(few, folder, symlinks=True)
    odd = real / "odd-images"
    shutil.copy(odd / "derived_truncated_cat.jpg", folder / "pug_1001.jpg")
    shutil.copy(odd / "derived_text_renamed.jpg", folder / "pug_1002.jpg")
    (folder / "pug_1003.jpg").touch()
    (folder / "notes.txt").write_text("not a photograph")
    run, events = start(make("baseline", data=str(folder), epochs=1, size=64, presize=64)), []
    train(run, events.append, lambda: False)
    assert run.fresh().state == "finished"
    skipped = next(event for event in events if event["event"] == "skipped")
    assert skipped["files"] == ["pug_1001.jpg", "pug_1002.jpg", "pug_1003.jpg"]
    info = run.fresh().info
    assert len(info["train_files"]) + len(info["files"]) == 32
    assert not {*info["train_files"], *info["files"]} & set(skipped["files"])
    inventory = info["inventory"]
    told = next(event for event in events if event["event"] == "inventory")
    assert (told["found"], told["used"]) == (inventory["found"], inventory["used"]) == (35, 32)
    assert "3 photographs can't be read and are left out: pug_1001.jpg," in told["sentence"]
    assert "1 other file is left out: .txt (1)." in told["sentence"]
    assert [sum(side) for side in zip(*inventory["breeds"].values(), strict=True)] == [26, 6]
    learner(run.fresh())


def test_much_that_can_not_be_read_is_asked(few: Path, tmp_path: Path) -> None:
    folder = tmp_path / "few"
    shutil.copytree(few, folder, symlinks=True)
    for n in range(5):
        (folder / f"pug_{1000 + n}.jpg").write_text("a letter")
    recipe = make("baseline", data=str(folder), epochs=1, size=64, presize=64)
    sentence, events = fails(start(recipe))
    assert sentence.startswith("Only 86 % of the photographs would be used.")
    assert events[-1]["incomplete"] is True
    asked: list[float] = []
    run = start(recipe)
    train(run, events.append, lambda: False, lambda found: not asked.append(found.share))
    assert asked == [32 / 37]
    confirmed = start(recipe).update(incomplete_ok=True)
    train(confirmed, events.append, lambda: False)
    assert run.fresh().state == confirmed.fresh().state == "finished"


@pytest.mark.parametrize("recipe", ["baseline", "fine-tune"])
def test_one_class_only(recipe: str, tiny: Tiny, few: Path) -> None:
    sentence, events = fails(start(tiny(recipe, pattern=PARENT_FOLDER)))
    assert sentence.startswith(f"All photographs are labelled {few.name}, but a classifier needs")
    assert landmarks(events) == ["started", "check", "failed"]


def test_pattern_that_matches_nothing(tiny: Tiny) -> None:
    sentence, _ = fails(start(tiny("baseline", pattern=r"(.+)\.tiff$")))
    assert "matches none of 32 names" in sentence


def test_no_such_folder(tiny: Tiny, tmp_path: Path) -> None:
    sentence, _ = fails(start(tiny("baseline", data=str(tmp_path / "none"))))
    assert sentence == f"There is no folder {tmp_path / 'none'}: check the path."


def test_too_few_for_a_batch(tiny: Tiny) -> None:
    sentence, _ = fails(start(tiny("fine-tune", batch_size=64)))
    assert "can't fill a batch of 64" in sentence


def test_unknown_architecture(tiny: Tiny) -> None:
    sentence, _ = fails(start(tiny("fine-tune", arch="resnet33")))
    assert "There is no architecture 'resnet33'" in sentence


def test_photograph_that_vanishes_in_the_midst(few: Path, tmp_path: Path, tiny: Tiny) -> None:
    folder = tmp_path / "few"
    shutil.copytree(few, folder, symlinks=True)
    run, events = start(tiny("fine-tune", data=str(folder), epochs=3)), []

    def report(event: dict[str, Any]) -> None:
        events.append(event)
        if event["event"] == "epoch" and folder.exists():
            shutil.rmtree(folder)

    with pytest.raises(
        Problem, match=r"^[A-Za-z]+_\d+\.jpg: There is no file .*: check its name\.$"
    ):
        train(run, report, lambda: False)
    assert run.fresh().state == "failed"
    assert run.fresh().usable  # what the first epoch left is kept


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run, str], None]:
    """Make the next writing of a run's file meet a device that is full."""
    if not Path("/dev/full").is_char_device():
        pytest.skip("no /dev/full on this system")

    sound = paths.opener

    def fill(run: Run, name: str) -> None:
        def opener(path: str, flags: int) -> int:
            if path.startswith(str(run.folder / f".{name}.")):
                Path(path).symlink_to("/dev/full")
                return os.open(path, os.O_WRONLY)
            return sound(path, flags)

        monkeypatch.setattr(paths, "opener", opener)

    return fill


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        ("baseline", "validation"),
        ("baseline", "model"),
        ("fine-tune", "validation"),
        ("fine-tune", "model"),
        ("fine-tune", "checkpoint"),
    ],
)
def test_full_disk_is_a_sentence(
    recipe: str, name: str, full: Callable[[Run, str], None], tiny: Tiny
) -> None:
    run = start(tiny(recipe, epochs=2))
    full(run, f"{name}.safetensors")
    sentence, _ = fails(run)
    assert sentence.startswith(f"The disk that holds {run.folder} is full: free some space")
    assert run.fresh().usable == (name == "checkpoint")
    assert Path("/dev/full").is_char_device()


def test_full_disk_where_not_even_the_failure_can_be_written(tiny: Tiny) -> None:
    run = start(tiny("baseline", epochs=2))
    file = run.folder / "events.jsonl"

    def fill(_: dict[str, Any]) -> None:
        file.unlink()
        file.symlink_to("/dev/full")

    with pytest.raises(Problem, match=r"^The disk that holds .* is full"):
        train(run, fill, lambda: False)
    assert run.fresh().state == "failed"


def test_bug_is_told_as_one_and_logged(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a secret of /home/somebody")

    monkeypatch.setattr(Run, "save_validation", broken)
    sentence, _ = fails(start(tiny("baseline", epochs=1)))
    assert sentence == "The training failed (ZeroDivisionError); the details are in the log."
    assert "a secret" in caplog.text


@pytest.mark.parametrize("library", [torch, np])
def test_lack_of_memory_is_a_sentence(
    library: Any, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "save_validation", lambda *_: library.zeros(2**52))
    assert fails(start(tiny("baseline", epochs=1)))[0].startswith("There was not enough memory")
