"""Replay a run's events at the original speed, or up to a thousand times faster.

A replay takes the place of a `RunFollower` on a page. It reads the event log and trains nothing.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.runs.info import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run


log = logging.getLogger(__name__)

SPEEDS = (1, 10, 100, 1000)
"""Speeds to choose from."""

FASTEST = 1000.0

LONGEST = 3600.0
"""Maximum of one wait in seconds, because a thread's timeout is limited."""


class Replay:
    """Report a run's events from `begin` on, with the time between them divided by the speed.

    Args:
        run: a run that has ended; it needs no weights.
        callback: called in another thread with a list of the events that are due. The last event is
            `finished`, `stopped` or `failed`; during a pause the latest one is `paused`.
        speed: seconds of the run per second, 1 to 1000; may be changed during the replay.

    Raises:
        Problem: the run is damaged, has not ended, or has no events.
    """

    def __init__(
        self, run: Run, callback: Callable[[list[Event]], None], speed: float = 10.0
    ) -> None:
        self.run, self._callback = run, callback
        self._events = _playable(run)
        self._clock = _Clock(_bounded(speed))
        self._condition = threading.Condition()
        self._telling = threading.RLock()
        self._stopped = self._silent = False

    def begin(self) -> None:
        """Start the replay. Separate from `__init__`, so that a listener can store it first."""
        self._clock = _Clock(self.speed)
        threading.Thread(target=self._play, daemon=True, name=f"replay {self.run.id}").start()

    @property
    def cut(self) -> bool:
        """Whether it was stopped before its end; a stopped training's own end is no cut."""
        return self._stopped

    @property
    def speed(self) -> float:
        """Seconds of the run per second."""
        return self._clock.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._condition:
            self._clock.turn(speed=_bounded(speed))
            self._condition.notify_all()

    @property
    def paused(self) -> bool:
        """Whether the replay is paused."""
        return not self._clock.goes

    def pause(self, *, waits: bool) -> None:
        """Pause the replay (`waits=True`) or continue it."""
        with self._condition:
            self._clock.turn(goes=not waits)
            self._condition.notify_all()

    def stop(self) -> None:
        """End the replay at once, with the event `stopped`; it is `cut` then."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def close(self) -> None:
        """End the replay without an event; `callback` is not called after this returns."""
        self.stop()
        with self._telling:
            self._silent = True

    def _play(self) -> None:
        for due in self._due():
            self._tell(due)
        last = self._events[-1][1]
        if self._stopped:
            self._tell([{"event": "stopped"}])
        elif last["event"] not in ENDED:  # the event log is cut off
            self._tell([{"event": self.run.state, **self.run.info.get("results", {})}])

    def _due(self) -> Iterator[list[Event]]:
        """Yield the events in batches when they are due, and an event for a pause."""
        position = 0
        while position < len(self._events):
            with self._condition:
                waits = not self._clock.goes
                if not waits:
                    self._condition.wait(min(LONGEST, self._clock.until(self._events[position][0])))
                now, stopped = self._clock.now(), self._stopped
            if stopped:
                return
            if waits:
                yield [{"event": "paused", "sentence": "The replay waits."}]
                self._wait_to_go_on()
                continue
            end = position
            while end < len(self._events) and self._events[end][0] <= now:
                end += 1
            if end > position:
                yield [event for _, event in self._events[position:end]]
            position = end

    def _wait_to_go_on(self) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._clock.goes or self._stopped)
            stopped = self._stopped
        if not stopped:
            self._tell([{"event": "unpaused"}])

    def _tell(self, events: list[Event]) -> None:
        with self._telling:
            if self._silent:
                return
            try:
                self._callback(events)
            except Exception:
                log.exception("an event of run %s was not taken well", self.run.id)


class _Clock:
    """The time of a replayed run, which depends on speed and pauses."""

    def __init__(self, speed: float) -> None:
        self.speed, self.goes = speed, True
        self._at, self._since = 0.0, time.monotonic()

    def now(self) -> float:
        passed = time.monotonic() - self._since if self.goes else 0.0
        return self._at + passed * self.speed

    def until(self, t: float) -> float:
        """Real seconds until time `t` of the run; 0 if it has passed."""
        return max(0.0, (t - self.now()) / self.speed)

    def turn(self, *, speed: float | None = None, goes: bool | None = None) -> None:
        self._at, self._since = self.now(), time.monotonic()
        self.speed = self.speed if speed is None else speed
        self.goes = self.goes if goes is None else goes


def _bounded(speed: float) -> float:
    if not math.isfinite(speed):
        raise Problem("A replay's speed is a number from 1 to 1000.")
    return min(max(float(speed), 1.0), FASTEST)


def _playable(run: Run) -> list[tuple[float, Event]]:
    """The events with their times in seconds; one without a time gets the previous one's."""
    run.require_sound()
    if run.state not in ENDED:
        raise Problem(f"The run {run.id} has not ended: it can be replayed once it has.")
    timed, now = [], 0.0
    for event in run.events():
        if not isinstance(event.get("event"), str):
            continue
        t = event.get("t")
        if isinstance(t, int | float) and math.isfinite(t):
            now = max(now, float(t))
        timed.append((now, event))
    if not timed:
        raise Problem(f"Nothing was written of what happened in run {run.id}: replay another one.")
    # A resumed training also has an end event in the middle, at which a page would stop.
    return [
        (t, event)
        for i, (t, event) in enumerate(timed)
        if event["event"] not in ENDED or i == len(timed) - 1
    ]
