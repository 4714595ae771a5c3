"""The training of a page: start, follow, pause, resume, stop and replay."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from traitlets import Dict, Instance, List, Tuple, Unicode, Union, observe

from petwidgets.common import limits
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data import dataset as datasets
from petwidgets.data import own_split
from petwidgets.data.inventory import plan_inventory
from petwidgets.engine.run_follower import RunFollower
from petwidgets.metrics.epochs import figures
from petwidgets.recipes.recipe import MOST_STAGES
from petwidgets.runs.info import ENDED
from petwidgets.runs.quota import check_room
from petwidgets.runs.replay import Replay
from petwidgets.session.data import DataState
from petwidgets.session.interpretation import InterpretationState
from petwidgets.session.lr_finder import LRFinderState
from petwidgets.session.runs import VisibleRuns
from petwidgets.session.store import multi_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.engine.client import Engine
    from petwidgets.metrics.lr_suggest import Search
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run

REMARKABLE = (
    *("inventory", "skipped", "changed", "smaller", "died", "resumed", "restarted"),
    "stopped",
)
"""Events whose sentence stays on the page until the training's end and after."""

MOST_BATCHES = 400
"""Of a training's `batch` events that a page keeps: a chart shows no more."""

EACH = 2
"""Trainings that a visitor may have under way or waiting, all tabs together."""


class TrainingState(InterpretationState, DataState, LRFinderState, VisibleRuns):
    """State of the training that a page follows.

    A part of `Session`, which sets `engine` and `store`, and keeps what a reload brings back.
    """

    training = Union(
        [Instance(RunFollower), Instance(Replay)],
        allow_none=True,
        default_value=None,
        help="the one that was started last, or the replay of one",
    )
    training_state = Unicode(help="as of `Run.state`, empty before the first")
    training_problem = Unicode(help="why the last one failed, or could not start")
    event = Dict(help="the last event of the training, its own or of the moment")
    epochs = List(Dict(), help="the training's `epoch` events so far")
    batches = Tuple(help="its `batch` events so far, thinned out")
    stages = Tuple(help="its `stage` events of layer groups so far")
    remarks = List(Unicode(), help="what went otherwise than asked: files left out, a death")

    engine: Engine
    _trains = ""
    _keep: Callable[[], None]

    @property
    def replaying(self) -> bool:
        """Whether `training` is a replay, which trains nothing."""
        return isinstance(self.training, Replay)

    def train(
        self,
        recipe: Recipe,
        *,
        goes_on: bool = True,
        parent: str = "",
        incomplete_ok: bool = False,
    ) -> None:
        """Queue a training of the recipe in the engine.

        Args:
            recipe: what is asked.
            goes_on: whether it goes on when this page is closed, if the engine does.
            parent: the id of a run with whose weights it begins.
            incomplete_ok: whether it may leave out much of the set.

        Raises:
            IncompleteError: it would, and may not.
            Problem: one is under way already, the visitor has too many, or the run can't be
                written.
        """
        self._require_no_training()
        self._require_offered(recipe)
        self._require_fitting(recipe, parent)
        if self.dataset is not None and not incomplete_ok and self._is_about(recipe):
            plan_inventory(self.dataset, recipe).require_enough()
        asked = self._asked(goes_on=goes_on, parent=parent)
        self._follow(self.store.create(recipe, incomplete_ok=incomplete_ok, **asked))

    def find_rate(self, recipe: Recipe, search: Search, *, parent: str = "") -> None:
        """Queue a search of a learning rate for what the recipe trains.

        Raises:
            Problem: as `train`.
        """
        if self.searching:
            raise Problem("A search is under way already: stop it first, or wait for its end.")
        self._require_offered(recipe)
        self._require_fitting(recipe, parent)
        asked = self._asked(goes_on=True, parent=parent)
        self._follow_search(self.store.create(recipe, kind="rates", search=asdict(search), **asked))
        self._keep()

    def replay(self, run: Run, speed: float = 10.0) -> None:
        """Show a run that has ended once more, as if it were trained now.

        It chooses no run, waits in no line and is forgotten with the page. `training.speed` may be
        set while it plays.

        Args:
            run: it need have no weights.
            speed: seconds of the run in one second, 1 to 1000.

        Raises:
            Problem: a training is under way, or the run is another visitor's, damaged, or not over.
        """
        self._require_no_training()
        again = Replay(self.known(run.id), self._hear, speed)
        self._begin(chooses=False)
        self.training = again
        again.begin()

    def go_on(self) -> None:
        """Have a stopped training go on after its last whole epoch.

        Raises:
            Problem: it was not stopped, or its folder can't be written.
        """
        self._require_no_training()
        run = self.training.run.fresh() if self.training and not self.replaying else None
        if run is None or run.state != "stopped":
            raise Problem("There is no stopped training to go on with: start one.")
        turn = self._turn(run)
        run.withdraw_stop()
        run.append({"event": "continued"})  # the last event is an end no more
        attempt = run.info.get("attempt", 0) + 1
        run = run.update(state="queued", attempt=attempt, sentence="", **turn)
        self._follow(run)

    def pause_training(self, *, waits: bool) -> None:
        """Have the training wait after its present batch, or go on."""
        if isinstance(self.training, Replay):
            self.training.pause(waits=waits)
        elif self.training is not None:
            self.training.run.ask_to_pause(waits=waits)

    def _require_no_training(self) -> None:
        under_way = self.training is not None and self.training_state not in ENDED
        if under_way and not self.replaying:
            raise Problem("A training is under way already: stop it first, or wait for its end.")

    def _require_offered(self, recipe: Recipe) -> None:
        # A recipe may come from a run that was imported, with any folder in it.
        if not multi_user():
            return
        datasets.require_offered(recipe.data)
        if recipe.epochs > limits.EPOCHS.count:
            raise Problem(
                f"A visitor's training has at most {counted(limits.EPOCHS.count, 'epoch')}, not"
                f" {recipe.epochs:,}: make its stages shorter."
            )

    def _asked(self, *, goes_on: bool, parent: str) -> dict[str, Any]:
        """What a new run's run.json says beside the recipe."""
        if self.dataset is not None:
            self.dataset.require_breeds()
        asked: dict[str, Any] = {"goes_on": goes_on}
        if parent:
            asked["parent"] = self.known(parent).id
        turn = self._turn()
        if multi_user():
            check_room(self.store, self._visitor)
        return {**asked, **turn}

    def _turn(self, run: Run | None = None) -> dict[str, Any]:
        """Whose run it is, when it is its turn, and how long that lasts.

        The second one of a visitor goes behind all others. `run` is one that goes on.

        Raises:
            Problem: the visitor has too many.
        """
        if not multi_user():
            return {}
        self.arrive("")  # its page has done so long since
        others = self._under_way()
        if len(others) >= EACH:
            raise Problem(
                f"{EACH} of your trainings are under way or wait already: stop one, or wait."
            )
        minutes = limits.TRAIN_MINUTES.value
        until = 60 * minutes + (run.seconds if run else 0.0)
        turn = {"minutes": minutes, "until": until}
        return {"visitor": self._visitor, "priority": -len(others), "turn": turn}

    def _is_about(self, recipe: Recipe) -> bool:
        return (recipe.data, recipe.pattern) == (self.source, self.pattern)

    def _require_fitting(self, recipe: Recipe, parent: str) -> None:
        if self.dataset is not None and recipe.data == self.source and not parent:
            own_split.kept(self.dataset, recipe.split)
        if parent and (arch := self.known(parent).recipe.arch) != recipe.arch:
            raise Problem(
                f"The run {parent} has another architecture, {arch}: choose that, or begin with"
                " ImageNet's weights."
            )

    def _under_way(self) -> list[Run]:
        mine = [
            run
            for run in self.store.list()
            if run.owner.visitor == self._visitor and run.state not in ENDED
        ]
        line = self.engine.line()[0] if mine else []
        return [run for run in mine if run.id in line]

    def _follow(self, run: Run, *, again: bool = False) -> None:
        self._begin(chooses=run.state not in ENDED)
        self._trains = run.id
        self.training = self.follower(self.engine, run, self._hear, again=again)
        self._keep()

    def _begin(self, *, chooses: bool) -> None:
        """Show nothing yet; the replay that was shown, if one was, tells nothing more."""
        if isinstance(self.training, Replay):
            self.training.close()
        self._chooses = chooses
        self.training_state = "queued"  # first: without its epochs the last one's end is no end
        self.epochs, self.event, self.remarks, self.training_problem = [], {}, [], ""
        self.batches, self.stages = (), ()

    def _hear(self, events: list[Event]) -> None:
        last = events[-1]
        if epochs := [event for event in events if event["event"] == "epoch"]:
            # One that was begun again with smaller batches is told again.
            self.epochs = figures((*self.epochs, *epochs))
        if stages := [event for event in events if event["event"] == "stage" and "groups" in event]:
            self.stages = (*self.stages, *stages)[-MOST_STAGES:]
        if batches := [event for event in events if event["event"] == "batch"]:
            self.batches = thinned((*self.batches, *batches))
        if remarks := [str(e["sentence"]) for e in events if _remarkable(e)]:
            self.remarks = [*self.remarks, *remarks]
        self.event = last
        self.training_problem = last.get("problem", "")
        if last["event"] not in ("queued", "lost"):
            self.training_state = last["event"] if last["event"] in ENDED else "running"

    @observe("training_state")
    def _ended(self, _change: Any) -> None:
        if self.training_state in ENDED and self.training is not None:
            self.refresh_runs()
            if self._chooses and self.training.run.fresh().usable:
                self.run_id = self.interpreted_id = self.training.run.id

    def stop_training(self) -> None:
        """Ask the training to end; what its last whole epoch left is kept."""
        if self.training is not None:
            self.training.stop()


def _remarkable(event: Event) -> bool:
    return event["event"] in REMARKABLE and "sentence" in event


def thinned(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Every other one and the last, as often as there are too many."""
    while len(events) > MOST_BATCHES:
        events = (*events[:-1:2], events[-1])
    return events
