"""The code that panels show runs as it stands, and does what the panel did."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from petwidgets.data.dataset import load
from petwidgets.learning.learners import learner
from petwidgets.learning.predict import classify
from petwidgets.lessons import snippets
from petwidgets.recipes import CHAPTER_PATTERN, PARENT_FOLDER, Recipe
from petwidgets.runs import SHIPPED_ID, Run, RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Trained = tuple[Run, list[dict[str, Any]]]


def execute(code: str) -> dict[str, Any]:
    """What a next cell of a notebook would find after this one."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "snippet", "exec"), names)  # noqa: S102 - that it runs is the point
    return names


@pytest.mark.parametrize("pattern", [CHAPTER_PATTERN, r"^(.)", PARENT_FOLDER])
def test_labels_count_as_the_panel_does(
    pattern: str, few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = execute(snippets.labels(str(few), pattern))
    dataset = load(str(few), pattern)
    assert capsys.readouterr().out == f"{len(dataset.paths)} {Counter(dataset.breeds)}\n"
    assert tuple(names["files"]) == dataset.paths


def test_labels_of_the_drawn_sample(
    few: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petwidgets.data.dataset.prepare", lambda _: few)  # drawn in its own test
    execute(snippets.labels("sample", CHAPTER_PATTERN))
    assert capsys.readouterr().out.startswith("32 Counter({'Siamese': 8, ")


def test_baseline_reaches_what_the_run_reached(learned: Trained) -> None:
    run, _ = learned
    names = execute(snippets.training(run.recipe))
    results = run.info["results"]
    _, valid_loss, error = names["learn"].recorder.values[-1]
    assert [path.name for path in names["dls"].valid_ds.items] == run.info["files"]
    assert list(names["dls"].vocab) == run.info["vocab"]
    assert error == pytest.approx(results["error_rate"], abs=1.5 / 6)
    assert valid_loss == pytest.approx(results["valid_loss"], abs=0.2)


def test_fine_tuning_reaches_what_the_run_reached(fine_tuned: Trained) -> None:
    run, _ = fine_tuned
    names = execute(snippets.training(run.recipe))
    values, results = names["learn"].recorder.values, run.info["results"]
    assert len(values) == 1  # fastai's recorder starts anew with each fit
    assert [path.name for path in names["dls"].valid_ds.items] == run.info["files"]
    assert values[-1][2] == pytest.approx(results["error_rate"], abs=2.5 / 6)
    restored = learner(run).model.state_dict()
    assert restored.keys() == names["learn"].model.state_dict().keys()


def test_limited_training_takes_the_same_files(
    tiny: Callable[..., Recipe], trained: Callable[[Recipe], Trained]
) -> None:
    run, _ = trained(tiny("baseline", epochs=1, limit_per_breed=5))
    names = execute(snippets.training(run.recipe))
    assert [path.name for path in names["dls"].train_ds.items] == run.info["train_files"]
    assert [path.name for path in names["dls"].valid_ds.items] == run.info["files"]


def test_classification_says_what_the_panel_says(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = min(few.glob("samoyed_*"))
    (tmp_path / "photo.jpg").symlink_to(photo)
    monkeypatch.chdir(tmp_path)
    execute(snippets.classification(SHIPPED_ID))
    lines = capsys.readouterr().out.splitlines()
    answer = classify(RunStore().get(SHIPPED_ID), photo)
    assert lines == [f"{breed} {share:.1%}" for breed, share in answer["top"]]
    assert re.fullmatch(r"samoyed \d+\.\d%", lines[0])
