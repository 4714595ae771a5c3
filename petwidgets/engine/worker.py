"""What runs inside the engine's processes: jobs and trainings of `petwidgets.learning`."""

from __future__ import annotations

import math
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from distributed import Worker, get_worker
from distributed.core import Status
from distributed.worker import thread_state

from petwidgets.common import processes
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.common.logs import keep_log
from petwidgets.engine.memory_watch import Watch
from petwidgets.engine.messages import Refusal
from petwidgets.jobs import process
from petwidgets.jobs import train as jobs
from petwidgets.jobs.job import implements
from petwidgets.runs.info import ENDED
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.jobs.job import Job

P = ParamSpec("P")
R = TypeVar("R")

DONE, ELSEWHERE = "done", "elsewhere"

_under_way: set[Run] = set()


def _leave_word(said: str) -> None:
    """Let the page of a training know why its process is gone."""
    for run in [*_under_way]:
        with suppress(Problem):  # the page says that it is gone, then, and not why
            run.update(ended_for=said)


watch = Watch(_leave_word)
"""Of this process's memory."""

WORK: dict[str, Job[..., jobs.Results]] = {
    "training": jobs.train,
    "rates": jobs.search,
    "folds": jobs.find,
}
"""What does a run's work, by its kind; their first three arguments are the same."""

TIME_IS_UP = (
    "A visitor's training has the engine for {} at most: it was stopped then, and what its last"
    " whole epoch left is kept."
)

SECONDS_BETWEEN_LOOKS = 0.05
"""Stop is looked for in every layer, which is too often for a file system across a network."""


def dask_setup(service: Any) -> None:
    """Called by Dask as a worker, nanny or scheduler starts: end it soon after its parent.

    Dask does so for a worker through a pipe, but whatever else the parent started holds that pipe
    open too; a page's engine would outlive its page, a gigabyte each.
    """
    keep_log()
    if isinstance(service, Worker) or processes.PARENT in os.environ:
        processes.go_with_parent(lambda: os._exit(1))
    if isinstance(service, Worker):
        watch.begin()


def call(job: Job[P, R], args: Any, kwargs: Any) -> R | Refusal:
    """Run a job; torch is imported at the first that needs it."""
    try:
        return job.load()(*args, **kwargs)
    except Problem as problem:
        return Refusal(str(problem))


def train(folder: Path) -> str:
    """Train a run, or go on with one whose process has died; all that happens is in its folder.

    Returns:
        `ELSEWHERE` if another process trains it, else `DONE`.

    Raises:
        Problem: as `petwidgets.learning.train.train.train`.
    """
    run, stop = Run(folder), _stop(Run(folder))
    if not folder.is_dir():
        raise Problem(
            f"The engine does not see {folder}: give it the same PETWIDGETS_HOME as the page, in a"
            " place that both reach."
        )
    # A page that looks whether it is being trained has the lock for a moment, hence a second.
    with run.lock(patience=1.0) as ours:
        if not ours:
            return ELSEWHERE
        if run.state in ENDED:  # Dask has lost the result of this task, and runs it again
            return DONE
        run.update(state="running")
        work = WORK[run.kind].load()  # seconds, at first
        if stop():
            run.end("stopped")
            return DONE
        _under_way.add(run)
        try:
            work(run.fresh(), lambda _event: None, stop)
        finally:
            _under_way.discard(run)
        return DONE


def _stop(run: Run) -> Callable[[], bool]:
    worker, key = get_worker(), thread_state.key
    looked, asked = 0.0, False
    late = time.monotonic() + _seconds_left(run)

    def unwanted() -> bool:
        # The task of a page that is gone gets cancelled, but its thread goes on: it has to look.
        # A worker that is closing itself has no tasks either; that run is taken up again.
        task = worker.state.tasks.get(key)
        gone = task is None or task.state == "cancelled"
        return gone and bool(worker.status == Status.running)

    def stop() -> bool:
        nonlocal looked, asked
        watch.require_room()
        if not asked and time.monotonic() - looked >= SECONDS_BETWEEN_LOOKS:
            looked = time.monotonic()
            if looked >= late and not run.asked_to_stop:
                run.ask_to_stop(TIME_IS_UP.format(counted(run.info["turn"]["minutes"], "minute")))
            asked = run.asked_to_stop or unwanted()
        return asked

    return stop


def _seconds_left(run: Run) -> float:
    """How long it may have the engine; a pause in this process counts, too."""
    turn = run.info.get("turn")
    return max(0.0, float(turn["until"]) - run.seconds) if turn else math.inf


def line(dask_scheduler: Any) -> tuple[list[str], int]:
    """Ids of the runs that train or wait, as the scheduler gives them out, and how many at once."""
    trainings = [
        task
        for task in dask_scheduler.tasks.values()
        if "train" in (task.resource_restrictions or ()) and task.state in WAITING
    ]
    ids = [run_of(task.key) for task in sorted(trainings, key=lambda task: task.priority)]
    workers = dask_scheduler.workers.values()
    return ids, max(1, int(sum(worker.resources.get("train", 0) for worker in workers)))


WAITING = ("queued", "no-worker", "waiting", "processing")
"""States of a task that is not done; one that is being worked on is `processing`, too."""


def key_of(run: Run) -> str:
    """The task's name: who submits the same attempt again gets hold of the same task."""
    return f"{run.id}:{run.info.get('attempt', 0)}"


def run_of(key: str) -> str:
    """The id of the run that `key_of` made this name for."""
    return key.rpartition(":")[0]


@implements(process.process_id)
def process_id() -> int:
    """This worker's process, to watch its memory or its death."""
    return os.getpid()
