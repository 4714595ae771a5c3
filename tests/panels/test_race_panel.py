"""The race of rates: who runs, who wins, and what is hidden until one has guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from petwidgets import RatePanel
from petwidgets.jobs.race import Lane, race
from petwidgets.panels.training.race import rates
from petwidgets.recipes.presets import make
from petwidgets.runs.run import Run
from petwidgets.session.lr_finder import Curve

if TYPE_CHECKING:
    from fakes import FakeEngine, OurSession


def test_four_rates_run_or_three_where_two_are_one() -> None:
    assert list(rates(3e-3)) == pytest.approx([3e-3, 3e-4, 3e-2, 0.1])
    assert list(rates(3e-3).values()) == ["yours", "a tenth", "ten times", "the book's"]
    assert rates(0.01) == {0.01: "yours", 0.001: "a tenth", 0.1: "ten times, and the book's"}


@pytest.fixture
def panel(session: OurSession) -> RatePanel:
    """After a search of a head alone, whose hints are not revealed."""
    run = session.store.create(make("baseline"), kind="rates", search={"frozen": True})
    points = tuple((10 ** (-7 + i / 12), 3.0 - i / 50) for i in range(90))
    session.lr_finder.curves = (Curve(run, points, (("valley", 1e-3),), "finished", 32),)
    made = RatePanel(session)
    made.form.set(at="0.003")
    return made


def lanes(best: int = 0) -> list[Lane]:
    """Those of 0.003; the one at `best` comes first."""
    return [
        Lane(rate, (3.0, None, 2.5), None if rate == 0.1 else 2.0, 0.25 if i == best else 0.5)
        for i, rate in enumerate(rates(0.003))
    ]


def from_the_book(panel: RatePanel) -> list[list[str]]:
    return [row for row in panel.hints.rows if "book" in row[2]]


def test_ones_own_rate_is_judged(panel: RatePanel, engine: FakeEngine) -> None:
    assert from_the_book(panel) == [], "not before one has guessed"
    engine.answer = lanes()
    panel.form.press("run_race")
    [(job, run, asked)] = engine.requests
    assert (job, asked) == (race, [*rates(0.003)])
    assert isinstance(run, Run)
    view = panel.race
    assert view.said.value == "Your 0.003 won: 25.0 % error after one epoch."
    assert [(one["name"], one["dashed"]) for one in view.chart.lines] == [
        ("yours", False),
        ("a tenth", True),
        ("ten times", True),
        ("the book's", True),
    ]
    assert view.chart.lines[0]["points"] == [(1, 3.0), (3, 2.5)]  # what is not a number is left out
    assert view.table.rows[3] == ["the book's", "1.00e-01", "2.5000", "no number", "50.0 %"]
    assert len(from_the_book(panel)) == 3


def test_the_winner_is_taken_along(panel: RatePanel, engine: FakeEngine) -> None:
    engine.answer = lanes(best=2)
    panel.form.press("run_race")
    assert panel.race.said.value.startswith("0.03 (ten times) won: 25.0 % error after one epoch.")
    assert "Your 0.003 came to 50.0 %." in panel.race.said.value
    assert panel.chosen == 0.03
    panel.form.press("forget")
    assert panel.race.children == ()


def test_a_tie_is_said(panel: RatePanel, engine: FakeEngine) -> None:
    engine.answer = [Lane(rate, (3.0, 2.0), 2.0, 0.25) for rate in rates(0.003)]
    panel.form.press("run_race")
    assert panel.race.said.value.endswith("Others came as far.")


@pytest.mark.parametrize("what", ["none", "whole", "running"])
def test_what_can_not_race_says_why(
    session: OurSession, panel: RatePanel, engine: FakeEngine, what: str
) -> None:
    [curve] = session.lr_finder.curves
    whole: Any = session.store.create(make("fine-tune"), kind="rates")
    session.lr_finder.curves = {
        "none": (),
        "whole": (Curve(whole, curve.points, curve.hints, "finished", 32),),
        "running": (Curve(curve.run, curve.points, (), "running", 32),),
    }[what]
    panel.form.press("run_race")
    sentence = "let it end, then race" if what == "running" else "search the head alone first"
    assert sentence in panel.heading.problem
    assert engine.requests == []


def test_a_problem_of_the_engine_is_said(panel: RatePanel, engine: FakeEngine) -> None:
    engine.problem = "The features of these photographs are not kept: press Search, then race."
    panel.form.press("run_race")
    assert panel.heading.problem == engine.problem
    assert panel.race.children == ()
