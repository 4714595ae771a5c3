"""A training in the engine: submitted, followed, stopped, and taken up again when its worker died.

What a page is told comes from the run's folder, so that a page that comes back hears all of it, and
two pages, or a page and the command line, may follow the same training. Dask's own events were two
milliseconds faster, but told nothing to who came later.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.engine import messages
from petwidgets.engine.queue import outlook, tell_once
from petwidgets.runs.info import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.engine.client import Engine
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run


log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two looks into the run's folder; its events come five times a second."""

PAUSE = 2.0
"""Seconds between two questions to the engine: its queue, or whether it is there again."""

LAST_LOOKS = 50

TRIES = 3
"""So many deaths of its process without an epoch in between, and a training has failed."""


class RunFollower:
    """Has the engine train a run, and follows it until its end.

    Args:
        engine: where it trains.
        run: `queued`; or `running`, perhaps in a process that has died; or ended.
        heard: called in another thread with a list of what is new; the last event of all is
            `finished`, `stopped` or `failed`. Beside the run's own there are two that are of the
            moment: `queued` (`place`, `seconds` as of `outlook`) and `lost` (`sentence`).
        again: whether the run was submitted before, so that an engine that does not answer is
            waited for.
    """

    def __init__(
        self, engine: Engine, run: Run, heard: Callable[[list[Event]], None], *, again: bool = False
    ) -> None:
        self.engine, self.run, self._heard, self._again = engine, run, heard, again
        self._future: Any = None
        self._attempt = self._position = 0
        self._due = 0.0
        self._waits, self._ended = True, False
        self._wake = threading.Event()
        threading.Thread(target=self._follow, daemon=True, name=f"training {run.id}").start()

    def stop(self) -> None:
        """Ask it to end: at once if it waits, within about a second if it runs.

        Raises:
            Problem: the run's folder can't be written.
        """
        self.run.ask_to_stop()
        self._wake.set()

    def _follow(self) -> None:
        while not self._ended and not self.engine.closed:
            try:
                self._look()
            except messages.Away as away:
                self._lost() if self._again else self._fail(str(away))
            except Exception as error:  # noqa: BLE001 - whatever it is, the page has to hear it
                self._fail(messages.sentence(error))
            self._wake.wait(TICK)
            self._wake.clear()
        # Its last event comes a moment before its task is over; let go of then, it is cancelled.
        patience = LAST_LOOKS
        while self._future is not None and not self._future.done() and patience:
            patience -= 1
            self._wake.wait(TICK)
        self._let_go()

    def _look(self) -> None:
        self._read()
        if self._ended or (self.run.asked_to_stop and self._end("stopped")):
            return
        if self._future is not None and self._future.done():
            self._judge(self._future)
        elif time.monotonic() >= self._due:
            self._due = time.monotonic() + PAUSE
            if self._future is None:
                self._submit()
            elif self._waits:
                self._tell_place()

    def _read(self) -> None:
        events, self._position = self.run.events_since(self._position)
        if events:
            self._waits = events[-1]["event"] == "died"
            self._ended = events[-1]["event"] in ENDED
            self._tell(*events)

    def _tell(self, *events: Event) -> None:
        try:
            self._heard(list(events))
        except Exception:
            log.exception("an event of run %s was not taken well", self.run.id)

    def _submit(self) -> None:
        """Give it to the engine, or get hold of it where the engine has it already."""
        run = self.run.fresh()
        run.require_sound()
        if run.state in ENDED:  # its process died before it could write the last event
            self._ended = True
            self._tell({"event": run.state, **run.info.get("results", {})})
            return
        with run.lock() as free:
            pass
        # Not free and not in this engine's line: another process trains it, and it is followed.
        if free or run.id in self.engine.line()[0]:
            self._attempt = run.info.get("attempt", 0)
            self._future = self.engine.submit(run)
            self._again = True
            self._due = 0.0

    def _judge(self, future: Any) -> None:
        """Its task is over, or the engine knows of it no more."""
        status = future.status
        error = future.exception() if status == "error" else None
        self._let_go()
        self._due = 0.0
        if error is not None:
            self._died() if messages.is_death(error) else self._fail(messages.sentence(error))
        elif status != "finished":
            self._due = time.monotonic() + PAUSE
            self._lost()

    def _lost(self) -> None:
        self._tell({"event": "lost", "sentence": messages.WAITS})

    def _let_go(self) -> None:
        # What is held on to would be computed again when the worker that had it dies.
        if self._future is not None:
            self._future.release()
        self._future = None

    def _tell_place(self) -> None:
        line, at_once = self.engine.line()
        if self.run.id not in line:  # it is still on its way there
            return
        try:
            place, seconds = outlook(self.run, line, at_once)
        except Exception as error:  # noqa: BLE001 - others' runs are read for it
            tell_once(self.run.id, repr(error))
        else:
            self._tell({"event": "queued", "place": place, "seconds": seconds})

    def _died(self) -> None:
        """Its process is gone, or that of another training behind which it waited there."""
        with self.run.lock() as ours:
            run = self.run.fresh()
            # Another page that follows it may have seen to it already.
            if not ours or run.state in ENDED or run.info.get("attempt", 0) != self._attempt:
                return
            if run.state == "queued":
                run.update(attempt=self._attempt + 1)
                return
            kept = run.info.get("results", {}).get("epochs", 0)
            deaths = run.info.get("deaths", 0) + 1 if run.info.get("died_at") == kept else 1
            if deaths < TRIES:
                run.update(attempt=self._attempt + 1, deaths=deaths, died_at=kept)
                run.append({"event": "died", **_smaller(run, deaths)})
                return
        self._fail(messages.DIED_OFTEN)

    def _fail(self, sentence: str) -> None:
        try:
            free = self._end("failed", problem=sentence)
        except Problem as problem:
            log.warning("the end of run %s could not be written: %s", self.run.id, problem)
            free = True
        if free and not self._ended:  # nobody can write it any more
            self._ended = True
            self._tell({"event": "failed", "problem": sentence})

    def _end(self, state: str, **details: Any) -> bool:
        """Write the end of a training, if no process has locked it; returns whether it is so."""
        with self.run.lock() as ours:
            if ours and self.run.fresh().state not in ENDED:
                self.run.end(state, **details)
        self._read()
        return ours


def _smaller(run: Run, deaths: int) -> Event:
    """What to say of a death; the second one in the same epoch halves the batch, too.

    So does the first one where it is known that too much memory was taken.
    """
    ended_for = str(run.info.get("ended_for", ""))
    if deaths == 1 and not ended_for:
        return {"sentence": "The engine's process died; going on from the last whole epoch."}
    size = run.info.get("batch_size", run.recipe.batch_size)
    size = max(2, min(size, len(run.info.get("train_files", ())) or size) // 2)
    run.update(batch_size=size, ended_for="")
    said = ended_for or "The engine's process died again, perhaps out of memory"
    sentence = f"{said}: going on with {counted(size, 'photograph')} a batch."
    return {"batch_size": size, "sentence": sentence}
