"""The questions of one page to its engine: a few at a time, the others in a line of its own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from petwidgets.common import limits
from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Job = Callable[[], None]

log = logging.getLogger(__name__)

FULL = "Too many questions of this page wait for an answer already: wait for some, then ask again."


class QuickLine:
    """Runs jobs in order, `limits.QUICK` at a time, in threads that end with the last of them.

    An engine answers in the order in which it is asked. A page that asked all at once would have
    every other page wait behind it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: deque[tuple[Job, int]] = deque()
        self._threads = self._bytes = 0

    def add(self, name: str, job: Job, size: int) -> None:
        """Run a job soon, in another thread.

        Args:
            name: of the thread.
            job: what it raises goes to the log.
            size: bytes that it keeps until it is run.

        Raises:
            Problem: too many wait.
        """
        at_once, most = limits.QUICK.count, limits.WAITING.count
        with self._lock:
            starts = self._threads < at_once
            too_large = self._bytes + size > limits.WAITING_MB.value * limits.MB
            if not starts and (len(self._jobs) >= most or (self._jobs and too_large)):
                raise Problem(FULL)
            self._jobs.append((job, size))
            self._bytes += size
            self._threads += starts
        if starts:
            threading.Thread(target=self._run, daemon=True, name=name).start()

    def clear(self) -> None:
        """Forget those that wait."""
        with self._lock:
            self._jobs.clear()
            self._bytes = 0

    def _run(self) -> None:
        while job := self._next():
            _do(job)

    def _next(self) -> Job | None:
        with self._lock:
            if not self._jobs:
                self._threads -= 1
                return None
            job, size = self._jobs.popleft()
            self._bytes -= size
            return job


def _do(job: Job) -> None:
    try:
        job()
    except Exception:
        log.exception("an answer of the engine was not taken well")


def size_of(values: Iterable[Any]) -> int:
    """Bytes of those of the values that are bytes: photographs."""
    return sum(len(value) for value in values if isinstance(value, bytes))
