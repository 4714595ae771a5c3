"""Report the events of a training: to a callback, and into the run's folder."""

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
"""Least seconds between two progress events: a page can't show more of them, and they would fill
the file."""


class Reporter:
    """Reports the events of a training, and how long it has taken.

    Args:
        report: called with each event.
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        self.last_report = self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds of training so far, without the time between its processes."""
        return time.monotonic() - self._began

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock: the time within the context does not count as training."""
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
        if done == of or now - self.last_report >= SECONDS_BETWEEN:
            self.last_report = now
            self.emit(event, done=done, of=of, **details)

    def progress(self, stage: str) -> Callable[[int, int], None]:
        """A callback `(done, total)` for progress outside of training batches."""
        return lambda done, total: self.emit_sometimes("progress", stage=stage, done=done, of=total)


class EventLog(Reporter):
    """The events of one run. Each is first written, then reported.

    Args:
        run: its `events.jsonl` is appended to. Events of an earlier, killed process are continued.
        report: called with each event.
    """

    def __init__(self, run: Run, report: Report) -> None:
        super().__init__(report)
        self.run = run
        before = list(run.events())
        self.resumes = any(event.get("event") == "started" for event in before)
        self._emitted = {e.get("epoch"): _figures(e) for e in before if e.get("event") == "epoch"}
        self._began = self.last_report - max(map(_seconds, before), default=0.0)

    def emit(self, event: str, **details: Any) -> None:
        """Write and report one event; `t` is in seconds of training.

        Raises:
            Problem: the disk is full.
        """
        entry = {"t": round(self.seconds, 3), "event": event, **details}
        self.run.append(entry)
        self.report(entry)

    def emit_epoch(self, epoch: int, of: int, figures: Results) -> None:
        """Report a complete epoch, unless a repetition of it gave the same figures.

        Raises:
            Problem: the disk is full.
        """
        if self._emitted.get(epoch) != figures:
            self._emitted[epoch] = figures
            self.emit("epoch", epoch=epoch, of=of, **figures)

    def smaller(self, work: str, size: int, *, begun: bool = True) -> None:
        """Report that the memory did not suffice, and the new number of photographs at once.

        Args:
            work: the work that it did not suffice for.
            size: photographs at once from now on.
            begun: whether the work was tried; if not, the lack was estimated beforehand.

        Raises:
            Problem: the disk is full.
        """
        was, going = ("was", "going on") if begun else ("is", "beginning")
        sentence = f"There {was} not enough memory for {work}: {going} with {size}."
        self.emit("smaller", batch_size=size, sentence=sentence)


def _seconds(event: Event) -> float:
    t = event.get("t")  # events that a page writes about a dead process have none
    return float(t) if isinstance(t, int | float) else 0.0


def _figures(event: Event) -> Results:
    return {key: event[key] for key in event if key not in ("t", "event", "epoch", "of")}
