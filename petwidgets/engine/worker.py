"""The code that runs in a worker process: jobs and trainings of `petwidgets.learning`."""

from __future__ import annotations

import math
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import dask
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
from petwidgets.jobs.network import convert
from petwidgets.runs.info import ENDED
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.jobs.job import Job

P = ParamSpec("P")
R = TypeVar("R")

# What Dask keeps to be looked at, which nothing here shows. Its profiler holds an hour of samples:
# hundreds of megabytes where a worker trains all the time. Its logs hold the last 1,000 messages,
# photographs among them, in the page, the scheduler and the worker.
LOGGED = 10
dask.config.set(
    {
        "distributed.worker.profile.enabled": False,
        "distributed.admin.low-level-log-length": LOGGED,
    }
)

DONE, ELSEWHERE = "done", "elsewhere"

_under_way: set[Run] = set()


def _note_reason(reason: str) -> None:
    """Write the reason into each run under way, so that its page can say why the process died."""
    for run in [*_under_way]:
        with suppress(Problem):  # the page then says that the process died, without the reason
            run.update(ended_for=reason)


watch = Watch(_note_reason)
"""Watches this process's memory."""

WORK: dict[str, Job[..., jobs.Results]] = {
    "training": jobs.train,
    "rates": jobs.search,
    "folds": jobs.find,
}
"""The job of each kind of run; their first three arguments are the same."""

TIME_IS_UP = (
    "A visitor's training may take {} at most: it was stopped then, and the weights of its last"
    " whole epoch are kept."
)

SECONDS_BETWEEN_LOOKS = 0.05
"""Least seconds between two reads of the stop file. Trainings check for a stop at every layer, too
often for a network file system."""


def dask_setup(service: Any) -> None:
    """Set up a worker, nanny or scheduler (Dask calls this): make it end soon after its parent.

    Dask ends a worker through a pipe, too. But every other child of the parent holds that pipe
    open, so the engine of a closed page would stay alive with a gigabyte of memory.
    """
    keep_log()
    parent = os.environ.get(processes.PARENT, "")
    if parent or isinstance(service, Worker):
        processes.go_with_parent(lambda: os._exit(1), parent)
    if isinstance(service, Worker):
        watch.begin()


def call(job: Job[P, R], args: Any, kwargs: Any) -> R | Refusal:
    """Run a job. The first job that needs torch imports it."""
    try:
        return job.load()(*args, **kwargs)
    except Problem as problem:
        return Refusal(str(problem))


def train(folder: Path) -> str:
    """Train a run, or resume one whose process has died; all events go to the run's folder.

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
    # Wait a second: a page holds the lock for a moment to check whether the run is trained.
    with run.control.lock(patience=1.0) as ours:
        if not ours:
            return ELSEWHERE
        if run.state in ENDED:  # Dask lost the result of this task and runs it again
            return DONE
        run.update(state="running")
        work = WORK[run.kind].load()  # the first import of torch takes seconds
        if stop():
            run.end("stopped")
            return DONE
        _under_way.add(run)
        try:
            work(run.fresh(), lambda _event: None, stop)
        finally:
            _under_way.discard(run)
    _convert(run.fresh())
    return DONE


def _convert(run: Run) -> None:
    """Have a body that was trained converted to ONNX, in a thread: the next training begins."""
    if run.usable and run.kind == "training" and not run.recipe.frozen_only:
        name = f"convert {run.id}"
        threading.Thread(target=convert.load(), args=(run,), daemon=True, name=name).start()


def _stop(run: Run) -> Callable[[], bool]:
    worker, key, control = get_worker(), thread_state.key, run.control
    last_check, stopped = 0.0, False
    deadline = time.monotonic() + _seconds_left(run)

    def unwanted() -> bool:
        # When a page closes, Dask cancels its task but can't end the thread: the thread checks.
        # A closing worker has no tasks either, but that run will be resumed: do not stop it.
        task = worker.state.tasks.get(key)
        cancelled = task is None or task.state == "cancelled"
        return cancelled and bool(worker.status == Status.running)

    def stop() -> bool:
        nonlocal last_check, stopped
        watch.require_room()
        if not stopped and time.monotonic() - last_check >= SECONDS_BETWEEN_LOOKS:
            last_check = time.monotonic()
            if last_check >= deadline and not control.asked_to_stop:
                limit = counted(run.info["turn"]["minutes"], "minute")
                control.ask_to_stop(TIME_IS_UP.format(limit))
            stopped = control.asked_to_stop or unwanted()
        return stopped

    return stop


def _seconds_left(run: Run) -> float:
    """Seconds that a run may still use the engine, pauses included."""
    turn = run.info.get("turn")
    return max(0.0, float(turn["until"]) - run.seconds) if turn else math.inf


def line(dask_scheduler: Any) -> tuple[list[str], int]:
    """Ids of the runs that train or wait, in scheduling order, and how many train at once."""
    trainings = [
        task
        for task in dask_scheduler.tasks.values()
        if "train" in (task.resource_restrictions or ()) and task.state in WAITING
    ]
    ids = [run_of(task.key) for task in sorted(trainings, key=lambda task: task.priority)]
    workers = dask_scheduler.workers.values()
    return ids, max(1, int(sum(worker.resources.get("train", 0) for worker in workers)))


WAITING = ("queued", "no-worker", "waiting", "processing")
"""Dask's states of a task that is not done; a running one is `processing`."""


def key_of(run: Run) -> str:
    """The key of a run's Dask task; submitting the same attempt again gives the same task."""
    return f"{run.id}:{run.info.get('attempt', 0)}"


def run_of(key: str) -> str:
    """The id of the run with this task key (inverse of `key_of`)."""
    return key.rpartition(":")[0]


@implements(process.process_id)
def process_id() -> int:
    """The process id of this worker, to watch its memory or its death."""
    return os.getpid()
