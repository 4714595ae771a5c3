"""The requests of one page to its engine: a few at a time, the others in a line of its own."""

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
    """What comes of it, the work, and the bytes that it keeps until it is done."""

R = TypeVar("R")

FULL = "Too many questions of this page wait for an answer already: wait for some, then ask again."


class QuickQueue:
    """Does work in order, `limits.QUICK` at a time, in threads that end with the last of it.

    An engine answers in the order in which it is asked. A page that asked all at once would have
    every other page wait behind it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._threads = self._bytes = 0

    def submit(self, name: str, work: Callable[[], R], size: int) -> Future[R]:
        """Do work soon, in another thread; where too much waits, the future has that problem.

        Args:
            name: of the thread.
            work: what it returns or raises is the future's.
            size: bytes that it keeps until it is done.
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
        """Cancel what waits."""
        with self._lock:
            left = [*self._waiting]
            self._waiting.clear()
            self._bytes = 0
        for future, _, _ in left:
            future.cancel()

    def _put(self, one: Waiting) -> bool:
        """Have it wait; returns whether another thread is wanted.

        Raises:
            Problem: too many wait, or a limit is no number.
        """
        at_once, most = limits.QUICK.count, limits.WAITING.count
        with self._lock:
            starts = self._threads < at_once
            too_large = self._bytes + one[2] > limits.WAITING_MB.value * limits.MB
            if not starts and (len(self._waiting) >= most or (self._waiting and too_large)):
                raise Problem(FULL)
            self._waiting.append(one)
            self._bytes += one[2]
            self._threads += starts
        return starts

    def _run(self) -> None:
        while one := self._next():
            _do(*one[:2])

    def _next(self) -> Waiting | None:
        with self._lock:
            if not self._waiting:
                self._threads -= 1
                return None
            one = self._waiting.popleft()
            self._bytes -= one[2]
            return one


def _do(future: Future[R], work: Callable[[], R]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - it is the future's, whatever it is
        _fail(future, error)
    else:
        future.set_result(result)


def _fail(future: Future[R], error: Exception) -> None:
    """Set a problem without its traceback, which would hold on to a photograph."""
    future.set_exception(error.with_traceback(None))


def size_of(values: Iterable[Any]) -> int:
    """Bytes of those of the values that are bytes: photographs."""
    return sum(len(value) for value in values if isinstance(value, bytes))
