"""What a training says while it works: into its run's folder, and to whoever listens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.runs import Run

SECONDS_BETWEEN = 0.2
"""Events of progress come no more often: a page can't show more, and a file need not hold more."""


class Journal:
    """The events of one run. An event is written first and reported then.

    Args:
        run: whose `events.jsonl` grows.
        report: called with each event.
    """

    def __init__(self, run: Run, report: Callable[[dict[str, Any]], None]) -> None:
        self.run, self.report = run, report
        self.began = self.said = time.monotonic()

    def emit(self, event: str, **details: Any) -> None:
        """Write and report one event; `t` is in seconds since the training began.

        Raises:
            Problem: the disk is full.
        """
        entry = {"t": round(time.monotonic() - self.began, 3), "event": event, **details}
        self.run.append(entry)
        self.report(entry)

    def emit_sometimes(self, event: str, *, done: int, of: int, **details: Any) -> None:
        """The same, but only five times a second and at the end."""
        now = time.monotonic()
        if done == of or now - self.said >= SECONDS_BETWEEN:
            self.said = now
            self.emit(event, done=done, of=of, **details)

    def progress(self, stage: str) -> Callable[[int, int], None]:
        """A callback `(done, total)` for work that has no batches of training."""
        return lambda done, total: self.emit_sometimes("progress", stage=stage, done=done, of=total)
