"""Doubts ranked, folds dealt, choices taken back, and two runs judged by the same labels."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.common.errors import Problem
from petwidgets.data import label_edits_csv
from petwidgets.data.dataset import Dataset, load
from petwidgets.data.label_edits import DECISIONS, KEEP, LEAVE_OUT, RELABEL, LabelEdits, Mark
from petwidgets.metrics.comparison import differing
from petwidgets.metrics.label_issues import (
    BY_FOLDS,
    BY_LOSS,
    Suspicion,
    difference,
    folds,
    ranked,
    suspicions,
)
from petwidgets.metrics.predictions import Interpretation
from petwidgets.panels.interpretation.review_queue import ReviewQueue
from petwidgets.recipes.presets import fine_tune
from petwidgets.recipes.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

VOCAB = ("Bombay", "beagle", "pug")


def told(rows: list[list[float]], targets: list[int], names: str = "abcdefgh") -> Interpretation:
    """What a run predicted of files of one letter each."""
    p, t = np.array(rows, np.float32), np.array(targets, np.int64)
    losses = -np.log(p[np.arange(len(t)), t])
    return Interpretation("one", VOCAB, tuple(names[: len(t)]), p, t, losses)


def doubt(file: str, why: str = BY_FOLDS, own: float = 0.1) -> Suspicion:
    return Suspicion(file, "pug", "beagle", own, 0.8, why)


# --- folds and doubts ---


@given(st.lists(st.integers(0, 5), min_size=1, max_size=80), st.integers(2, 7), st.integers(0, 99))
def test_folds_are_even_in_every_breed_and_in_all(targets: list[int], k: int, seed: int) -> None:
    dealt = folds(np.array(targets), k, seed)
    assert np.array_equal(dealt, folds(np.array(targets), k, seed))
    for part in (slice(None), *(np.array(targets) == breed for breed in set(targets))):
        counts = np.bincount(dealt[part], minlength=k)
        assert len(counts) == k
        assert counts.max() - counts.min() <= 1


def test_folds_are_as_even_as_those_of_scikit_learn() -> None:
    from sklearn.model_selection import StratifiedKFold

    targets = np.random.default_rng(3).integers(0, 9, 400)
    theirs = StratifiedKFold(5, shuffle=True, random_state=0).split(targets, targets)
    dealt = folds(targets, 5, 0)
    for k, (_, held) in enumerate(theirs):
        ours = np.bincount(targets[dealt == k], minlength=9)
        assert np.abs(ours - np.bincount(targets[held], minlength=9)).max() <= 1


def test_the_least_probable_label_comes_first() -> None:
    found = told(
        [[0.1, 0.2, 0.7], [0.9, 0.05, 0.05], [0.3, 0.6, 0.1], [0.02, 0.97, 0.01]], [2, 2, 0, 0]
    )
    first, second, third = suspicions(found, BY_LOSS)
    assert [one.file for one in (first, second, third)] == ["d", "b", "c"]
    assert (first.label, first.predicted) == ("Bombay", "beagle")
    assert first.own == pytest.approx(0.02)
    assert first.taken == pytest.approx(0.97)
    assert first.loss == pytest.approx(-math.log(0.02), rel=1e-6)
    assert first.loss == pytest.approx(float(found.losses[3]), rel=1e-6)


def test_what_is_held_against_one_photograph_stands_together() -> None:
    doubts = [doubt("a", own=0.3), doubt("b", own=0.2), doubt("a", BY_LOSS, 0.1)]
    known = ranked(doubts)
    assert list(known) == ["a", "b"]
    assert [one.why for one in known["a"]] == [BY_LOSS, BY_FOLDS]


def test_a_probability_of_nothing_has_a_finite_loss() -> None:
    assert math.isfinite(doubt("a", own=0.0).loss)


# --- categories ---


DOCKET = ReviewQueue(
    {"a": "pug", "b": "pug", "c": "beagle", "d": "beagle"},
    {"b": [doubt("b", BY_LOSS)], "a": [doubt("a", BY_LOSS), doubt("a")], "c": [doubt("c")]},
    LabelEdits().with_step({"a": Mark(KEEP, label="pug"), "gone": Mark(LEAVE_OUT, label="pug")}),
)


@pytest.mark.parametrize(
    ("why", "state", "breed", "files"),
    [
        ("", "all", "", ["b", "a", "c", "gone"]),
        ("", "open", "", ["b", "c"]),
        ("", "decided", "", ["a", "gone"]),
        ("folds", "all", "", ["a", "c"]),
        ("loss", "all", "", ["b", "a"]),
        ("loss", "decided", "", ["a"]),
        ("", "all", "pug", ["b", "a", "gone"]),
        ("folds", "open", "beagle", ["c"]),
        ("folds", "open", "pug", []),
    ],
)
def test_categories(why: str, state: str, breed: str, files: list[str]) -> None:
    assert DOCKET.listed(why, state, breed) == files


def test_a_decision_keeps_what_was_held_against_the_photograph() -> None:
    mark = DOCKET.mark("a", RELABEL, "beagle")
    assert mark == Mark(RELABEL, "beagle", "pug", f"{BY_LOSS} and {BY_FOLDS}", 0.1)
    later = ReviewQueue(DOCKET.labels, {}, LabelEdits().with_step({"a": mark}))
    assert later.mark("a", LEAVE_OUT) == replace(mark, do=LEAVE_OUT, breed="")
    assert DOCKET.mark("a", RELABEL, "pug").do == KEEP
    with pytest.raises(Problem, match="one of the breeds"):
        DOCKET.mark("a", RELABEL, "cat")
    with pytest.raises(Problem, match="is not a decision"):
        DOCKET.mark("a", "burn")


# --- choices ---


MARKS = st.sampled_from([
    Mark(KEEP), Mark(LEAVE_OUT, label="pug"), Mark(RELABEL, "pug"), Mark(RELABEL, "beagle"), None
])  # fmt: skip
STEPS = st.dictionaries(st.sampled_from("abc"), MARKS, min_size=1, max_size=3)


@given(st.lists(STEPS | st.sampled_from(["undo", "redo"]), max_size=40))
def test_undo_and_redo_are_those_of_a_list_of_states(deeds: list[Any]) -> None:
    """The model: every state there ever was, and where one stands among them."""
    states: list[dict[str, Mark]] = [{}]
    at, choices = 0, LabelEdits()
    for deed in deeds:
        if deed == "undo" and at == 0:
            with pytest.raises(Problem, match="nothing to undo"):
                choices.undo()
        elif deed == "redo" and at == len(states) - 1:
            with pytest.raises(Problem, match="nothing to redo"):
                choices.redo()
        elif deed in ("undo", "redo"):
            at += 1 if deed == "redo" else -1
            choices = choices.redo() if deed == "redo" else choices.undo()
        else:
            then = {**states[at], **deed}
            states = [*states[: at + 1], {f: mark for f, mark in then.items() if mark}]
            at, choices = at + 1, choices.with_step(deed)
        assert choices.now == states[at]
        assert LabelEdits.from_json(choices.to_json()) == choices
    assert dict(choices.relabel) == {f: m.breed for f, m in states[at].items() if m.breed}
    assert set(choices.leave_out) == {f for f, m in states[at].items() if m.do == LEAVE_OUT}


@pytest.mark.parametrize(
    "value",
    [
        None, [], {}, {"done": []}, {"done": 3, "undone": []}, {"done": [["a"]], "undone": []},
        {"done": [{"a": {"do": "burn"}}], "undone": []}, {"done": [{"a": 7}], "undone": []},
        {"done": [{"a": {"do": "relabel"}}], "undone": []},
        {"done": [{"a": {"do": "keep", "breed": "pug"}}], "undone": []},
        {"done": [{"a": {"do": "keep", "more": 1}}], "undone": []},
        {"done": [{"a": {"do": "keep", "probability": 2}}], "undone": []},
        {"done": [{"a": {"do": "keep", "why": ["x"]}}], "undone": []},
    ],
)  # fmt: skip
def test_damaged_choices_are_a_problem(value: Any) -> None:
    with pytest.raises(Problem):
        LabelEdits.from_json(value)


# --- CSV ---


NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from(["=", "+", "-", "@", "'", '"', ",", ";", "\n", "\r", "\t", "\udcff"]),
    min_size=1,
    max_size=12,
)
TABLES = st.dictionaries(
    NAMES,
    st.builds(
        lambda do, new, label, own: Mark(do, new if do == RELABEL else "", label, BY_FOLDS, own),
        st.sampled_from(sorted(DECISIONS)), NAMES, NAMES, st.none() | st.floats(0, 1),
    ),
    max_size=5,
)  # fmt: skip


@given(TABLES)
def test_a_csv_file_comes_back_as_it_went(marks: dict[str, Mark]) -> None:
    assert label_edits_csv.read(label_edits_csv.write(marks)) == (marks, [])


@pytest.mark.parametrize("name", ["=1+1.jpg", "+x.jpg", "-x.jpg", "@x.jpg", "\tx.jpg", "'=x.jpg"])
def test_no_cell_begins_a_formula(name: str) -> None:
    text = label_edits_csv.write({name: Mark(RELABEL, "=pug", label="@a")}).decode("utf-8-sig")
    cells = text.splitlines()[1].strip('"').split(",")
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    assert name in label_edits_csv.read(text.encode())[0]


def test_other_peoples_spreadsheets_are_read() -> None:
    text = "Decision;file;probability;remark\nLeave out;a.jpg;0,25;blurred\nkeep;b.jpg;;\n\n"
    marks, bad = label_edits_csv.read(text.encode("utf-8-sig"))
    assert marks == {"a.jpg": Mark(LEAVE_OUT, probability=0.25), "b.jpg": Mark(KEEP)}
    assert bad == []


def test_bad_rows_are_told_and_stop_no_others() -> None:
    rows = ["file,decision,new label,probability", "a,keep,,", "b,burn,,", "c,relabel,,"]
    rows += ["d,keep,pug,", "e,keep,,2", "f,keep,,often", ",keep,,", "a,keep,,", "g,relabel,pug,1"]
    marks, bad = label_edits_csv.read("\n".join(rows).encode())
    assert list(marks) == ["a", "g"]
    assert [sentence.split(":")[0] for sentence in bad] == [f"Row {i}" for i in range(3, 10)]
    assert "'burn' is not a decision: write keep, relabel, leave out." in bad[0]
    assert label_edits_csv.told(bad).endswith("And 4 more.")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a CSV file"),
        (b"label,why\n", "no column file and decision"),
        (b"\x89PNG\r\n", "a picture, not a CSV file"),
        (b"x" * (label_edits_csv.MOST + 1), "more than 4 MB"),
        (b'file,decision\n"' + b"x" * 200_000, "not a CSV file"),
    ],
)
def test_what_is_no_list_is_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(Problem, match=words):
        label_edits_csv.read(content)


def test_what_is_not_here_is_told() -> None:
    marks = {"a": Mark(KEEP), "b": Mark(RELABEL, "cat"), "c": Mark(RELABEL, "pug")}
    sound, bad = label_edits_csv.fitting(marks, ["a", "b"], ["pug"])
    assert list(sound) == ["a"]
    said = ["b: no photograph here is called 'cat'.", "There is no photograph c here."]
    assert bad == said


# --- recipes and data sets ---


def test_changes_of_a_recipe() -> None:
    plain = fine_tune()
    changed = replace(plain, leave_out=("a",), relabel=(("b", "pug"), ("c", "beagle")))
    assert Recipe.from_json(changed.to_json()) == changed
    old = {k: v for k, v in plain.to_json().items() if k not in ("leave_out", "relabel")}
    assert Recipe.from_json(old) == plain
    assert differing([plain, changed]) == {"leave_out": (0, 1), "relabel": (0, 2)}
    for wrong in ({"relabel": ["ab"]}, {"relabel": [["a", ""]]}, {"relabel": [["a"]]}):
        with pytest.raises(Problem):
            Recipe.from_json({**plain.to_json(), **wrong})
    with pytest.raises(Problem, match="twice among the changes"):
        replace(plain, leave_out=("a",), relabel=(("a", "pug"),))


@pytest.fixture
def pets(tmp_path: Path) -> Dataset:
    for name in ("pug_1.jpg", "pug_2.jpg", "in/pug_3.jpg", "beagle_1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return load(str(tmp_path))


def test_a_data_set_is_changed_as_a_list(pets: Dataset) -> None:
    changed = pets.changed(("in/pug_3.jpg", "no.jpg"), (("pug_1.jpg", "beagle"),))
    expected = {"beagle_1.jpg": "beagle", "pug_1.jpg": "beagle", "pug_2.jpg": "pug"}
    assert changed.labels() == expected
    assert pets.changed() is pets
    assert pets.missing(["no.jpg", "pug_1.jpg"]) == ["no.jpg"]
    pets.require_known({"pug_1.jpg": "beagle"})
    with pytest.raises(Problem, match=r"take pug_1\.jpg for 'cat', which no photograph here"):
        pets.require_known({"pug_1.jpg": "cat"})


# --- before and after ---


def test_both_runs_are_judged_by_one_list_of_labels() -> None:
    """Of a to e: c was relabelled from pug to beagle, e was left out."""
    pug, beagle = [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]
    before = told([pug, beagle, pug, pug, pug], [2, 2, 2, 1, 2])
    after = told([pug, pug, beagle, pug], [2, 2, 1, 1])
    found = difference(before, after)
    assert (found.relabelled, found.left_out, found.corrected.n) == (1, 1, 4)
    assert found.corrected.errors == (3, 1)
    assert found.as_found.errors == (2, 2)
    assert (found.corrected.first, found.corrected.second) == (0, 2)


def test_a_breed_that_the_first_run_does_not_know_counts_as_missed() -> None:
    before = replace(told([[1, 0, 0]], [0]), vocab=("Bombay", "beagle", "pug"))
    after = Interpretation(
        "two", ("Bombay", "samoyed"), ("a",), np.array([[0.0, 1.0]]), np.array([1]), np.zeros(1)
    )
    assert difference(before, after).corrected.errors == (1, 0)
