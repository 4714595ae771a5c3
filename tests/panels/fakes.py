"""What stands in for an engine, so that panels are tested without processes."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.jobs.job import Job
    from petwidgets.runs.run import Run
    from petwidgets.runs.store import RunStore

WAIT = 30
"""Seconds after which a condition that never comes fails the test."""


def in_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(WAIT)
    assert not thread.is_alive()


class FakeTraining:
    """Stands in for `petwidgets.engine.run_follower.RunFollower`."""

    def __init__(
        self,
        _engine: Any,
        run: Run,
        heard: Callable[[list[dict[str, Any]]], None],
        *,
        resubmitted: bool = False,
    ) -> None:
        self.run, self.stopped, self._heard, self.resubmitted = run, False, heard, resubmitted

    def heard(self, *events: dict[str, Any]) -> None:
        self._heard(list(events))

    def stop(self) -> None:
        self.stopped = True


class Answered(Future[Any]):
    """A result or a problem that is there at once, and is told in a thread."""

    def __init__(self, result: Any, problem: str = "") -> None:
        super().__init__()
        if problem:
            self.set_exception(Problem(problem))
        else:
            self.set_result(result)

    def add_done_callback(self, told: Callable[[Future[Any]], object]) -> None:
        in_a_thread(lambda: (told(self), None)[1])


class FakeEngine:
    """Answers at once with what it is given, or what a function that it is given makes of it."""

    started, own = True, True

    def __init__(self) -> None:
        self.requests: list[tuple[Any, ...]] = []
        self.answer: Any = None
        self.problem = ""
        self.waiting: list[str] = []

    def line(self) -> tuple[list[str], int]:
        return self.waiting, 1

    def quick(self, job: Job[..., Any], *args: Any) -> Future[Any]:
        self.requests.append((job, *args))
        answer = self.answer(*args) if callable(self.answer) else self.answer
        return Answered(answer, self.problem)


class OurSession(Session):
    """Follows no run: a test says what its engine tells."""

    def __init__(self, engine: Any, store: RunStore) -> None:
        super().__init__(engine, store, FakeTraining)
