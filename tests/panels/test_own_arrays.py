"""Panels on a user's own arrays: scikit-learn and scipy say the same, bad input is a sentence."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support
from waiting import hidden, wait_for

from petwidgets import (
    BreedsPanel,
    CalibrationPanel,
    ConfusionPanel,
    GradientPanel,
    LossPanel,
    OwnPanel,
    Problem,
    RatePanel,
    SoftmaxPanel,
    TopLossesPanel,
    TrainPanel,
    TrapsPanel,
    WherePanel,
)
from petwidgets.metrics.loss_batch import MOST_ROWS
from petwidgets.metrics.own_predictions import LEAST, from_arrays
from petwidgets.panels.interpretation.base import NO_FILES
from petwidgets.recipes.recipe import MOST_BREEDS

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import FakeEngine, OurSession

    from petwidgets.widgets.number_table import NumberTable

INTERPRETING = (ConfusionPanel, TopLossesPanel, BreedsPanel, CalibrationPanel)
BENCHES = (LossPanel, SoftmaxPanel, WherePanel, TrapsPanel, GradientPanel)
VOCAB = ["cat", "dog", "red hen", "<b>ox</b>"]


def drawn(n: int = 200, c: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Activations of a model that is right more often than not, and the targets."""
    numbers = np.random.default_rng(7)
    targets = numbers.integers(c, size=n)
    return numbers.normal(size=(n, c)) * 2 + 2 * np.eye(c)[targets], targets


@pytest.fixture
def given() -> dict[str, Any]:
    activations, targets = drawn()
    return {"probabilities": softmax(activations, 1), "targets": targets, "vocab": VOCAB}


# --- what is shown ------------------------------------------------------------------------------


def test_confusion_counts_as_scikit_learn(given: dict[str, Any]) -> None:
    panel = ConfusionPanel(**given)
    panel.form.set(order="alphabetical")
    wait_for("matrix")
    counts = confusion_matrix(given["targets"], given["probabilities"].argmax(1))
    by_name = [3, 0, 1, 2]  # `<` comes before letters
    expected = counts[np.ix_(by_name, by_name)]
    diagonal, errors = (np.array(trace.z, float) for trace in panel.matrix.figure.data)  # type: ignore[union-attr]
    assert np.where(np.isfinite(diagonal), diagonal, np.nan_to_num(errors)).tolist() == (
        expected.tolist()
    )
    assert panel.heading.problem == ""


def test_every_class_is_measured_as_by_scikit_learn(given: dict[str, Any]) -> None:
    panel = BreedsPanel(**given)
    panel.form.set(by="support")
    predicted = given["probabilities"].argmax(1)
    rows = {row[0]: row for row in panel.table.rows}
    scores = precision_recall_fscore_support(given["targets"], predicted)
    for name, precision, recall, f1, support in zip(VOCAB, *scores, strict=True):
        shown = [rows[name][i] for i in (1, 3, 5, 6)]
        assert shown == [f"{x:.4f}" for x in (recall, precision, f1)] + [str(support)]


def test_losses_and_the_calibrations_nll_are_scikit_learns(given: dict[str, Any]) -> None:
    top, calibration = TopLossesPanel(**given), CalibrationPanel(**given)
    mean = log_loss(given["targets"], given["probabilities"])
    assert f"(mean {mean:.4f})" in top.said.value
    assert calibration.figures.rows[0][2] == f"{mean:.4f}"
    own = -np.log(given["probabilities"][range(200), given["targets"]])
    assert [float(row[-1]) for row in top.table.rows] == pytest.approx(
        sorted(own, reverse=True)[:12], abs=1e-4
    )


@pytest.mark.parametrize("kind", INTERPRETING)
def test_there_is_no_run_to_choose_and_none_is_asked_for(
    kind: type[ConfusionPanel], given: dict[str, Any], session: OurSession, engine: FakeEngine
) -> None:
    session.runs.chosen_id = session.interpretation.versus_id = "gone"  # another panel's concern
    panel = kind(session, **given)
    wait_for("matrix")
    assert panel.heading.problem == ""
    assert panel.run_form.fields == []
    assert engine.requests == []
    errors = int((given["probabilities"].argmax(1) != given["targets"]).sum())
    assert panel.status.value.startswith(f"From your arrays: wrong on {errors} of 200 rows: ")
    assert panel.lead_there.sentence == NO_FILES
    assert panel.lead_there.label == ""
    session.interpretation.versus_id = "recorded-head-5"
    assert panel.heading.problem == ""


@pytest.mark.parametrize("kind", INTERPRETING)
def test_the_fold_runs_on_the_same_arrays(
    kind: type[ConfusionPanel], given: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    code = kind(**given).folds.code
    exec(compile(code, "fold", "exec"), dict(given))  # noqa: S102 - that it runs is the point
    assert capsys.readouterr().out
    ast.parse(kind(**{**given, "vocab": None}).folds.code)


def test_a_loss_of_nothing_has_no_sign() -> None:
    panel = TopLossesPanel(probabilities=[[1, 0], [0, 1]], targets=[0, 1])
    assert panel.table.rows[0][-1] == "0.0000"


def test_rows_without_names_are_numbered(given: dict[str, Any]) -> None:
    panel = TopLossesPanel(**{**given, "vocab": None})
    assert panel.interpretation.vocab == ("0", "1", "2", "3")
    assert panel.table.rows[0][0].startswith("row ")


def test_files_that_are_here_can_be_looked_at(real: Path, tmp_path: Path) -> None:
    photographs = sorted((real / "pets-512" / "images").glob("pug_*.jpg"))[:2]
    files = [*photographs, tmp_path / "gone.jpg"]
    rows, targets = [[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]], np.array([0, 0, 0])
    panel = TopLossesPanel(probabilities=rows, targets=targets, files=files, vocab=["pug", "cat"])
    assert panel.lead_there.sentence == ""
    assert [label.split("\n")[0] for _, label in panel.shots.scroller.photographs] == ["pug"] * 2
    assert "1 of them is not on this machine" in panel.shots.scroller.caption
    panel.shots._open(0)
    assert panel.shots.viewer.jpeg
    assert panel.shots.viewer.title.endswith(photographs[0].name)


def test_a_name_that_can_be_no_file_is_a_name() -> None:
    found = from_arrays([[0.2, 0.8]] * 2, [0, 1], files=["a" * 5000, "b\0c"])
    assert found.files == ("a" * 5000, "b\0c")
    assert found.places == {}


def test_files_of_the_same_name_are_told_apart() -> None:
    found = from_arrays([[0.2, 0.8]] * 2, [0, 1], files=["a/1.jpg", "b/1.jpg"])
    assert found.files == ("a/1.jpg", "b/1.jpg")


def test_two_panels_of_a_session_look_at_the_same_cell(
    session: OurSession, given: dict[str, Any]
) -> None:
    confusion, top = ConfusionPanel(session, **given), TopLossesPanel(session, **given)
    session.interpretation.cell = ("cat", "dog")
    assert top.cell_form.values == confusion.cell_form.values == {"true": "cat", "predicted": "dog"}
    assert {row[1] for row in top.table.rows} == {"cat"}


def test_a_probability_of_zero_has_a_finite_loss() -> None:
    panel = TopLossesPanel(probabilities=[[1, 0], [1, 0]], targets=[1, 0])
    assert panel.table.rows[0][-1] == f"{-np.log(LEAST):.4f}"
    assert panel.heading.problem == ""


def test_half_precision_is_precise_enough() -> None:
    activations, targets = drawn(50, 37)
    half = softmax(activations.astype(np.float16), 1)
    assert CalibrationPanel(probabilities=half, targets=targets).heading.problem == ""


# --- the loss workbench -------------------------------------------------------------------------


def numbers(sheet: NumberTable, title: str) -> np.ndarray:
    """A group's numbers as the page reads them."""
    n, c = len(sheet.rows), len(sheet.columns)
    everything, offset = np.frombuffer(sheet.numbers, np.float32), 0
    for group in sheet.groups:
        shape = {"table": (n, c), "column": (n,), "one": ()}[group["kind"]]
        size = int(np.prod(shape))
        if group["title"] == title:
            return everything[offset : offset + size].reshape(shape)
        offset += size
    raise AssertionError([group["title"] for group in sheet.groups])


def test_the_steps_end_at_the_loss_of_ones_own_batch() -> None:
    activations, targets = drawn(16)
    panel = LossPanel(activations=activations, targets=targets, vocab=VOCAB)
    assert panel.sheet.source == "From your arrays: 16 rows of 4 activations."
    assert panel.sheet.columns == VOCAB
    loss = -log_softmax(activations, 1)[range(16), targets]
    assert numbers(panel.sheet, panel.strip.titles[-1]) == pytest.approx(loss.mean(), rel=1e-5)
    assert numbers(panel.sheet, "softmax") == pytest.approx(softmax(activations, 1), rel=1e-4)


@pytest.mark.parametrize("kind", BENCHES)
def test_a_batch_of_ones_own_is_edited_undone_and_come_back_to(kind: type[LossPanel]) -> None:
    activations, targets = drawn(8, 60)
    panel = kind(activations=activations, targets=targets, names=[f"photo {i}" for i in range(8)])
    assert panel.heading.problem == ""
    assert dict(panel.choice.fields[0]["options"])["own"] == "Your batch"
    panel._edit([("acts", 1, 2, 5.0), ("targ", 0, 0, 3)])
    assert (panel.batch.activations[1, 2], panel.batch.targets[0]) == (5, 3)
    assert panel.batch.source.startswith("Changed by you: 1 activation; 1 target.")
    panel.choice.press("undo")
    assert panel.batch.activations == pytest.approx(activations, rel=1e-6)
    panel.choice.set(preset="bears")
    assert panel.choice.values == {"preset": "bears", "rows": 1, "columns": 3}
    panel.choice.set(preset="own")
    assert panel.choice.values == {"preset": "own", "rows": 8, "columns": 60}
    assert panel.choice.said == {}
    assert panel.sheet.rows[1] == "photo 1"
    assert not hidden(panel.result)


def test_infinities_are_numbers_and_come_back_from_the_code() -> None:
    panel = LossPanel(activations=[[np.inf, 0.1], [-np.inf, 3]], targets=[0, 1])
    begin = panel.folds.code.index("acts = ")
    lines = panel.folds.code[begin:].split("\n\n")[0]
    names: dict[str, Any] = {"tensor": np.array}
    exec(lines, names)  # noqa: S102 - that it is the same is the point
    assert names["acts"].tolist() == [[np.inf, 0.1], [-np.inf, 3]]
    assert names["targ"].tolist() == [0, 1]


def test_a_panel_of_a_runs_batch_takes_no_arrays() -> None:
    with pytest.raises(TypeError):
        OwnPanel(activations=[[1, 2]], targets=[0])  # type: ignore[call-arg]


# --- bad input ----------------------------------------------------------------------------------

ROWS, SURE = [[0.9, 0.1], [0.3, 0.7]], [0, 1]
BAD = {
    "no targets": ({"probabilities": ROWS}, "The targets are missing"),
    "no probabilities": ({"targets": SURE}, "The probabilities are missing"),
    "vocab alone": ({"vocab": ["a", "b"]}, "The probabilities are missing"),
    "one dimension": ({"probabilities": [0.9, 0.1], "targets": SURE}, r"shape \(2,\): give \(n, c"),
    "no rows": ({"probabilities": np.zeros((0, 2)), "targets": []}, r"shape \(0, 2\)"),
    "one column": ({"probabilities": [[1.0]], "targets": [0]}, r"shape \(1, 1\)"),
    "ragged": ({"probabilities": [[1.0], [0.5, 0.5]], "targets": SURE}, "can't be read as"),
    "texts": ({"probabilities": [["a", "b"]], "targets": [0]}, "are not numbers, but"),
    "objects": ({"probabilities": [[None, {}]], "targets": [0]}, "are not numbers, but"),
    "nan": ({"probabilities": [[0.5, 0.5], [np.nan, 1]], "targets": SURE}, "Row 1 of .* nan"),
    "infinite": ({"probabilities": [[np.inf, 0]], "targets": [0]}, "Row 0 .* adds up to inf"),
    "activations": ({"probabilities": [[2.0, -1.0]], "targets": [0]}, "take the softmax first"),
    "sum": ({"probabilities": [[0.5, 0.4]], "targets": [0]}, "Row 0 .* adds up to 0.9,"),
    "one-hot targets": ({"probabilities": ROWS, "targets": [[1, 0], [0, 1]]}, r"give \(2,\)"),
    "fewer targets": ({"probabilities": ROWS, "targets": [1]}, r"shape \(1,\), and there are 2 r"),
    "float targets": ({"probabilities": ROWS, "targets": [0.0, 1.0]}, "type float64: give whole"),
    "names as targets": ({"probabilities": ROWS, "targets": ["a", "b"]}, "targets are not numbers"),
    "target too large": ({"probabilities": ROWS, "targets": [0, 2]}, "row 1 is 2, and 2 columns"),
    "target below 0": ({"probabilities": ROWS, "targets": [-1, 0]}, "target of row 0 is -1"),
    "more names": ({"probabilities": ROWS, "targets": SURE, "vocab": "abc"}, "The vocab is 'abc'"),
    "too many": ({"probabilities": ROWS, "targets": SURE, "vocab": [*"abc"]}, "3 names for 2 col"),
    "same names": ({"probabilities": ROWS, "targets": SURE, "vocab": ["a"] * 2}, "'a' stands tw"),
    "no name": ({"probabilities": ROWS, "targets": SURE, "vocab": ["a", ""]}, "Name 1 .* is empty"),
    "number": ({"probabilities": ROWS, "targets": SURE, "vocab": 2}, "The vocab is 2: give a list"),
    "files": ({"probabilities": ROWS, "targets": SURE, "files": ["a"]}, "has 1 name for 2 rows"),
    "one file": ({"probabilities": ROWS, "targets": SURE, "files": "ab"}, "files is 'ab': give"),
    "wide": (
        {"probabilities": np.full((1, MOST_BREEDS + 1), 0.1), "targets": [0]},
        "1,001 classes apart, and 1,000 at most",
    ),
    "both": ({"probabilities": ROWS, "targets": SURE, "learner": object()}, "not several"),
    "no learner": ({"learner": "resnet18"}, "A str is not a fastai Learner"),
    "no interpretation": ({"interpretation": 3}, "A int is not a fastai Interpretation"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cant_be_shown_is_one_sentence(name: str) -> None:
    given, sentence = BAD[name]
    for kind in INTERPRETING:
        with pytest.raises(Problem, match=sentence):
            kind(**given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"activations": [[1, 2]]}, "The targets are missing"),
        ({"activations": [[1, np.nan]], "targets": [0]}, "Row 0 of the activations holds a nan"),
        ({"activations": [[1, 2]], "targets": [2]}, "2 columns have the numbers 0 to 1"),
        ({"activations": np.ones((65, 2)), "targets": [0] * 65}, f"has {MOST_ROWS} rows at most"),
        ({"activations": [[1, 2]], "targets": [0], "names": 3}, "names is 3: give a list of 1 n"),
        (
            {"activations": [[1, 2]], "targets": [0], "names": ["a", "b"]},
            "has 2 names for 1 row",
        ),
    ],
)
def test_a_batch_that_cant_be_shown_is_one_sentence(given: dict[str, Any], sentence: str) -> None:
    for kind in BENCHES:
        with pytest.raises(Problem, match=sentence):
            kind(**given)


@pytest.mark.parametrize("kind", [*INTERPRETING, *BENCHES, RatePanel, TrainPanel])
def test_the_docstring_begins_with_what_a_user_has(kind: type) -> None:
    doc = kind.__doc__ or ""
    places = [doc.index(part) for part in ("Args:", "Attributes:", "Raises:", "Example:")]
    assert places == sorted(places)
    first = doc[places[-1] :].split(">>>")[0]
    assert "your own" in first
