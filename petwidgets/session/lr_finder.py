"""Searches of a learning rate: the one under way, and the curves of those before."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from traitlets import Tuple

from petwidgets.common.errors import Problem
from petwidgets.runs.info import ENDED
from petwidgets.runs.run import Run
from petwidgets.runs.store import recorded_searches
from petwidgets.session.task import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.metrics.lr_suggest import Search
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event
    from petwidgets.session.engine_runs import EngineRuns

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
    def recorded(self) -> bool:
        """Whether it comes with the package."""
        return isinstance(self.run, Run) and not self.run.made_here

    @property
    def frozen(self) -> bool:
        """Whether only the head was trained."""
        search = self.run.info.get("search", {}) if isinstance(self.run, Run) else {}
        return bool(search.get("frozen", True))


class Curves(Task):
    """The curves of searches of a learning rate; the task is the last search."""

    curves = Tuple(help="a `Curve` each, the newest last")

    def hear(self, events: Sequence[Event]) -> None:
        """Take in events of the search."""
        *before, last = self.curves
        self.curves = (*before, last.heard(events))
        super().hear(events)

    def add(self, curve: Curve) -> None:
        """Begin a curve over those before."""
        self.begin()
        self.curves = (*self.curves, curve)[-KEPT_CURVES:]

    def require_none(self) -> None:
        """Pass where no search is under way.

        Raises:
            Problem: one is.
        """
        if self.under_way:
            raise Problem("A search is under way already: stop it first, or wait for its end.")

    def forget(self) -> None:
        """Show no curves any more; the runs stay."""
        if self.under_way:
            raise Problem("A search is under way: stop it first.")
        super().forget()
        self.curves = ()


@lru_cache(maxsize=1)
def recorded_curves() -> tuple[Curve, ...]:
    """Curves that come with the package, to look at before the first search."""
    return tuple(Curve(run).heard(run.events()) for run in recorded_searches())


class LRFinderState(Curves):
    """Searches for what a recipe trains, each a run in the engine.

    Args:
        engine_runs: creates and follows the run.
    """

    def __init__(self, engine_runs: EngineRuns) -> None:
        super().__init__()
        self._engine_runs = engine_runs

    def find(self, recipe: Recipe, search: Search, *, parent: str = "") -> None:
        """Queue a search of a learning rate for what the recipe trains.

        Raises:
            Problem: one is under way already, or as `EngineRuns.create`.
        """
        self.require_none()
        settings = asdict(search)
        run = self._engine_runs.create(recipe, parent=parent, kind="rates", search=settings)
        self.follow(run)

    def follow(self, run: Run, *, resubmitted: bool = False) -> None:
        """Show a run's search from now on; `resubmitted` after a reload."""
        self.add(Curve(run))
        self.worker = self._engine_runs.follow(run, self.hear, resubmitted=resubmitted)

    def restore(self, runs: Sequence[Run]) -> None:
        """Bring back what a reload took; one under way is followed again."""
        for run in runs:
            if run.state in ENDED:
                self.curves = (*self.curves, Curve(run).heard(run.events()))
        for run in runs:
            if run.state not in ENDED:
                with suppress(Problem):
                    self.follow(run, resubmitted=True)
