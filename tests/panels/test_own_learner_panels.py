"""The controls of RatePanel and TrainPanel for a learner; what it does is in tests/learning."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from petwidgets import Problem, RatePanel, TrainPanel
from petwidgets.recipes.presets import make
from petwidgets.recipes.stage import Stage

if TYPE_CHECKING:
    from fakes import OurSession

    from petwidgets.widgets.form import Form


@pytest.fixture
def learn() -> SimpleNamespace:
    """What is asked of a learner before it works."""
    return SimpleNamespace(dls=None, model=None, fit_one_cycle=None, lr_find=None)


def hidden(form: Form, name: str) -> bool:
    return any(field["name"] == name and field.get("hidden") for field in form.fields)


@pytest.mark.parametrize("kind", [RatePanel, TrainPanel])
@pytest.mark.parametrize("learner", ["resnet18", 3, {}])
def test_what_is_no_learner_is_one_sentence(kind: type[RatePanel], learner: Any) -> None:
    name = type(learner).__name__
    with pytest.raises(Problem, match=f"A {name} is not a fastai Learner that can be trained"):
        kind(learner=learner)


def test_the_stages_follow_the_controls(learn: Any) -> None:
    form = (panel := TrainPanel(learner=learn)).own.form
    form.set(epochs=4, freeze_epochs=2, rate="4e-3")
    first, then = panel.own.recipe().stages
    assert (first.epochs, first.frozen, first.rate) == (2, True, (None, 4e-3))
    assert (then.epochs, then.frozen, then.rate) == (4, False, (2e-5, 2e-3))
    assert panel.folds.code.startswith("learn.fine_tune(4, 0.004, freeze_epochs=2)")
    assert "def fine_tune(" in panel.folds.source
    planned = panel.own.live.rates.lines
    assert len(planned) == 2
    form.set(method="fit_one_cycle", rate="slice(1e-5, 1e-3)")
    assert panel.own.recipe().stages == (Stage(4, frozen=False, rate=(1e-5, 1e-3)),)
    assert panel.folds.code.startswith("learn.fit_one_cycle(4, slice(1e-05, 0.001))")
    assert hidden(form, "freeze_epochs")
    form.set(method="fine_tune", rate="0.01")
    assert not hidden(form, "freeze_epochs")
    assert panel.heading.problem == ""


def test_a_rate_that_is_none_is_a_sentence_also_where_it_was_kept(
    session: OurSession, learn: Any
) -> None:
    panel = TrainPanel(session, learner=learn)
    panel.own.form.set(rate="fast")
    assert "'fast' is not a learning rate" in panel.heading.problem
    again = TrainPanel(session, learner=learn)
    assert "'fast' is not a learning rate" in again.heading.problem
    again.own.form.press("start")
    assert again.own.training.state == ""
    again.own.form.set(rate="slice(1e-3)")
    assert "fine_tune takes one rate" in again.heading.problem
    again.own.form.set(rate="inf")
    assert "A learning rate is a number above 0" in again.heading.problem
    assert TrainPanel(session).recipe() == make("baseline")  # the session's own plan
    assert "train" not in session.settings


def test_a_search_of_a_learner_has_no_photographs_to_choose(learn: Any) -> None:
    panel = RatePanel(learner=learn)
    names = [field["name"] for field in panel.form.fields]
    assert names == ["num_it", "guess", "search", "at", "reveal", "forget"]
    panel.form.set(num_it=60)
    call = ast.parse(panel.folds.code).body[1].value  # type: ignore[attr-defined]
    assert [ast.literal_eval(one) for one in call.args] == [1e-7, 10, 60]
    panel.session.data.source = "/srv/pets"  # is not what is searched
    assert panel.heading.problem == ""


@pytest.mark.parametrize("written", ["", "slice(1e-3, 1e-2)", "nan", "-1", "inf"])
def test_the_chosen_rate_is_one_number(learn: Any, written: str) -> None:
    panel = RatePanel(learner=learn)
    panel.form.set(at=written)
    with pytest.raises(Problem):
        _ = panel.chosen
    panel.form.set(at="3e-4")
    assert panel.chosen == 3e-4
