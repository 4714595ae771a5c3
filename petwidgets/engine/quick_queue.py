"""The queue of one page's quick jobs: a few run in the engine, the others wait in the page."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from petwidgets.common import limits
from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Waiting = tuple[Future[Any], Callable[[], Any], int]
    """The future, the work, and the bytes that it holds until it is done."""

R = TypeVar("R")

FULL = "This page waits for too many answers already: wait for some, then ask again."


class QuickQueue:
    """Runs work in order, `limits.QUICK` pieces at a time; its threads end when nothing waits.

    An engine answers in the order of the requests. If a page sent all of its requests at once,
    every other page would wait for them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._threads = self._bytes = 0

    def submit(self, name: str, work: Callable[[], R], size: int) -> Future[R]:
        """Queue work for another thread. If too much waits, the future holds a `Problem`.

        Args:
            name: of the thread.
            work: called without arguments; its result or exception becomes the future's.
            size: bytes that it holds until it is done.
        """
        future: Future[R] = Future()
        try:
            starts = self._put((future, work, size))
        except Problem as problem:
            _fail(future, problem)
            return future
        if starts:
            threading.Thread(target=self._run, daemon=True, name=name).start()
        return future

    def clear(self) -> None:
        """Cancel all waiting work."""
        with self._lock:
            waiting = [*self._waiting]
            self._waiting.clear()
            self._bytes = 0
        for future, _, _ in waiting:
            future.cancel()

    def _put(self, item: Waiting) -> bool:
        """Append an item to the queue; returns whether to start another thread.

        Raises:
            Problem: too many wait, or a limit is not a number.
        """
        at_once, max_waiting = limits.QUICK.count, limits.WAITING.count
        with self._lock:
            starts = self._threads < at_once
            too_large = self._bytes + item[2] > limits.WAITING_MB.value * limits.MB
            if not starts and (len(self._waiting) >= max_waiting or (self._waiting and too_large)):
                raise Problem(FULL)
            self._waiting.append(item)
            self._bytes += item[2]
            self._threads += starts
        return starts

    def _run(self) -> None:
        while item := self._next():
            _do(*item[:2])

    def _next(self) -> Waiting | None:
        with self._lock:
            if not self._waiting:
                self._threads -= 1
                return None
            item = self._waiting.popleft()
            self._bytes -= item[2]
            return item


def _do(future: Future[R], work: Callable[[], R]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - any error belongs to the future
        _fail(future, error)
    else:
        future.set_result(result)


def _fail(future: Future[R], error: Exception) -> None:
    """Set an exception without its traceback, which would keep a photograph in memory."""
    future.set_exception(error.with_traceback(None))


def size_of(values: Iterable[Any]) -> int:
    """Total size of those values that are bytes (photographs)."""
    return sum(len(value) for value in values if isinstance(value, bytes))
