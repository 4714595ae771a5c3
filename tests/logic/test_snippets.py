"""The code that panels show is Python, and says what was asked."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.data.sources import OXFORD, SAMPLE
from petwidgets.jobs.datablock_summary import Stepping
from petwidgets.jobs.presize import Presizing
from petwidgets.jobs.show_batch import Showing
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.recipes.presets import MAKERS, make
from petwidgets.snippets.data import batch, presizing, summary
from petwidgets.snippets.training import classification, labels, training

SOURCES = [SAMPLE, OXFORD, "/srv/pets", "~/my pets"]
ODD = [
    "/it's/mine",
    '/say "pets"',
    "/both ' and \"",
    "C:\\new\\table\\",
    "/line\nbreak",
    "/tab\there",
    "/ünïcode/犬",
    "/{braces}/{0}",
    "/''' \"\"\"",
    "/not text \udcff",
]


def calls(code: str, name: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name
    ]


def strings(code: str) -> list[str]:
    return [
        node.value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("pattern", [CHAPTER_PATTERN, PARENT_FOLDER])
@pytest.mark.parametrize("limit", [None, 20])
def test_every_snippet_is_python(source: str, pattern: str, limit: int | None) -> None:
    ast.parse(labels(source, pattern))
    for name in MAKERS:
        code = training(make(name, data=source, pattern=pattern, limit_per_breed=limit))
        (limited,) = calls(code, "limited") if limit else (None,)
        assert (limited is None) or ast.literal_eval(limited.args[0]) == limit
        assert ("load(path" in code) is (limit is not None)
    ast.parse(classification("pets37"))


def test_the_chapters_pattern_stands_as_a_person_would_write_it() -> None:
    assert r"RegexLabeller(r'(.+)_\d+.jpg$')" in labels(OXFORD, CHAPTER_PATTERN)
    for name in MAKERS:
        assert r"RegexLabeller(r'(.+)_\d+.jpg$')" in training(make(name))
    assert "RegexLabeller" not in labels(OXFORD, PARENT_FOLDER)
    assert "label = parent_label" in labels(OXFORD, PARENT_FOLDER)


@pytest.mark.parametrize(
    "pattern", [r"^(.+?)-\d", r'"(.+)"', r"it's (.+)", "(.+)\\\\", "a\n(.+)", "(.+)\t", "(犬)"]
)
def test_every_pattern_comes_out_as_it_went_in(pattern: str) -> None:
    for code in (labels("/x", pattern), training(make("baseline", data="/x", pattern=pattern))):
        (labeller,) = calls(code, "RegexLabeller")
        assert ast.literal_eval(labeller.args[0]) == pattern


@given(st.text(min_size=1))
def test_any_text_can_be_a_pattern_and_a_folder(text: str) -> None:
    for code in (
        labels(f"/{text}", f"({text}"),
        training(make("fine-tune", data=f"/{text}", pattern=f"({text}", limit_per_breed=9)),
    ):
        (labeller,) = calls(code, "RegexLabeller")
        assert ast.literal_eval(labeller.args[0]) == f"({text}"
        assert f"/{text}" in strings(code)


@pytest.mark.parametrize("folder", ODD)
def test_odd_folders_are_python_and_the_same_folder(folder: str) -> None:
    codes = [labels(folder, CHAPTER_PATTERN), *(training(make(n, data=folder)) for n in MAKERS)]
    for code in codes:
        (path,) = calls(code, "Path")
        assert ast.literal_eval(path.args[0]) == folder


def test_the_sources_are_fetched_as_anybody_would() -> None:
    assert "untar_data(URLs.PETS)" in labels(OXFORD, CHAPTER_PATTERN)
    assert "prepare('sample')" in labels(SAMPLE, CHAPTER_PATTERN)


def test_a_fine_tuning_says_its_stages() -> None:
    code = training(make("fine-tune", epochs=4, freeze_epochs=2, base_lr=4e-3))
    first, then = calls(code, "fit_one_cycle")
    assert ast.unparse(first).endswith("(2, slice(None, 0.004), pct_start=0.99, div=25.0)")
    assert ast.unparse(then).endswith("(4, slice(2e-05, 0.002), pct_start=0.3, div=5.0)")
    assert code.index("learn.freeze()") < code.index("learn.unfreeze()")
    assert len(calls(training(make("fine-tune", freeze_epochs=0)), "fit_one_cycle")) == 1


def test_the_settings_stand_in_the_code() -> None:
    settings = {"seed": 7, "size": 96, "presize": 128, "batch_size": 16, "arch": "resnet18"}
    for name in MAKERS:
        code = training(make(name, valid=0.3, min_scale=0.5, weight_decay=0.125, **settings))
        assert "RandomSplitter(0.3, seed=7)" in code
        assert "Resize(128)" in code
        assert "size=96, min_scale=0.5" in code
        assert "bs=16" in code
        assert "set_seed(7)" in code
        assert "wd=0.125" in code
        assert {"resnet18"} <= set(strings(code))


def test_classification_names_its_run() -> None:
    code = classification("20250101-120000-abcdef")
    assert "20250101-120000-abcdef" in strings(code)


@pytest.mark.parametrize("folder", ODD)
def test_the_lessons_about_data_take_odd_names(folder: str) -> None:
    (path,) = calls(presizing(folder, Presizing()), "Path")
    assert ast.literal_eval(path.args[0]) == folder
    shown = batch(folder, CHAPTER_PATTERN, Showing())
    for code in (shown, summary(folder, PARENT_FOLDER, Stepping())):
        (path,) = calls(code, "Path")
        assert ast.literal_eval(path.args[0]) == folder


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("pattern", [CHAPTER_PATTERN, PARENT_FOLDER])
def test_the_lessons_about_data_are_python(source: str, pattern: str) -> None:
    shown = batch(source, pattern, Showing())
    for code in (shown, summary(source, pattern, Stepping(resize=False))):
        assert len(calls(code, "DataBlock")) == 1
        assert len(calls(code, "RegexLabeller")) == (pattern == CHAPTER_PATTERN)


def test_a_presizing_leaves_out_what_does_nothing() -> None:
    code = presizing("photo.jpg", Presizing(rotate=0, zoom=1.5, presize=300))
    assert not calls(code, "Rotate")
    assert {ast.unparse(call.args[0]) for call in calls(code, "square")} == {"300", "224"}
    zooms = [keywords(call) for call in calls(code, "Zoom")]
    assert [zoom["draw"] for zoom in zooms] == ["1.5", "1.5"]
    assert {zoom.get("size") for zoom in zooms} == {"224", None}  # composed, and alone
    still = Presizing(rotate=0, zoom=1, warp=0)
    assert len(calls(presizing("photo.jpg", still), "AffineCoordTfm")) == 1
    assert not calls(presizing("photo.jpg", replace(still, presize=224)), "Pipeline")


def test_a_batch_says_its_settings() -> None:
    code = batch("/x", CHAPTER_PATTERN, Showing(nrows=2, unique=True, flip=False, seed=9))
    (augmented,), (shown,) = calls(code, "aug_transforms"), calls(code, "show_batch")
    assert keywords(augmented) == {"size": "224", "min_scale": "0.75", "do_flip": "False"}
    assert keywords(shown) == {"max_n": "6", "nrows": "2", "ncols": "3", "unique": "True"}
    assert "set_seed(9)" in code
    assert "bs=6" in code
    valid = batch("/x", CHAPTER_PATTERN, Showing(part="valid"))
    assert ast.unparse(calls(valid, "show_batch")[0].func) == "dls.valid.show_batch"


def test_a_summary_has_its_resize_or_not() -> None:
    assert len(calls(summary("/x", CHAPTER_PATTERN, Stepping()), "Resize")) == 1
    assert not calls(summary("/x", CHAPTER_PATTERN, Stepping(resize=False)), "Resize")


def keywords(call: ast.Call) -> dict[str, str]:
    return {str(keyword.arg): ast.unparse(keyword.value) for keyword in call.keywords}
