"""What a panel does with a result of the engine's, or without one."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest
from fakes import in_a_thread

from petwidgets.common.errors import UNEXPECTED, Problem
from petwidgets.panels.base import Panel
from petwidgets.widgets.fields import number
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from fakes import OurSession


@pytest.fixture
def panel(session: OurSession) -> Panel:
    return Panel(session)


def test_a_result_is_shown_in_the_thread_that_brings_it(panel: Panel) -> None:
    future: Future[int] = Future()
    shown: list[tuple[int, str]] = []
    failed: Future[int] = Future()
    failed.set_exception(Problem("It is empty."))
    panel.when(failed, pytest.fail)
    assert panel.heading.problem == "It is empty."
    panel.when(future, lambda found: shown.append((found, threading.current_thread().name)))
    assert not shown
    in_a_thread(lambda: future.set_result(3))
    [(found, name)] = shown
    assert (found, panel.heading.problem) == (3, "")
    assert name != threading.current_thread().name


def test_a_result_that_is_there_already_is_shown_at_once(panel: Panel) -> None:
    future: Future[int] = Future()
    future.set_result(3)
    shown: list[int] = []
    panel.when(future, shown.append)
    assert shown == [3]


def test_what_a_press_was_refused_for_stays_until_the_next_press(panel: Panel) -> None:
    form = Form([number("p", "p", 0.5, 0, 1)])
    form.observe(panel.guarded(lambda _: None), "values")

    def refuse() -> None:
        raise Problem("Choose a run first.")

    panel.guarded(refuse)()
    for answer in (1, 2):
        future: Future[int] = Future()
        panel.when(future, lambda found: form.set(p=1 / found))
        future.set_result(answer)
        assert panel.heading.problem == "Choose a run first."
    panel.guarded(lambda: None)()
    assert panel.heading.problem == ""


def test_a_problem_is_said_after_what_failed_is_undone(panel: Panel) -> None:
    future: Future[int] = Future()
    undone: list[str] = []
    panel.when(future, pytest.fail, failed=lambda: undone.append(panel.heading.problem))
    future.set_exception(Problem("It is empty."))
    assert (undone, panel.heading.problem) == ([""], "It is empty.")


def test_a_problem_may_be_about_something(panel: Panel) -> None:
    future: Future[int] = Future()
    panel.when(future, pytest.fail, about="dog.jpg")
    future.set_exception(Problem("It is empty."))
    assert panel.heading.problem == "dog.jpg: It is empty."


@pytest.mark.parametrize("ends", ["result", "problem"])
def test_what_is_not_wanted_any_more_changes_nothing(panel: Panel, ends: str) -> None:
    future: Future[int] = Future()
    panel.heading.problem = "of another thing"
    panel.when(future, pytest.fail, failed=lambda: pytest.fail("undone"), wanted=lambda: False)
    if ends == "result":
        future.set_result(3)
    else:
        future.set_exception(Problem("It is empty."))
    assert panel.heading.problem == "of another thing"


def test_what_is_overtaken_changes_nothing(panel: Panel) -> None:
    future: Future[int] = Future()
    panel.heading.problem = "of another thing"
    panel.when(future, pytest.fail, failed=lambda: pytest.fail("undone"))
    future.cancel()
    assert panel.heading.problem == "of another thing"


def test_a_result_that_can_not_be_shown_is_told_and_logged(
    panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    future: Future[dict[str, int]] = Future()
    panel.when(future, lambda found: found["missing"])
    future.set_result({})
    assert panel.heading.problem == UNEXPECTED
    assert "KeyError" in caplog.text


def test_nobody_else_draws_meanwhile(panel: Panel) -> None:
    """Results come in threads, and a panel is drawn by one at a time."""
    future: Future[int] = Future()
    taken: list[bool] = []

    def another() -> None:
        taken.append(panel.session.drawing.acquire(blocking=False))

    panel.when(future, lambda _: in_a_thread(another))
    future.set_result(3)
    assert taken == [False]
