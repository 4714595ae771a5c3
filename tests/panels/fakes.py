"""What stands in for an engine, so that panels are tested without processes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import traitlets

from petwidgets.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.runs.store import Run

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
        again: bool = False,
    ) -> None:
        self.run, self.stopped, self._heard, self.again = run, False, heard, again

    def heard(self, *events: dict[str, Any]) -> None:
        self._heard(list(events))

    def stop(self) -> None:
        self.stopped = True


class FakeEngine:
    """Answers at once, in a thread of its own, with what it is given."""

    started, own = True, True

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.answer: dict[str, Any] | None = None
        self.problem = ""
        self.waiting: list[str] = []

    def line(self) -> tuple[list[str], int]:
        return self.waiting, 1

    def quick(self, name: str, *args: Any, done: Callable[[Any, str], None]) -> None:
        self.asked.append((name, *args))
        in_a_thread(lambda: done(self.answer, self.problem))


class OurSession(Session):
    """Takes what looks like a training for one."""

    follower = FakeTraining  # type: ignore[assignment]
    training = traitlets.Any(allow_none=True)
