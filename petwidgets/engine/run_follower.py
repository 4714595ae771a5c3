"""Follow a training in the engine: submit it, report its events, stop it, resume it after a crash.

Events are read from the run's folder. A page that is opened again gets all of them, and several
pages, or a page and the command line, can follow the same training. Dask's own events were two
milliseconds faster, but late subscribers missed the earlier ones.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.engine import messages
from petwidgets.engine.queue import log_once, position_and_eta, waits_for_paused
from petwidgets.runs.info import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.engine.client import Engine
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run


log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two reads of the run's folder; its events come five times a second."""

PAUSE = 2.0
"""Seconds between two requests to the engine: for its queue, or whether it answers again."""

LAST_LOOKS = 50
"""How many times `TICK` a follower waits at most for the task to end after the last event."""

TRIES = 3
"""A training has failed when its process died so often without completing an epoch."""


class RunFollower:
    """Submits a run to the engine, and follows it until it ends.

    Args:
        engine: where the run trains.
        run: `queued`; or `running`, perhaps in a process that has died; or ended.
        callback: called in another thread with a list of new events. The last event of all is
            `finished`, `stopped` or `failed`. Two kinds of event are not from the run's log:
            `queued` (`place`, `seconds` as of `position_and_eta`, `paused` as of
            `waits_for_paused`) and `lost` (`sentence`).
        resubmitted: whether the run was submitted before. If so, the follower waits for an engine
            that does not answer; otherwise the run fails.
    """

    def __init__(
        self,
        engine: Engine,
        run: Run,
        callback: Callable[[list[Event]], None],
        *,
        resubmitted: bool = False,
    ) -> None:
        self.engine, self.run = engine, run
        self._callback, self._submitted_before = callback, resubmitted
        self._future: Any = None
        self._attempt = self._position = 0
        self._due = 0.0
        self._waits, self._ended = True, False
        self._wake = threading.Event()
        threading.Thread(target=self._follow, daemon=True, name=f"training {run.id}").start()

    def stop(self) -> None:
        """Request a stop: a queued run ends at once, a running one within about a second.

        Raises:
            Problem: the run's folder can't be written.
        """
        self.run.control.ask_to_stop()
        self._wake.set()

    def _follow(self) -> None:
        while not self._ended and not self.engine.closed:
            try:
                self._poll()
            except messages.Away as away:
                self._emit_lost() if self._submitted_before else self._fail(str(away))
            except Exception as error:  # noqa: BLE001 - the page has to show any error
                self._fail(messages.sentence(error))
            self._wake.wait(TICK)
            self._wake.clear()
        # The last event comes just before the task ends; releasing its future now would cancel it.
        patience = LAST_LOOKS
        while self._future is not None and not self._future.done() and patience:
            patience -= 1
            self._wake.wait(TICK)
        self._release()

    def _poll(self) -> None:
        self._read()
        if self._ended or (self.run.control.asked_to_stop and self._end("stopped")):
            return
        if self._future is not None and self._future.done():
            self._handle_end(self._future)
        elif time.monotonic() >= self._due:
            self._due = time.monotonic() + PAUSE
            if self._future is None:
                self._submit()
            elif self._waits:
                self._emit_position()

    def _read(self) -> None:
        events, self._position = self.run.events_since(self._position)
        if events:
            self._waits = events[-1]["event"] == "died"
            self._ended = events[-1]["event"] in ENDED
            self._emit(*events)

    def _emit(self, *events: Event) -> None:
        try:
            self._callback(list(events))
        except Exception:
            log.exception("an event of run %s was not taken well", self.run.id)

    def _submit(self) -> None:
        """Submit the run, or get the future of the task if it was submitted before."""
        run = self.run.fresh()
        run.require_sound()
        if run.state in ENDED:  # the process died before it wrote the last event
            self._ended = True
            self._emit({"event": run.state, **run.info.get("results", {})})
            return
        with run.control.lock() as free:
            pass
        # Locked and not in this engine's queue: another process trains it. Only follow it then.
        if free or run.id in self.engine.line()[0]:
            self._attempt = run.info.get("attempt", 0)
            self._future = self.engine.submit(run)
            self._submitted_before = True
            self._due = 0.0

    def _handle_end(self, future: Any) -> None:
        """Act on a task that ended, or that the engine has lost."""
        status = future.status
        error = future.exception() if status == "error" else None
        self._release()
        self._due = 0.0
        if error is not None:
            self._handle_death() if messages.is_death(error) else self._fail(
                messages.sentence(error)
            )
        elif status != "finished":
            self._due = time.monotonic() + PAUSE
            self._emit_lost()

    def _emit_lost(self) -> None:
        self._emit({"event": "lost", "sentence": messages.WAITS})

    def _release(self) -> None:
        # Dask would run a task again whose future is held when the worker with its result dies.
        if self._future is not None:
            self._future.release()
        self._future = None

    def _emit_position(self) -> None:
        line, at_once = self.engine.line()
        if self.run.id not in line:  # the scheduler has not received it yet
            return
        try:
            place, seconds = position_and_eta(self.run, line, at_once)
            # Behind a paused run no time is known: only then are the runs ahead read once more.
            paused = seconds is None and waits_for_paused(self.run, line)
        except Exception as error:  # noqa: BLE001 - it reads runs of other users
            log_once(self.run.id, repr(error))
        else:
            event = {"event": "queued", "place": place, "seconds": seconds, "paused": paused}
            self._emit(event)

    def _handle_death(self) -> None:
        """Submit the run again after its worker died, or fail it after too many deaths.

        A queued run loses its task, too, when the worker dies of another training.
        """
        with self.run.control.lock() as ours:
            run = self.run.fresh()
            # Another page that follows the run may have resumed it already.
            if not ours or run.state in ENDED or run.info.get("attempt", 0) != self._attempt:
                return
            if run.state == "queued":
                run.update(attempt=self._attempt + 1)
                return
            epochs = run.info.get("results", {}).get("epochs", 0)
            deaths = run.info.get("deaths", 0) + 1 if run.info.get("died_at") == epochs else 1
            if deaths < TRIES:
                run.update(attempt=self._attempt + 1, deaths=deaths, died_at=epochs)
                run.append({"event": "died", **_death_event(run, deaths)})
                return
        self._fail(messages.DIED_OFTEN)

    def _fail(self, sentence: str) -> None:
        try:
            free = self._end("failed", problem=sentence)
        except Problem as problem:
            log.warning("the end of run %s could not be written: %s", self.run.id, problem)
            free = True
        if free and not self._ended:  # no process is left that could write the event
            self._ended = True
            self._emit({"event": "failed", "problem": sentence})

    def _end(self, state: str, **details: Any) -> bool:
        """Write the end of a run unless a process has locked it; returns whether it was free."""
        with self.run.control.lock() as ours:
            if ours and self.run.fresh().state not in ENDED:
                self.run.end(state, **details)
        self._read()
        return ours


def _death_event(run: Run, deaths: int) -> Event:
    """Details of the event `died`. The second death in the same epoch halves the batch.

    The first one does so, too, if the worker ended itself for want of memory.
    """
    ended_for = str(run.info.get("ended_for", ""))
    if deaths == 1 and not ended_for:
        return {"sentence": "The engine's process died; going on from the last whole epoch."}
    size = run.info.get("batch_size", run.recipe.batch_size)
    size = max(2, min(size, len(run.info.get("train_files", ())) or size) // 2)
    run.update(batch_size=size, ended_for="")
    reason = ended_for or "The engine's process died again, perhaps out of memory"
    sentence = f"{reason}: going on with {counted(size, 'photograph')} a batch."
    return {"batch_size": size, "sentence": sentence}
