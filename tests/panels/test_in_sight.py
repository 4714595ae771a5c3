"""A lesson draws what has changed once it is in sight, and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from petwidgets import RatePanel, TrainPanel
from petwidgets.panels.base import Panel
from petwidgets.recipes.presets import make
from petwidgets.widgets.fields import slider
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from fakes import OurSession

EPOCH = {"event": "epoch", "t": 1.0, "train_loss": 2.0, "valid_loss": 1.0, "error_rate": 0.5}


class Counting(Panel):
    key = "counting"

    def __init__(self, session: OurSession, *, asks: bool = False) -> None:
        super().__init__(session)
        self.drawn: list[str] = []
        self.follow(["data.pattern", "runs.chosen_id"], self._draw, asks=asks)
        self.follow("versus_id", self._draw_run, of=session.interpretation)

    def _draw(self) -> None:
        self.drawn.append(self.session.data.pattern)

    def _draw_run(self) -> None:
        self.drawn.append(self.session.interpretation.versus_id)


def test_a_panel_by_itself_draws_at_once(session: OurSession) -> None:
    panel = Counting(session)
    session.data.pattern = "(.)"
    assert panel.drawn[-1] == "(.)"
    assert len(panel.drawn) == 3


def test_what_changed_out_of_sight_is_drawn_once_in_order(session: OurSession) -> None:
    session.lesson = "counting"
    panel = Counting(session)
    panel.drawn.clear()
    session.lesson = "train"
    session.interpretation.versus_id = "recorded-head-5"
    for pattern in ("(.)", "(..)", "(...)"):
        session.data.pattern = pattern
    assert panel.drawn == []
    session.lesson = "browse"
    assert panel.drawn == []
    session.lesson = "counting"
    assert panel.drawn == ["recorded-head-5", "(...)"]
    session.lesson = "train"
    session.lesson = "counting"
    assert len(panel.drawn) == 2, "nothing has changed"


@pytest.mark.parametrize(("asks", "drawn"), [(False, 2), (True, 1)])
def test_the_first_drawing_waits_where_it_asks_for_work(
    session: OurSession, *, asks: bool, drawn: int
) -> None:
    session.lesson = "train"
    panel = Counting(session, asks=asks)
    assert len(panel.drawn) == drawn
    session.lesson = "counting"
    assert len(panel.drawn) == 2


def test_what_asks_for_work_is_drawn_whenever_it_comes_into_sight(session: OurSession) -> None:
    session.lesson = "counting"
    panel = Counting(session, asks=True)
    panel.drawn.clear()
    for lesson in ("train", "browse", "counting"):
        session.lesson = lesson
    assert panel.drawn == [session.data.pattern], "once"


def test_a_panel_of_the_app_that_a_cell_shows_is_in_sight(session: OurSession) -> None:
    session.lesson = "train"
    panel = Counting(session)
    session.data.pattern = "(.)"
    assert "(.)" not in panel.drawn
    panel._repr_mimebundle_()
    assert panel.drawn[-1] == "(.)"
    session.data.pattern = "(..)"
    assert panel.drawn[-1] == "(..)"


def test_a_training_draws_nothing_while_another_lesson_is_in_sight(session: OurSession) -> None:
    session.lesson = "train"
    panel = TrainPanel(session)
    session.training.train(make("baseline"))
    session.lesson = "browse"
    for n in range(1, 4):
        session.training.hear([{**EPOCH, "epoch": n}])
    assert panel.live.table.rows == []
    session.lesson = "train"
    assert [row[0] for row in panel.live.table.rows] == ["1", "2", "3"]


def test_a_sentence_stays_while_other_lessons_change_their_settings(session: OurSession) -> None:
    session.lesson = "rate"
    panel = RatePanel(session)
    panel.form.set(at="fast")
    problem = panel.heading.problem
    assert problem
    session.lesson = "train"
    session.settings = {**session.settings, "batch": {"nrows": 2}}
    session.lesson = "rate"
    assert panel.heading.problem == problem


class Turning(Panel):
    """Shows a trait of the session's interpretation in a slider that can't show all of it."""

    key = "turning"

    def __init__(self, session: OurSession) -> None:
        super().__init__(session)
        self.form = Form([slider("turn", "Turn", 0, 45)])
        self.bind(
            self.form,
            session.interpretation,
            "looked_at",
            lambda looked_at: {"turn": int(looked_at or 0)},
            lambda values, before: f"{values['turn']}" if before else "1",
        )


def test_a_bound_form_says_what_a_person_says(session: OurSession) -> None:
    session.lesson = "turning"
    panel = Turning(session)
    session.interpretation.looked_at = "30"
    assert panel.form["turn"] == 30
    panel.form.values = {"turn": 20}
    assert session.interpretation.looked_at == "20"


def test_a_bound_form_does_not_say_what_it_is_shown(session: OurSession) -> None:
    session.lesson = "turning"
    panel = Turning(session)
    session.interpretation.looked_at = "60"
    assert panel.form["turn"] == 45, "its field goes no further"
    assert session.interpretation.looked_at == "60", "nobody said 45"
    session.lesson = "train"
    session.interpretation.looked_at = "12"
    assert panel.form["turn"] == 45, "out of sight"
    session.lesson = "turning"
    assert panel.form["turn"] == 12
