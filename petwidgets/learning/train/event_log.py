"""What a training says while it works: into its run's folder, and to whoever listens."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from petwidgets.jobs.train import Report, Results
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run

SECONDS_BETWEEN = 0.2
"""Events of progress come no more often: a page can't show more, and a file need not hold more."""


class Reporter:
    """Reports the events of a training, and how long it has taken.

    Args:
        report: called with each event.
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        self.said = self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the training has taken so far, without what lay between its processes."""
        return time.monotonic() - self._began

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stand still: what passes within is no time of training."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._began += time.monotonic() - began

    def emit(self, event: str, **details: Any) -> None:
        """Report one event; `t` is in seconds of training."""
        self.report({"t": round(self.seconds, 3), "event": event, **details})

    def emit_sometimes(self, event: str, *, done: int, of: int, **details: Any) -> None:
        """The same, but only five times a second and at the end."""
        now = time.monotonic()
        if done == of or now - self.said >= SECONDS_BETWEEN:
            self.said = now
            self.emit(event, done=done, of=of, **details)

    def progress(self, stage: str) -> Callable[[int, int], None]:
        """A callback `(done, total)` for work that has no batches of training."""
        return lambda done, total: self.emit_sometimes("progress", stage=stage, done=done, of=total)


class EventLog(Reporter):
    """The events of one run. An event is written first and reported then.

    Args:
        run: whose `events.jsonl` grows. What a process that was killed wrote there is gone on from.
        report: called with each event.
    """

    def __init__(self, run: Run, report: Report) -> None:
        super().__init__(report)
        self.run = run
        before = list(run.events())
        self.resumes = any(event.get("event") == "started" for event in before)
        self._told = {e.get("epoch"): _figures(e) for e in before if e.get("event") == "epoch"}
        self._began = self.said - max(map(_seconds, before), default=0.0)

    def emit(self, event: str, **details: Any) -> None:
        """Write and report one event; `t` is in seconds of training.

        Raises:
            Problem: the disk is full.
        """
        entry = {"t": round(self.seconds, 3), "event": event, **details}
        self.run.append(entry)
        self.report(entry)

    def emit_epoch(self, epoch: int, of: int, figures: Results) -> None:
        """Tell of a whole epoch, once: not again when it had to be repeated and came out the same.

        Raises:
            Problem: the disk is full.
        """
        if self._told.get(epoch) != figures:
            self._told[epoch] = figures
            self.emit("epoch", epoch=epoch, of=of, **figures)

    def smaller(self, what: str, size: int, *, begun: bool = True) -> None:
        """Tell that the memory did not suffice, and how many photographs at once it is now.

        Args:
            what: it did not suffice for.
            size: photographs.
            begun: whether that was tried, and not only told before.

        Raises:
            Problem: the disk is full.
        """
        did, going = ("did", "going on") if begun else ("does", "beginning")
        sentence = f"The memory {did} not suffice for {what}: {going} with {size}."
        self.emit("smaller", batch_size=size, sentence=sentence)


def _seconds(event: Event) -> float:
    t = event.get("t")  # what a page writes of a process that died has none
    return float(t) if isinstance(t, int | float) else 0.0


def _figures(event: Event) -> Results:
    return {key: event[key] for key in event if key not in ("t", "event", "epoch", "of")}
