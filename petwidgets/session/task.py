"""Background work of a page: its state, its progress, and how to stop it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from traitlets import Any, Dict, HasTraits, Tuple, Unicode

from petwidgets.common.errors import sentence
from petwidgets.data.download.archive import Stopped
from petwidgets.runs.info import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from petwidgets.runs.events import Event


class Task(HasTraits):
    """Work that goes on while the page is used. Traits change in threads; the page receives them.

    A function is run in a thread by `start`. A run in the engine, or a learner, is the
    `worker`, and its events come to `hear`.
    """

    state = Unicode(help="as of `Run.state`; empty before the first")
    progress = Tuple(default_value=(0, 0), help="done and total, in units of the work")
    problem = Unicode(help="why the last one failed, was broken off or could not start")
    event = Dict(help="the last event, its own or of the moment")
    worker = Any(allow_none=True, help="what works and can be asked to `stop`")

    def __init__(self) -> None:
        super().__init__()
        self._stop = threading.Event()
        self._over = threading.Event()

    @property
    def under_way(self) -> bool:
        """Whether it works or waits for its turn."""
        return self.state not in ("", *ENDED)

    def begin(self) -> None:
        """Wait for work, and forget what the last one said."""
        self._stop.clear()
        self._over.clear()
        self.state = "queued"  # first: without its events the last one's end is no end
        self.clear()

    def forget(self) -> None:
        """Be as before the first."""
        self.state = ""
        self.clear()

    def clear(self) -> None:
        """Show nothing of what the last one said."""
        self.event, self.problem, self.progress = {}, "", (0, 0)

    def stop(self) -> None:
        """Ask it to end."""
        self._stop.set()
        if self.worker is not None:
            self.worker.stop()

    # --- a function in a thread ---

    def start(self, work: Callable[[], None], name: str) -> None:
        """Call `work` in a thread, after `begin`.

        It calls `report`, and ends soon after `stopping` is true.
        """
        self.state = "running"
        threading.Thread(target=self._run, args=(work,), daemon=True, name=name).start()

    def wait(self, seconds: float) -> None:
        """Wait for the end of a function that is under way."""
        if self.under_way:
            self._over.wait(seconds)

    def report(self, done: int, total: int) -> None:
        """Tell how far the work is."""
        self.progress = (done, total)

    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stop.is_set()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
            end = "finished"
        except Stopped as stopped:
            self.problem, end = str(stopped), "stopped"
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            self.problem, end = sentence(error), "failed"
        self.state = end
        self._over.set()

    # --- what tells of itself by events ---

    def hear(self, events: Sequence[Event]) -> None:
        """Take in events of the worker."""
        last = events[-1]
        kind = last["event"]
        self.event, self.problem = last, self._why(last)
        if kind not in ("queued", "lost"):
            self.state = kind if kind in ENDED else "running"

    def _why(self, event: Event) -> str:
        """What a page says of an end that came neither by itself nor by a person."""
        stopped = event["event"] == "stopped"
        return str(event.get("problem", "") or (event.get("sentence", "") if stopped else ""))
