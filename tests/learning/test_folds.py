"""Wrong labels are found, and a training with changes trains on the changed labels alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from petwidgets.baseline import cross_val as module
from petwidgets.baseline import train as training_of_heads
from petwidgets.baseline.cross_val import find
from petwidgets.baseline.linear_head import Trainer
from petwidgets.baseline.run_dataset import photographs
from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.data.dataset import load
from petwidgets.data.divide import divided, split
from petwidgets.learning.train.learner import learner
from petwidgets.metrics.label_issues import BY_FOLDS, FOLDS, difference, folds, suspicions
from petwidgets.metrics.predictions import read
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore
from petwidgets.snippets import training

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run

    Events = list[dict[str, Any]]
    Trained = tuple[Run, Events]


def searched(recipe: Recipe, stop: Callable[[], bool] = lambda: False) -> tuple[Run, Events]:
    run, events = RunStore().create(recipe, kind="folds"), []
    find(run, events.append, stop)
    return run.fresh(), events


# --- out of fold ---


def test_planted_labels_are_among_the_first(real: Path, tmp_path: Path) -> None:
    """Of 4 breeds x 15 photographs six are called by another breed's name."""
    breeds = ("Siamese", "beagle", "pug", "samoyed")
    photos = [
        (breed, photo)
        for breed in breeds
        for photo in sorted((real / "pets-512" / "images").glob(f"{breed}_*.jpg"))[:15]
    ]
    planted = set()
    for i, (breed, photo) in enumerate(photos):
        lies = i % 10 == 3
        said = breeds[(breeds.index(breed) + 1 + i % 3) % 4] if lies else breed
        (tmp_path / f"{said}_{i}.jpg").symlink_to(photo)
        planted |= {f"{said}_{i}.jpg"} if lies else set()
    recipe = make("baseline", data=str(tmp_path), size=160, presize=200, batch_size=16)
    run, _ = searched(recipe)
    found = [doubt.file for doubt in suspicions(read(run), BY_FOLDS)]
    assert len(planted) == 6
    assert len(planted.intersection(found[:6])) >= 5
    assert planted <= set(found[:12])


def test_every_photograph_is_judged_by_heads_that_did_not_see_it(
    tiny: Callable[..., Recipe], few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []

    class Spied(Trainer):
        def __init__(
            self, recipe: Recipe, rows: np.ndarray, targets: np.ndarray, classes: int
        ) -> None:
            seen.append(targets)
            super().__init__(recipe, rows, targets, classes)

    monkeypatch.setattr(module, "Trainer", Spied)
    run, events = searched(tiny("baseline", epochs=1))
    known, names = run.validation(), load(str(few))
    assert list(known.files) == [names.name(path) for path in names.paths]
    assert [run.info["vocab"][i] for i in known.targets] == list(names.breeds)
    assert known.probabilities.sum(1) == pytest.approx(1, abs=1e-5)
    own = known.probabilities[np.arange(32), known.targets]
    assert known.losses == pytest.approx(-np.log(own), rel=1e-4)
    dealt = folds(known.targets, FOLDS, 42)
    assert [list(targets) for targets in seen] == [
        list(known.targets[dealt != k]) for k in range(FOLDS)
    ]
    told = [(e["done"], e["of"]) for e in events if e.get("stage") == "folds"]
    assert told == [(k, FOLDS) for k in range(FOLDS)]
    assert events[-1]["event"] == run.state == "finished"
    assert run.kind == "folds"
    assert not run.usable


def test_the_same_search_gives_the_same(tiny: Callable[..., Recipe]) -> None:
    recipe = tiny("baseline", epochs=2)
    one, other = (searched(recipe)[0].validation() for _ in range(2))
    assert np.array_equal(one.probabilities, other.probabilities)


@pytest.mark.parametrize("stage", ["features", "folds"])
def test_a_search_that_is_stopped_keeps_nothing(tiny: Callable[..., Recipe], stage: str) -> None:
    run, events = RunStore().create(tiny("baseline"), kind="folds"), []
    find(run, events.append, lambda: any(e.get("stage") == stage for e in events))
    assert run.fresh().state == "stopped"
    assert not run.fresh().validated


def test_too_few_are_a_sentence(real: Path, tmp_path: Path) -> None:
    for breed in ("pug", "beagle"):
        for photo in sorted((real / "pets-512" / "images").glob(f"{breed}_*.jpg"))[:2]:
            (tmp_path / photo.name).symlink_to(photo)
    with pytest.raises(Problem, match="too few photographs for 5 folds"):
        searched(make("baseline", data=str(tmp_path)))


# --- trainings with changes ---


@pytest.fixture(scope="session")
def changes(few: Path) -> dict[str, Any]:
    """Two left out and two relabelled, on both sides of the split, and one that is not there."""
    dataset = load(str(few))
    train_part, valid = split(make("baseline", data=str(few)), dataset)
    names = [[dataset.name(dataset.paths[i]) for i in part[:2]] for part in (train_part, valid)]
    (a, b), (c, d) = names
    labels = dataset.labels()
    other = {"pug": "beagle"}
    relabel = tuple(sorted((name, other.get(labels[name], "pug")) for name in (b, d)))
    return {"leave_out": (a, c, "gone_1.jpg"), "relabel": relabel}


def prints(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() + str(path.stat().st_mtime_ns)
        for path in sorted(folder.iterdir())
    }


@pytest.fixture(scope="session")
def with_changes(
    tiny: Callable[..., Recipe], trained: Callable[[Recipe], Trained], changes: dict[str, Any]
) -> Trained:
    return trained(tiny("baseline", epochs=3, **changes))


def test_a_training_takes_exactly_the_changed_labels(
    tiny: Callable[..., Recipe],
    with_changes: Trained,
    baseline: Trained,
    changes: dict[str, Any],
    few: Path,
) -> None:
    before = prints(few)
    run, events = with_changes
    relabel, out = dict(changes["relabel"]), set(changes["leave_out"])
    labels = load(str(few)).labels()
    plain, _ = baseline
    for side in ("train_files", "files"):  # the same split, but for what is left out
        assert run.info[side] == [name for name in plain.info[side] if name not in out]
        assert len(run.info[side]) == len(plain.info[side]) - 1
    known = run.validation()
    targets = [run.info["vocab"][i] for i in known.targets]
    assert targets == [relabel.get(name, labels[name]) for name in known.files]
    assert targets != [labels[name] for name in known.files]
    dataset = photographs(run)
    assert dataset.labels() == {
        name: relabel.get(name, own) for name, own in labels.items() if name not in out
    }
    said = [e["sentence"] for e in events if e["event"] in ("skipped", "changed")]
    assert said == [
        "1 named by the changes are not here: gone_1.jpg",
        "Labels cleaned: 2 relabelled, 2 left out.",
    ]
    assert prints(few) == before


def test_the_trained_targets_are_the_changed_ones(
    tiny: Callable[..., Recipe], changes: dict[str, Any], few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the head is given, photograph by photograph."""
    given: list[tuple[np.ndarray, np.ndarray]] = []

    class Spied(Trainer):
        def __init__(
            self, recipe: Recipe, rows: np.ndarray, targets: np.ndarray, classes: int
        ) -> None:
            given.append((rows, targets))
            super().__init__(recipe, rows, targets, classes)

    save = training_of_heads._Baseline._save

    def validated(work: Any, head: Any, unknown: Any, train_loss: float) -> None:
        given.append(unknown)
        save(work, head, unknown, train_loss)

    monkeypatch.setattr(training_of_heads, "Trainer", Spied)
    monkeypatch.setattr(training_of_heads._Baseline, "_save", validated)
    run = RunStore().create(tiny("baseline", epochs=1, **changes))
    train(run, lambda _: None, lambda: False)
    info, relabel, labels = run.fresh().info, dict(changes["relabel"]), load(str(few)).labels()
    for side, (rows, targets) in zip(("train_files", "files"), given, strict=True):
        wanted = [relabel.get(name, labels[name]) for name in info[side]]
        assert [info["vocab"][i] for i in targets] == wanted
        assert len(rows) == len(wanted)


@pytest.mark.parametrize("rule", ["random", "by-breed"])
def test_the_split_is_that_without_changes(
    tiny: Callable[..., Recipe], changes: dict[str, Any], few: Path, rule: str
) -> None:
    dataset = load(str(few))
    changed, parts = divided(tiny("baseline", split=rule, **changes), dataset)
    plain = split(tiny("baseline", split=rule), dataset)
    for part, before in zip(parts, plain, strict=True):
        names = [dataset.name(dataset.paths[i]) for i in before]
        kept = [name for name in names if name not in changes["leave_out"]]
        assert [changed.name(changed.paths[i]) for i in part] == kept


def test_a_learner_and_a_resumed_run_have_the_same_labels(with_changes: Trained) -> None:
    run, _ = with_changes
    dls = learner(run).dls
    labels = photographs(run).labels()
    found = [pair for side in sides(dls) for pair in side]
    assert len(found) == len(labels)
    assert dict(found) == labels


def test_both_runs_are_compared_under_the_corrected_labels(
    with_changes: Trained, baseline: Trained
) -> None:
    found = difference(read(baseline[0]), read(with_changes[0]))
    assert (found.relabelled, found.left_out) == (1, 1)
    assert found.corrected.n == len(with_changes[0].info["files"])


def test_a_breed_that_nobody_has_fails_with_a_sentence(tiny: Callable[..., Recipe]) -> None:
    run = RunStore().create(tiny("baseline", relabel=(("pug_1.jpg", "cat"),)))
    with pytest.raises(Problem, match="'cat', which no photograph here is called"):
        train(run, lambda _: None, lambda: False)


# --- the code ---


def execute(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "snippet", "exec"), names)  # noqa: S102 - that it runs is the point
    return names


def sides(dls: Any) -> list[list[tuple[str, str]]]:
    return [
        [(x.name, dls.vocab[y[1]]) for x, y in zip(ds.items, ds, strict=True)]
        for ds in (dls.train_ds, dls.valid_ds)
    ]


@pytest.mark.parametrize("name", ["baseline", "fine-tune", "stages"])
def test_the_code_of_a_training_with_changes_does_the_same(
    tiny: Callable[..., Recipe], changes: dict[str, Any], with_changes: Trained, name: str
) -> None:
    """Its first lines, up to the training itself, which other tests run."""
    run, _ = with_changes
    asked = tiny("fine-tune" if name == "stages" else name, epochs=1, **changes)
    if name == "stages":  # in petwidgets' own words
        asked = make("fine-tune", **{**_settings(asked), "precision": "bf16"})
    code = training.training(asked)
    cut = {"baseline": "\nmodel =", "fine-tune": "\nlearn =", "stages": "\nset_seed(recipe"}[name]
    names = execute(code[: code.index(cut)])
    labels = photographs(run).labels()
    for side, found in zip(("train_files", "files"), sides(names["dls"]), strict=True):
        assert found == [(file, labels[file]) for file in run.info[side]]


def _settings(recipe: Recipe) -> dict[str, Any]:
    wanted = ("data", "size", "presize", "batch_size", "leave_out", "relabel")
    return {name: getattr(recipe, name) for name in wanted}


def test_the_code_of_a_baseline_with_changes_runs_to_its_end(
    tiny: Callable[..., Recipe], changes: dict[str, Any]
) -> None:
    names = execute(training.training(tiny("baseline", epochs=1, **changes)))
    assert len(names["learn"].recorder.values) == 1


def test_a_quick_training_with_a_parent_says_the_changes() -> None:
    recipe = make("fine-tune", leave_out=("it's.jpg",), relabel=(("a\nb.jpg", "pug"),))
    code = training.training(recipe, "pets37")
    assert "dataset = dataset.changed(recipe.leave_out, recipe.relabel)" in code
    assert repr("it's.jpg") in code
    compile(code, "snippet", "exec")
