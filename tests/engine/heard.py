"""Trainings that are followed event by event, and what is asked of an engine."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Any, TypeVar

import psutil

from petwidgets.engine.run_follower import RunFollower
from petwidgets.jobs.process import process_id
from petwidgets.runs.info import ENDED

if TYPE_CHECKING:
    from petwidgets.engine.client import Engine
    from petwidgets.jobs.job import Job
    from petwidgets.runs.run import Run

R = TypeVar("R")

PATIENCE = 60.0
"""Seconds that an event is waited for before a test fails: a busy machine is no failure."""

LONG = 100_000
"""Epochs of a training that goes on until it is stopped or killed."""


class Heard:
    """What a training says, awaited event by event; those of the moment are kept apart."""

    def __init__(self, engine: Engine, run: Run, *, resubmitted: bool = False) -> None:
        self.events: list[dict[str, Any]] = []
        self.of_the_moment: list[dict[str, Any]] = []
        self.times: list[float] = []
        self._arriving: queue.Queue[tuple[float, dict[str, Any]]] = queue.Queue()
        self.training = RunFollower(engine, run, self._hear, resubmitted=resubmitted)

    def _hear(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self._arriving.put((time.monotonic(), event))

    def until(self, *kinds: str) -> dict[str, Any]:
        """Wait for the next event of one of these kinds."""
        while True:
            arrived, event = self._arriving.get(timeout=PATIENCE)
            if event["event"] in ("queued", "lost"):
                self.of_the_moment.append(event)
            else:
                self.events.append(event)
                self.times.append(arrived)
            if event["event"] in kinds:
                return event

    def end(self) -> dict[str, Any]:
        return self.until(*ENDED)

    @property
    def run(self) -> Run:
        return self.training.run.fresh()

    @property
    def silent(self) -> bool:
        """Whether it has said nothing but its place since it was last waited for."""
        return all(event["event"] == "queued" for _, event in self._arriving.queue)


def ask(engine: Engine, job: Job[..., R], *args: Any) -> R:
    """A quick work's result."""
    return engine.quick(job, *args).result(PATIENCE)


def problem_of(engine: Engine, job: Job[..., Any], *args: Any) -> str:
    """What is said about a quick work that fails; empty: it does not."""
    return str(engine.quick(job, *args).exception(PATIENCE) or "")


def worker_of(engine: Engine) -> psutil.Process:
    return psutil.Process(ask(engine, process_id))
