"""Searches of a learning rate: the one under way, and the curves of those before."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from traitlets import Any as Anything
from traitlets import Dict, HasTraits, Tuple, Unicode

from petwidgets.common.errors import Problem
from petwidgets.engine.run_follower import RunFollower
from petwidgets.runs.info import ENDED
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.events import Event

KEPT_CURVES = 6
"""Curves of a session that are shown over each other; older ones give way."""


@dataclass(frozen=True)
class LearnerSearch:
    """What stands for the run where a user's own learner is searched: there is none."""

    id: str


@dataclass(frozen=True)
class Curve:
    """What a search has found so far.

    Args:
        run: whose `search` says what was asked.
        points: (rate, smoothed loss), None where the loss was no number.
        hints: rates by who suggests them, once it has ended.
        state: as of `Run.state`.
        batch_size: photographs of a batch, which are fewer than asked where there are fewer; 0
            until it is known.
        diverged: whether it ended by itself, the loss at four times its least.
    """

    run: Run | LearnerSearch
    points: tuple[tuple[float, float | None], ...] = ()
    hints: tuple[tuple[str, float], ...] = ()
    state: str = "queued"
    batch_size: int = 0
    diverged: bool = False

    def heard(self, events: Sequence[Event]) -> Curve:
        """With what these events add."""
        curve = self
        for event in events:
            if event["event"] == "started":  # again, where its process had died
                curve = replace(curve, points=(), state="running")
            elif event["event"] == "rate":
                new = tuple((float(rate), loss) for rate, loss in event.get("points", ()))
                curve = replace(curve, points=curve.points + new, state="running")
            elif "batch_size" in event:
                curve = replace(curve, batch_size=int(event["batch_size"]))
            elif event["event"] == "resumed":
                curve = replace(curve, points=())
            elif event["event"] in ENDED:
                hints = tuple(event.get("hints", {}).items())
                diverged = bool(event.get("diverged"))
                curve = replace(curve, hints=hints, state=event["event"], diverged=diverged)
        return curve

    @property
    def frozen(self) -> bool:
        """Whether only the head was trained."""
        asked = self.run.info.get("search", {}) if isinstance(self.run, Run) else {}
        return bool(asked.get("frozen", True))


def why_ended(event: Event) -> str:
    """What a page says of a search that ended otherwise than by itself or by a person."""
    stopped = event["event"] == "stopped"
    return str(event.get("problem", "") or (event.get("sentence", "") if stopped else ""))


class LRFinderState(HasTraits):
    """What a session knows of them. Traits change in threads."""

    follower: ClassVar[type[RunFollower]] = RunFollower
    """What has the engine do a run's work, and follows it."""

    search = Anything(allow_none=True, help="the `RunFollower` that follows the last one")
    search_event = Dict(help="its last event")
    search_problem = Unicode(help="why it failed, or could not start")
    curves = Tuple(help="a `Curve` each, the newest last")

    @property
    def searching(self) -> bool:
        """Whether one is under way."""
        return bool(self.curves) and self.curves[-1].state not in ENDED and self.search is not None

    def _follow_search(self, run: Run, *, again: bool = False) -> None:
        self.search_event, self.search_problem = {}, ""
        self.curves = (*self.curves, Curve(run))[-KEPT_CURVES:]
        engine = self.engine  # type: ignore[attr-defined]
        self.search = self.follower(engine, run, self._hear_search, again=again)

    def _hear_search(self, events: list[Event]) -> None:
        *before, last = self.curves
        self.curves = (*before, last.heard(events))
        self.search_event = events[-1]
        self.search_problem = why_ended(events[-1])

    def stop_search(self) -> None:
        """Ask it to end; the curve so far is kept."""
        if self.search is not None:
            self.search.stop()

    def forget_curves(self) -> None:
        """Show no curves any more; the runs stay."""
        if self.searching:
            raise Problem("A search is under way: stop it first.")
        self.curves, self.search_event, self.search_problem = (), {}, ""

    def _restore_curves(self, runs: Sequence[Run]) -> None:
        """Bring back what a reload took; one under way is followed again."""
        for run in runs:
            if run.state in ENDED:
                self.curves = (*self.curves, Curve(run).heard(run.events()))
        for run in runs:
            if run.state not in ENDED:
                with suppress(Problem):
                    self._follow_search(run, again=True)
