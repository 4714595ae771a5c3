"""Questions that follow each other faster than they are answered, as a slider's do."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.engine.client import Engine


class Asking:
    """Asks an engine one question at a time; of those that wait only the newest is asked.

    Args:
        engine: who is asked.
        name: of the function, as in `Engine.quick`.
        done: called in a thread with `(result, "")` or `(None, sentence)`, for each that was asked;
            not for a failure that a newer question has overtaken.
    """

    def __init__(
        self,
        engine: Engine,
        name: str,
        done: Callable[[Any, str], None],
    ) -> None:
        self._engine, self._name, self._done = engine, name, done
        self._lock = threading.Lock()
        self._asked = False
        self._next: tuple[Any, ...] | None = None

    def ask(self, *args: Any) -> None:
        """Ask, now or as soon as the last answer is there."""
        with self._lock:
            if self._asked:
                self._next = args
                return
            self._asked = True
        self._engine.quick(self._name, *args, done=self._answered)

    def _answered(self, result: Any, problem: str) -> None:
        with self._lock:
            following, self._next = self._next, None
            self._asked = following is not None
        if following is None or not problem:  # else it would take the newer question for its own
            self._done(result, problem)
        if following is not None:
            self._engine.quick(self._name, *following, done=self._answered)
