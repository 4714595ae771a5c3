"""Trainings whose labels come from a table, whose split is the set's own, or that hold some out."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from petwidgets.baseline.cross_val import find
from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.data import holdout, label_store
from petwidgets.data.dataset import load
from petwidgets.export.run_summary import account
from petwidgets.learning.train.learner import learner
from petwidgets.metrics.inspection import labelled
from petwidgets.recipes.labelling import PARENT_FOLDER
from petwidgets.runs import import_export
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run

    Events = list[dict[str, Any]]


def done(recipe: Recipe, **info: Any) -> tuple[Run, Events]:
    run, events = RunStore().create(recipe, **info), []
    train(run, events.append, lambda: False)
    return run.fresh(), events


def noted(events: Events) -> str:
    (told,) = [event["sentence"] for event in events if event["event"] == "inventory"]
    return str(told)


@pytest.fixture
def by_table(few: Path, tmp_path: Path) -> str:
    names = sorted(path.name for path in few.iterdir())
    rows = [f"{name},{'cat' if name[0].isupper() else 'dog'}" for name in names[:-2]]
    rows.append("gone.jpg,cat")
    (tmp_path / "kinds.csv").write_text("\n".join(["file,kind", *rows]), "utf-8")
    pattern = label_store.keep_file(tmp_path / "kinds.csv")
    (tmp_path / "kinds.csv").unlink()
    return pattern


def test_a_run_keeps_its_labels(
    by_table: str, home: Path, tiny: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, events = done(tiny("baseline", epochs=1, pattern=by_table))
    assert run.info["vocab"] == ["cat", "dog"]
    assert len(run.info["files"]) + len(run.info["train_files"]) == 30
    assert " 30 photographs have a label. " in noted(events)
    assert "1 of 31 rows names a file that is not here: gone.jpg." in noted(events)
    content = import_export.packed(run)
    shutil.rmtree(home / "labels")
    _reads(run)
    again, _ = done(run.recipe)  # of the other run's copy
    shutil.rmtree(run.folder)
    _reads(again)
    monkeypatch.setenv("PETWIDGETS_HOME", str(home.with_name("another")))
    with pytest.raises(Problem, match="choose their CSV file again"):
        load(run.recipe.data, by_table)
    _reads(import_export.take(content, RunStore()))


def _reads(run: Run) -> None:
    label_store._found.cache_clear()
    dls = learner(run).dls
    named = {path.name: int(y) for path, (_, y) in zip(dls.valid.items, dls.valid_ds, strict=True)}
    targets = dict(zip(run.info["files"], run.validation().targets.tolist(), strict=True))
    assert named == targets
    places = {name: dls.path / name for name in run.info["train_files"]}
    assert {breed for _, _, breed in labelled(run, places)} == {"cat", "dog"}
    assert ("pattern", "labels from kinds.csv") in account(run).settings


def test_an_import_with_other_labels_is_refused(
    by_table: str, few: Path, tiny: Callable[..., Recipe]
) -> None:
    run = RunStore().create(tiny("baseline", epochs=1, pattern=by_table))
    run.update(state="stopped")
    kept = run.folder / "labels.json"
    kept.write_bytes(kept.read_bytes().replace(b"dog", b"pig"))
    into = io.BytesIO()
    import_export.pack(run.fresh(), into)
    with pytest.raises(Problem, match=r"The labels in this file don't fit its run.json"):
        import_export.take(into.getvalue(), RunStore())
    kept.unlink()
    with pytest.raises(Problem, match="The labels in this file"):
        import_export.take(import_export.packed(run.fresh()), RunStore())
    other = RunStore().create(tiny("baseline", epochs=1)).update(state="stopped")
    (other.folder / "labels.json").write_text("{}", "utf-8")
    taken = import_export.take(import_export.packed(other), RunStore())
    assert not (taken.folder / "labels.json").exists()


def test_labels_of_a_table_are_searched(by_table: str, tiny: Callable[..., Recipe]) -> None:
    run = RunStore().create(tiny("baseline", epochs=1, pattern=by_table), kind="folds")
    find(run, lambda _: None, lambda: False)
    assert run.fresh().info["vocab"] == ["cat", "dog"]
    assert len(run.fresh().info["files"]) == 30


@pytest.fixture
def own_split(few: Path, tmp_path: Path) -> Path:
    """Train/, val/ and test/, each with a folder a breed, and another breed in test/."""
    root = tmp_path / "own"
    for i, path in enumerate(sorted(few.iterdir())):
        side = root / ("val", "train", "train", "test")[i % 4] / path.name.rsplit("_", 1)[0]
        side.mkdir(parents=True, exist_ok=True)
        (side / path.name).symlink_to(path)
    (root / "test" / "boxer").mkdir()
    (root / "test" / "boxer" / "1.jpg").symlink_to(path)
    return root


def test_the_sets_own_split_is_trained_on(own_split: Path, tiny: Callable[..., Recipe]) -> None:
    asked = {"data": str(own_split), "pattern": PARENT_FOLDER, "epochs": 1}
    run, events = done(tiny("baseline", split="folders", **asked))
    assert {name.split("/")[0] for name in run.info["files"]} == {"val"}
    assert {name.split("/")[0] for name in run.info["train_files"]} == {"train"}
    assert len(run.info["vocab"]) == 4
    assert (
        "24 are used: 16 to train on, 8 to validate on. The set's own split is kept. 9 photographs"
        " are in test/ and left out." in noted(events)
    )
    assert [path.name for path in learner(run).dls.valid.items]
    _, events = done(tiny("baseline", split="by-breed", **asked))
    assert "The set's own split (train/ 16, valid/ 8, test/ 9) is ignored" in noted(events)


def test_what_is_held_out_is_said(own_split: Path, tiny: Callable[..., Recipe]) -> None:
    asked = {"data": str(own_split), "pattern": PARENT_FOLDER, "epochs": 1}
    dataset = load(str(own_split), PARENT_FOLDER)
    names, notes = holdout.named_by(own_split / "train" / "pug", dataset, "folders")
    run, events = done(tiny("baseline", split="folders", hold_out=names, **asked), notes=notes)
    assert set(names) <= set(run.info["files"])
    assert not set(names) & set(run.info["train_files"])
    assert "4 photographs are held out: validated on, never trained on." in noted(events)
