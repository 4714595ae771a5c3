"""Run one request at a time; of the pending ones keep only the newest (for sliders)."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.engine.client import Engine
    from petwidgets.jobs.job import Job

P = ParamSpec("P")
R = TypeVar("R")


class Latest(Generic[P, R]):
    """Sends one request of a job at a time, then the newest of those that arrived meanwhile.

    Args:
        engine: where the job runs.
        job: what is requested.
    """

    def __init__(self, engine: Engine, job: Job[P, R]) -> None:
        self._engine, self._job = engine, job
        self._lock = threading.Lock()
        self._busy = False
        self._next: tuple[Future[R], Callable[[], Future[R]]] | None = None

    def ask(self, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Request the job now, or as soon as the running request is done.

        Returns:
            A future as of `Engine.quick`. A newer request cancels it if it still waits, or if it
            runs and then fails.
        """
        future: Future[R] = Future()
        send = partial(self._engine.quick, self._job, *args, **kwargs)
        with self._lock:
            replaced, self._next = self._next, (future, send) if self._busy else None
            starts, self._busy = not self._busy, True
        if replaced is not None:
            replaced[0].cancel()
        if starts:
            send().add_done_callback(partial(self._finish, future))
        return future

    def _finish(self, future: Future[R], done: Future[R]) -> None:
        with self._lock:
            following, self._next = self._next, None
            self._busy = following is not None
        problem = None if done.cancelled() else done.exception()
        # The problem of an older request would be shown as if the newer one had failed.
        if done.cancelled() or (problem and following):
            future.cancel()
        elif problem:
            future.set_exception(problem)
        else:
            future.set_result(done.result())
        if following is not None:
            newer, send = following
            send().add_done_callback(partial(self._finish, newer))
