"""Runs of a page in the engine: what may be asked, whose turn it is, and how one is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common import limits
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data import own_split, sources
from petwidgets.runs.info import ENDED
from petwidgets.runs.quota import check_room
from petwidgets.session.store import multi_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.engine.client import Engine
    from petwidgets.engine.run_follower import RunFollower
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run
    from petwidgets.session.data import DataState
    from petwidgets.session.runs import VisibleRuns

    Follower = Callable[..., RunFollower]

EACH = 2
"""Trainings that a visitor may have under way or waiting, all tabs together."""


class EngineRuns:
    """Creates and follows the runs of trainings, searches of a rate and searches of labels.

    Args:
        engine: where they wait and work.
        follower: has the engine do a run's work, and follows it.
        data: the photographs of the page.
        runs: those that the visitor has.
    """

    def __init__(
        self, engine: Engine, follower: Follower, data: DataState, runs: VisibleRuns
    ) -> None:
        self._engine, self._follower, self._data, self._runs = engine, follower, data, runs

    def follow(
        self, run: Run, hear: Callable[[list[Event]], None], *, resubmitted: bool = False
    ) -> RunFollower:
        """Have the engine do a run's work, and hear of it; `resubmitted` after a reload."""
        return self._follower(self._engine, run, hear, resubmitted=resubmitted)

    def create(self, recipe: Recipe, *, goes_on: bool = True, parent: str = "", **more: Any) -> Run:
        """Write a run in state `queued`.

        Args:
            recipe: what is asked.
            goes_on: whether it goes on when this page is closed, if the engine does.
            parent: the id of a run with whose weights it begins.
            more: for `RunStore.create`.

        Raises:
            Problem: the recipe is not offered here or does not fit, the visitor has too many, or
                the run can't be written.
        """
        self._require_offered(recipe)
        self._require_fitting(recipe, parent)
        if self._data.dataset is not None:
            self._data.dataset.require_breeds()
        info = {**more, "goes_on": goes_on, **self.turn()}
        if parent:
            info["parent"] = self._runs.get(parent).id
        if multi_user():
            check_room(self._runs.store, self._runs.visitor())
        return self._runs.store.create(recipe, **info)

    def turn(self, run: Run | None = None) -> dict[str, Any]:
        """Whose run it is, when it is its turn, and how long that lasts.

        The second one of a visitor goes behind all others. `run` is one that goes on.

        Raises:
            Problem: the visitor has too many.
        """
        if not multi_user():
            return {}
        visitor = self._runs.visitor(needed=True)
        others = self._under_way(visitor)
        if len(others) >= EACH:
            raise Problem(
                f"{EACH} of your trainings are under way or wait already: stop one, or wait."
            )
        minutes = limits.TRAIN_MINUTES.value
        until = 60 * minutes + (run.seconds if run else 0.0)
        turn = {"minutes": minutes, "until": until}
        return {"visitor": visitor, "priority": -len(others), "turn": turn}

    def _under_way(self, visitor: str) -> list[Run]:
        mine = [
            run
            for run in self._runs.store.list()
            if run.owner.visitor == visitor and run.state not in ENDED
        ]
        line = self._engine.line()[0] if mine else []
        return [run for run in mine if run.id in line]

    def _require_offered(self, recipe: Recipe) -> None:
        # A recipe may come from a run that was imported, with any folder in it.
        if not multi_user():
            return
        sources.require_offered(recipe.data)
        if recipe.epochs > limits.EPOCHS.count:
            raise Problem(
                f"A visitor's training has at most {counted(limits.EPOCHS.count, 'epoch')}, not"
                f" {recipe.epochs:,}: make its stages shorter."
            )

    def _require_fitting(self, recipe: Recipe, parent: str) -> None:
        if self._data.dataset is not None and recipe.data == self._data.source and not parent:
            own_split.kept(self._data.dataset, recipe.split)
        if parent and (arch := self._runs.get(parent).recipe.arch) != recipe.arch:
            raise Problem(
                f"The run {parent} has another architecture, {arch}: choose that, or begin with"
                " ImageNet's weights."
            )
