"""The code that panels show runs as it stands, and does what the panel did."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastai.vision.all import TfmdDL
from PIL import Image

from petwidgets.data import label_store
from petwidgets.data.dataset import load
from petwidgets.data.divide import split
from petwidgets.data.own_split import limited
from petwidgets.data.splits import random_split
from petwidgets.inference.classify import classify
from petwidgets.jobs.datablock_summary import Stepping
from petwidgets.jobs.presize import Presizing
from petwidgets.jobs.show_batch import Showing
from petwidgets.learning.input.fast_loader import Batches
from petwidgets.learning.models.precision import available
from petwidgets.learning.show.batch import show
from petwidgets.learning.show.datablock_summary import steps
from petwidgets.learning.show.presize import microscope
from petwidgets.learning.train.learner import learner
from petwidgets.metrics.lr_suggest import Search
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.recipes.stage import Stage
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore
from petwidgets.snippets import data, lr_find, training

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe

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
    names = execute(training.labels(str(few), pattern))
    dataset = load(str(few), pattern)
    assert capsys.readouterr().out == f"{len(dataset.paths)} {Counter(dataset.breeds)}\n"
    assert tuple(names["files"]) == dataset.paths


def test_labels_of_the_drawn_sample(
    few: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petwidgets.data.sources.prepare", lambda _: few)  # drawn in its own test
    execute(training.labels("sample", CHAPTER_PATTERN))
    assert capsys.readouterr().out.startswith("32 Counter({'Siamese': 8, ")


def test_baseline_reaches_what_the_run_reached(learned: Trained) -> None:
    run, _ = learned
    names = execute(training.training(run.recipe))
    results = run.info["results"]
    _, valid_loss, error = names["learn"].recorder.values[-1]
    assert [path.name for path in names["dls"].valid_ds.items] == run.info["files"]
    assert list(names["dls"].vocab) == run.info["vocab"]
    assert error == pytest.approx(results["error_rate"], abs=1.5 / 6)
    assert valid_loss == pytest.approx(results["valid_loss"], abs=0.2)


def test_fine_tuning_reaches_what_the_run_reached(fine_tuned: Trained) -> None:
    run, _ = fine_tuned
    names = execute(training.training(run.recipe))
    values, results = names["learn"].recorder.values, run.info["results"]
    assert len(values) == 1  # fastai's recorder starts anew with each fit
    assert [path.name for path in names["dls"].valid_ds.items] == run.info["files"]
    assert values[-1][2] == pytest.approx(results["error_rate"], abs=2.5 / 6)
    restored = learner(run).model.state_dict()
    assert restored.keys() == names["learn"].model.state_dict().keys()


def test_quick_training_is_the_runs(
    tiny: Callable[..., Recipe], trained: Callable[[Recipe], Trained]
) -> None:
    stages = (
        Stage(1, frozen=True, rate=3e-3, size=48),
        Stage(1, frozen=False, rate=(1e-5, 1e-3), pct_start=0.3),
    )
    asked = replace(tiny("fine-tune"), name="stages", stages=stages, input="fast", precision="bf16")
    code = training.training(asked)
    if sentence := available("bf16"):
        pytest.skip(sentence)
    run, _ = trained(asked)
    names = execute(code)
    results = run.info["results"]
    assert type(names["dls"].train) is Batches
    assert [path.name for path in names["dls"].valid_ds.items] == run.info["files"]
    assert names["learn"].recorder.values[-1][2] == pytest.approx(
        results["error_rate"], abs=2.5 / 6
    )


@pytest.mark.parametrize("body", ["head", "frozen", "unfrozen"])
def test_finding_a_rate_prints_the_hints_of_the_panel(
    body: str, tiny: Callable[..., Recipe], light: str, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tiny("baseline", arch=light)
    if body != "head":
        stage = Stage(1, frozen=body == "frozen", rate=1e-3)
        recipe = replace(recipe, name="stages", stages=(stage,), weight_decay=0.01)
    search = Search(frozen=body != "unfrozen", num_it=40, end=0.1)
    names = execute(lr_find.finding(recipe, search))
    assert capsys.readouterr().out.count("SuggestedLRs(valley=") == 1
    assert len(names["learn"].recorder.lrs) == 40


def test_epochs_are_printed_as_the_panel_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    execute(lr_find.epochs_of("recorded-head-40"))
    lines = capsys.readouterr().out.splitlines()
    told = [e for e in RunStore().get("recorded-head-40").events() if e["event"] == "epoch"]
    assert lines[:-1] == [
        " ".join(str(e[k]) for k in ("epoch", "train_loss", "valid_loss", "error_rate"))
        for e in told
    ]
    assert lines[-1] == "least error: 31"


def test_limited_training_takes_the_same_files(
    tiny: Callable[..., Recipe], trained: Callable[[Recipe], Trained]
) -> None:
    run, _ = trained(tiny("baseline", epochs=1, limit_per_breed=5))
    names = execute(training.training(run.recipe))
    assert [path.name for path in names["dls"].train_ds.items] == run.info["train_files"]
    assert [path.name for path in names["dls"].valid_ds.items] == run.info["files"]


def test_classification_says_what_the_panel_says(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = min(few.glob("samoyed_*"))
    (tmp_path / "photo.jpg").symlink_to(photo)
    monkeypatch.chdir(tmp_path)
    execute(training.classification(SHIPPED_ID))
    lines = capsys.readouterr().out.splitlines()
    answer = classify(RunStore().get(SHIPPED_ID), photo)
    assert lines == [f"{breed} {share:.1%}" for breed, share in answer.decision.top]
    assert re.fullmatch(r"samoyed \d+\.\d%", lines[0])


SMALL = {"presize": 128, "size": 64}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"method": "pad", "pad_mode": "zeros", "rotate": -20, "seed": 7},
        {"rotate": 0, "zoom": 0.8},
        {"rotate": 0, "zoom": 1, "warp": 0},
        {"rotate": 0, "zoom": 1, "warp": 0, "presize": 224},
    ],
)
def test_presizing_gives_the_microscopes_pictures(settings: dict[str, Any], real: Path) -> None:
    lying = real / "odd-images" / "derived_orientation6_cat.jpg"
    photos = [lying, min((real / "pets-original" / "images").glob("*"))]
    for photo in photos:
        asked = Presizing(**settings)
        names = execute(data.presizing(str(photo), asked))
        shown = microscope(str(photo), asked)
        for way in ("composed", "stepwise"):
            expected = np.asarray(Image.open(BytesIO(getattr(shown, way))))
            found = np.asarray(names[way][0].permute(1, 2, 0)) * 255
            assert np.abs(found - expected).max() <= 0.5 + 1e-3


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"part": "valid", "nrows": 2},
        {"crop": False, "lighting": False, "seed": 5, "ncols": 2},
        {"flip": False, "rotate": False, "zoom": False, "warp": False, "min_scale": 0.4},
        {"unique": True, "nrows": 2},
        {"unique": True, "nrows": 2, "first": "pug_1.jpg"},
    ],
)
def test_a_batch_is_drawn_as_the_panel_draws_it(
    settings: dict[str, Any], few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Showing(**{**SMALL, **settings})
    shown: list[Any] = []
    decoding = TfmdDL._pre_show_batch
    monkeypatch.setattr(
        TfmdDL, "_pre_show_batch", lambda dl, b, **more: shown.append(b) or decoding(dl, b, **more)
    )
    names = execute(data.batch(str(few), CHAPTER_PATTERN, asked))
    monkeypatch.undo()
    ((x, y),) = shown
    expected = show(str(few), CHAPTER_PATTERN, asked)
    assert tuple(x.shape) == expected.x.shape
    assert tuple(names["dls"].one_batch()[0].shape)[1:] == expected.x.shape[1:]
    assert tuple(y.tolist()) == expected.values
    figures = {"low": x.min(), "high": x.max(), "mean": x.mean(), "std": x.std()}
    for figure, found in figures.items():
        assert float(found) == pytest.approx(getattr(expected.spread, figure), abs=1e-5)


def test_the_summary_prints_what_the_cards_say(
    few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(data.summary(str(few), CHAPTER_PATTERN, Stepping(**SMALL)))
    text = capsys.readouterr().out
    cards = steps(str(few), CHAPTER_PATTERN, Stepping(**SMALL)).cards
    assert f"Found {cards[0]['went']['shape']}" in text
    for card in cards[2:]:
        assert f"applying {card['name']}" in text or card["name"] == "collate"
    assert "TensorImage of size 4x3x64x64" in text


def test_the_summary_without_resize_fails_as_its_card_does(
    real: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = Stepping(**SMALL, resize=False)
    asked = (str(real / "pets-original" / "images"), CHAPTER_PATTERN, block)
    with pytest.raises(RuntimeError, match="at least two tensors in the batch are not the same"):
        execute(data.summary(*asked))
    assert capsys.readouterr().out.endswith(steps(*asked).cards[-1]["problem"] + "\n")


def test_checks_say_what_the_panel_says(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for photo in sorted(few.iterdir()):
        (tmp_path / photo.name).symlink_to(photo)
        if photo.name.startswith("pug"):
            (tmp_path / f"pug_9{photo.name[4:]}").symlink_to(photo)
    (tmp_path / "beagle_900.jpg").touch()
    execute(data.checks(str(tmp_path)))
    said = capsys.readouterr().out
    assert "beagle_900.jpg This file is empty" in said
    assert said.count("This is the same file as") == 8
    files = [path.name for path in sorted(tmp_path.iterdir()) if path.stat().st_size]
    train, _ = ({files[i] for i in part} for part in random_split(len(files), 0.2, 42))
    pairs = [(name, f"pug_9{name[4:]}") for name in files if (few / name).exists()]
    leaks = [pair for pair in pairs if pair[1] in files and len(train.intersection(pair)) == 1]
    assert said.count("This photograph is validated on, but the same picture") == len(leaks) > 0


@pytest.fixture
def by_table(few: Path, tmp_path: Path) -> str:
    """What stands for a table of two kinds, without the last two photographs."""
    names = sorted(path.name for path in few.iterdir())[:-2]
    rows = [f"{name[:-4]},{'cat' if name[0].isupper() else 'dog'}" for name in names]
    (tmp_path / "kinds.csv").write_text("\n".join(["id,kind", *rows]), "utf-8")
    return label_store.keep_file(tmp_path / "kinds.csv")


def test_labels_of_a_table_count_as_the_panel_does(
    by_table: str, few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(training.labels(str(few), by_table))
    assert capsys.readouterr().out == "30 Counter({'dog': 22, 'cat': 8})\n"


@pytest.mark.parametrize("split", ["random", "by-breed"])
def test_a_training_by_a_table_is_the_codes(
    by_table: str, split: str, tiny: Callable[..., Recipe], trained: Callable[[Recipe], Trained]
) -> None:
    recipe = tiny("baseline", pattern=by_table, split=split, epochs=1)
    run, _ = trained(recipe)
    names = execute(training.training(recipe))
    assert list(names["dls"].vocab) == run.info["vocab"] == ["cat", "dog"]
    assert [path.name for path in names["dls"].train_ds.items] == run.info["train_files"]
    assert [path.name for path in names["dls"].valid_ds.items] == run.info["files"]


def test_the_other_lessons_code_takes_a_table(by_table: str, few: Path) -> None:
    names = execute(data.batch(str(few), by_table, Showing(nrows=2, ncols=2)))
    assert list(names["dls"].vocab) == ["cat", "dog"]
    shown = show(str(few), by_table, Showing(nrows=2, ncols=2))
    assert {one.label for one in shown.pictures} <= {"cat", "dog"}
    execute(data.summary(str(few), by_table, Stepping()))
    assert steps(str(few), by_table, Stepping()).problem == ""


@pytest.mark.parametrize("limit", [None, 4])
@pytest.mark.parametrize("way", ["fastai", "fast"])
def test_the_sets_own_split_is_the_codes(
    limit: int | None, way: str, few: Path, tmp_path: Path, tiny: Callable[..., Recipe]
) -> None:
    for i, path in enumerate(sorted(few.iterdir())):
        side = tmp_path / ("val", "train", "train", "test")[i % 4] / path.name.rsplit("_", 1)[0]
        side.mkdir(parents=True, exist_ok=True)
        (side / path.name).symlink_to(path)
    recipe = tiny("fine-tune", data=str(tmp_path), split="folders", limit_per_breed=limit)
    recipe = replace(recipe, pattern=PARENT_FOLDER, input=way)
    used = limited(load(str(tmp_path), PARENT_FOLDER), "folders", limit)
    code = training.training(recipe).partition("\nlearn = ")[0]
    names = execute(code)
    items = [[*part.items] for part in (names["dls"].train_ds, names["dls"].valid_ds)]
    assert items == [[used.paths[i] for i in part] for part in split(recipe, used)]
    assert {path.relative_to(tmp_path).parts[0] for path in items[1]} == {"val"}
