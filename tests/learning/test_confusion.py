"""The lessons that interpret a run, against fastai and scikit-learn on the same predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from fastai.interpret import ClassificationInterpretation
from fastai.learner import Learner
from fastai.vision.all import CategoryMap
from sklearn.metrics import classification_report, confusion_matrix

from petwidgets import BreedsPanel, ConfusionPanel, TopLossesPanel
from petwidgets.metrics.confusion import confusion, matrix_of, most_confused
from petwidgets.metrics.per_class import breeds, macro
from petwidgets.metrics.predictions import Interpretation, read
from petwidgets.metrics.top_losses import top_losses
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore
from petwidgets.session.session import Session
from petwidgets.snippets import interpretation as snippets

if TYPE_CHECKING:
    Trained = tuple[Run, list[dict[str, Any]]]

RUNS = [SHIPPED_ID, "recorded-head-5", "recorded-3e-3", "recorded-too-high"]


class Recorded:
    """A learner whose predictions are a run's, so that fastai interprets them as they are."""

    def __init__(self, found: Interpretation) -> None:
        self._found = found

    def get_preds(self, **_: Any) -> tuple[torch.Tensor, ...]:
        found = self._found
        return tuple(map(torch.tensor, (found.probabilities, found.targets, found.predictions)))


def fastais(found: Interpretation) -> ClassificationInterpretation:
    dl = type("Loader", (), {"vocab": CategoryMap(found.vocab, sort=False), "items": found.files})
    return ClassificationInterpretation(Recorded(found), dl(), torch.tensor(found.losses))


@pytest.fixture(params=RUNS)
def found(request: pytest.FixtureRequest) -> Interpretation:
    return read(RunStore().get(request.param))


def test_the_matrix_is_fastais_and_scikit_learns(found: Interpretation) -> None:
    ours = matrix_of(found)
    assert (ours == fastais(found).confusion_matrix()).all()
    labels = range(len(found.vocab))
    assert (ours == confusion_matrix(found.targets, found.predictions, labels=labels)).all()


@pytest.mark.parametrize("min_val", [1, 2, 3, 5, 20])
def test_most_confused_are_fastais_in_its_order(found: Interpretation, min_val: int) -> None:
    ours = most_confused(matrix_of(found), found.vocab, min_val)
    assert ours == fastais(found).most_confused(min_val)


@pytest.mark.parametrize("largest", [True, False])
def test_top_losses_are_fastais(found: Interpretation, largest: bool) -> None:  # noqa: FBT001
    losses, positions = top_losses(found.losses, 30, largest=largest)
    expected, _ = fastais(found).top_losses(30, largest=largest)
    assert (losses == expected.numpy()).all()
    assert (found.losses[positions] == losses).all()
    assert len(set(positions.tolist())) == 30
    assert len(top_losses(found.losses)[0]) == len(found.losses)


def test_every_breed_is_as_in_scikit_learns_report(found: Interpretation) -> None:
    report = classification_report(
        found.targets,
        found.predictions,
        labels=range(len(found.vocab)),
        target_names=found.vocab,
        output_dict=True,
        zero_division=np.nan,
    )
    ours = breeds(matrix_of(found), found.vocab)
    for one in ours:
        row = report[one.breed]
        assert one.support == row["support"]
        for name, value in {
            "recall": one.recall,
            "precision": one.precision,
            "f1-score": one.f1,
        }.items():
            assert value == pytest.approx(row[name], nan_ok=True), (one.breed, name)
    average = report["macro avg"]
    for measure, name in {"recall": "recall", "precision": "precision", "f1": "f1-score"}.items():
        assert macro(ours, measure) == pytest.approx(average[name])


def test_a_breed_never_predicted_or_never_seen_has_no_share() -> None:
    matrix = confusion(np.array([0, 0]), np.array([1, 1]), 3)
    one, other, third = breeds(matrix, ["a", "b", "c"])
    assert (one.recall, other.precision) == (0.0, 0.0)
    assert np.isnan([one.precision, other.recall, third.recall, third.f1]).all()


def test_all_panels_are_opened_without_a_forward_pass(
    baseline: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = baseline
    calls: list[str] = []
    for where, name in ((torch.nn.Module, "__call__"), (Learner, "get_preds")):
        before = getattr(where, name)

        def counted(*args: Any, _before: Any = before, _name: str = name, **more: Any) -> Any:
            calls.append(_name)
            return _before(*args, **more)

        monkeypatch.setattr(where, name, counted)
    torch.nn.Linear(2, 2)(torch.ones(1, 2))
    assert calls == ["__call__"], "they are counted"
    calls.clear()
    session = Session(NoEngine(), RunStore(run.folder.parent.parent))  # type: ignore[arg-type]
    session.runs.chosen_id, session.interpretation.versus_id = run.id, SHIPPED_ID
    for kind in (ConfusionPanel, TopLossesPanel, BreedsPanel):
        panel = kind(session)
        assert panel.heading.problem == ""
        assert run.id in panel.status.value
        assert panel.places, "its photographs are here"
    top = TopLossesPanel(session)
    top.form.set(way="least")
    top.shots._open(0)
    session.interpretation.cell = ("pug", "beagle")
    session.interpretation.versus_id = ""
    assert calls == []


class NoEngine:
    """Whoever asks it for anything fails the test."""

    started = False


def printed(code: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    exec(compile(code, "snippet", "exec"), {"__name__": "__main__"})  # noqa: S102 - as in a cell
    return capsys.readouterr().out.splitlines()


def test_the_code_prints_what_the_panels_show(capsys: pytest.CaptureFixture[str]) -> None:
    found = read(RunStore().get(SHIPPED_ID))
    lines = printed(snippets.confused(SHIPPED_ID, 3), capsys)
    expected = most_confused(matrix_of(found), found.vocab, 3)
    assert lines == [f"{true} {predicted} {n}" for true, predicted, n in expected]

    panel = TopLossesPanel()
    panel.session.runs.chosen_id = SHIPPED_ID
    panel.session.interpretation.cell = ("", "beagle")
    for settings in ({"way": "greatest", "k": 4}, {"way": "random", "k": 3, "seed": 7}):
        panel.form.set(**settings)
        *lines, last = printed(panel.folds.code, capsys)
        assert [line.split()[0] for line in lines] == [row[0] for row in panel.table.rows]
        assert last.split("%")[0] + " %" in panel.said.value

    breeds = BreedsPanel()
    breeds.session.runs.chosen_id = SHIPPED_ID
    lines = printed(breeds.folds.code, capsys)
    rows = {line[:30].strip(): line[30:].split() for line in lines if line}
    beagle = next(row for row in breeds.table.rows if row[0] == "beagle")
    assert rows["beagle"] == [beagle[3], beagle[1], beagle[5], beagle[6]]

    compared = ConfusionPanel()
    compared.session.runs.chosen_id = SHIPPED_ID
    compared.session.interpretation.versus_id = "recorded-head-5"
    assert compared.change
    lines = printed(compared.folds.code, capsys)
    assert lines[0] == str(compared.change.pairs)
    assert len(lines[1].split()) - 1 == len(compared.change.better) == compared.change.pairs.second
