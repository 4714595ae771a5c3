"""What is chosen and what is known: the one source of truth of a page.

Panels show it and change it; they hold no copies. Traits may change in any thread: what is set from
a thread reaches the page.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Dict, Instance, List, Tuple, Unicode, Union, observe

from petwidgets import exchange
from petwidgets.data import dataset as datasets
from petwidgets.lessons.plan import Plan
from petwidgets.lessons.settings import made
from petwidgets.lessons.workbench import Batch, Workbench
from petwidgets.photographs import Photographs
from petwidgets.problem import Problem
from petwidgets.replay import Replay
from petwidgets.runs import ENDED, SHIPPED_ID, Run, RunStore
from petwidgets.searches import Searches
from petwidgets.training import Training
from petwidgets.visits import Visit, VisitStore, strangers

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.engine import Engine
    from petwidgets.lessons.rates import Search
    from petwidgets.recipes import Recipe

log = logging.getLogger(__name__)

KEPT = ("source", "pattern", "run_id", "settings", "shown")
"""Traits that a reload brings back."""

REMARKABLE = ("skipped", "smaller", "died", "resumed", "restarted")
"""Events whose sentence stays on the page until the training's end and after."""

MOST_BATCHES = 400
"""Of a training's `batch` events that a page keeps: a chart shows no more."""

EACH = 2
"""Trainings that a visitor may have under way or waiting, all tabs together."""

IMPORTED = 10
"""Runs that a visitor may have brought along."""


class Session(Photographs, Searches):
    """One visitor's choices and what they led to.

    Args:
        engine: where work runs.
        store: where runs are kept.
    """

    lesson = Unicode(help="the key of the panel that is shown; empty where a panel stands alone")
    settings = Dict(help="what the controls of a panel say, by its key")

    run_id = Unicode(SHIPPED_ID, help="the run that classifies")
    own_batch = Instance(Batch, allow_none=True, help="a model's batch, for the loss workbench")
    runs = List(Instance(Run), help="those that can classify, the newest first")

    training = Union(
        [Instance(Training), Instance(Replay)],
        allow_none=True,
        default_value=None,
        help="the one that was started last, or the replay of one",
    )
    replaying = Bool(
        default_value=False, help="whether `training` is a replay, which trains nothing"
    )
    training_state = Unicode(help="as of `Run.state`, empty before the first")
    training_problem = Unicode(help="why the last one failed, or could not start")
    event = Dict(help="the last event of the training, its own or of the moment")
    epochs = List(Dict(), help="the training's `epoch` events so far")
    batches = Tuple(help="its `batch` events so far, thinned out")
    stages = Tuple(help="its `stage` events of layer groups so far")
    remarks = List(Unicode(), help="what went otherwise than asked: files left out, a death")

    def __init__(self, engine: Engine, store: RunStore) -> None:
        super().__init__()
        self.engine, self.store = engine, store
        self.visit: Visit | None = None
        self.drawing = threading.RLock()
        self._trains = ""
        self.refresh_runs()

    # --- the loss workbench ---

    @property
    def bench(self) -> Workbench:
        """What its panels work on; kept with the settings."""
        try:
            return made(Workbench, self.settings.get("bench", {}))
        except (Problem, TypeError, AttributeError):
            log.warning("the workbench of this session is damaged and begins anew", exc_info=True)
            return Workbench()

    @bench.setter
    def bench(self, bench: Workbench) -> None:
        self.settings = {**self.settings, "bench": bench.to_json()}

    # --- the plan of a training ---

    @property
    def plan(self) -> Plan:
        """What the next training is to be; kept with the settings."""
        try:
            return Plan.from_json(self.settings.get("train", {}))
        except (Problem, TypeError, KeyError, ValueError, AttributeError):
            log.warning("the plan of this session is damaged and begins anew", exc_info=True)
            return Plan()

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self.settings = {**self.settings, "train": plan.to_json()}

    # --- coming back ---

    def arrive(self, identity: str) -> str:
        """Begin or come back to a session: same choices, same runs, a training still under way.

        Args:
            identity: what the page's address says; empty for a new one.

        Returns:
            The session's id.

        Raises:
            Problem: the home can't be written.
        """
        if self.visit is None:
            self.visit = VisitStore(self.store.folder.parent).arrive(identity)
            self._restore(self.visit.state())
            self.observe(self._keep, KEPT)
        return self.visit.id

    def _restore(self, state: dict[str, Any]) -> None:
        self.refresh_runs()
        for name in ("settings", "run_id"):
            if isinstance(state.get(name), type(getattr(self, name))):
                setattr(self, name, state[name])
        source, pattern = state.get("source"), state.get("pattern")
        if isinstance(source, str) and isinstance(pattern, str):
            self.source, self.pattern = source, pattern
            if state.get("shown") and datasets.prepared(source):
                self.read(source, pattern)
        with suppress(Problem):  # it was deleted meanwhile
            self._follow(self._own(str(state.get("training", ""))), again=True)
        found = state.get("curves", [])
        with suppress(Problem):
            self._restore_curves([self._own(str(one)) for one in found])

    def _keep(self, _change: Any = None) -> None:
        if self.visit is None:
            return
        try:
            kept = {name: getattr(self, name) for name in KEPT}
            kept["curves"] = [curve.run.id for curve in self.curves]
            self.visit.keep(**kept, training=self._trains)
        except Problem as problem:
            log.warning("the session can't be kept: %s", problem)

    def seen(self) -> None:
        """The page is still there."""
        if self.visit is not None:
            self.visit.touch()

    # --- runs ---

    def refresh_runs(self) -> None:
        """Look again which runs can classify."""
        self.runs = [run for run in self.store.list() if run.usable and self._may_see(run)]

    def _may_see(self, run: Run) -> bool:
        """Its visitor's, or one that a teacher made in a notebook or on the command line."""
        visitor = run.info.get("visitor", "")
        return not visitor or not strangers() or (visitor == self._visitor)

    @property
    def _visitor(self) -> str:
        return self.visit.visitor if self.visit else ""

    def _own(self, identity: str) -> Run:
        run = self.store.get(identity)
        if not self._may_see(run):
            raise Problem(f"There is no run {identity!r} here: choose another one.")
        return run

    @property
    def run(self) -> Run:
        """The run that classifies.

        Raises:
            Problem: it is gone, or another visitor's.
        """
        return self._own(self.run_id)

    def known(self, identity: str) -> Run:
        """A run of this session's, by its id.

        Raises:
            Problem: it is gone, or another visitor's.
        """
        return self._own(identity)

    def with_epochs(self) -> list[Run]:
        """Runs that one may see and that have predictions on a validation set, the newest first."""
        return [
            run
            for run in self.store.list()
            if run.state != "damaged"
            and self._may_see(run)
            and (run.folder / "validation.safetensors").is_file()
        ]

    def visible_runs(self) -> list[Run]:
        """Trainings that one may see, usable or not, the newest first."""
        runs = [run for run in self.store.list() if self._may_see(run)]
        return [run for run in runs if run.kind == "training"]

    def may_delete(self, run: Run) -> bool:
        """Whether it is one's own: made or brought along by this visitor, or here in a notebook."""
        own = not strangers() or run.info.get("visitor", "") == self._visitor != ""
        return own and run.folder.parent == self.store.folder

    def delete_run(self, identity: str) -> None:
        """Remove a run of one's own.

        Raises:
            Problem: it is not, it is being trained, or gone.
        """
        run = self._own(identity)
        if not self.may_delete(run):
            raise Problem(f"The run {identity} is not yours to delete: it stays.")
        shown = self.training is not None and self.training.run.id == identity
        if shown and not self.replaying:
            self._demand_no_training()
        self.store.delete(identity)
        if shown:
            self._begin(chooses=False)
            self.training, self.training_state, self._trains = None, "", ""
        if self.run_id == identity:
            self.run_id = SHIPPED_ID
        self.refresh_runs()
        self._keep()

    def import_run(self, packed: bytes) -> Run:
        """Take in a run that was exported, here or elsewhere; it is the importing visitor's.

        Raises:
            Problem: it is no sound export, the visitor has too many, or the disk is full.
        """
        if strangers():
            self.arrive("")
            mine = [r for r in self.visible_runs() if r.info.get("visitor") == self._visitor]
            if sum("imported" in run.info for run in mine) >= IMPORTED:
                raise Problem(
                    f"You have imported {IMPORTED} runs already: delete one of them first."
                )
        run = exchange.take(packed, self.store, visitor=self._visitor if strangers() else "")
        self.refresh_runs()
        return run

    # --- training ---

    def train(self, recipe: Recipe, *, goes_on: bool = True, parent: str = "") -> None:
        """Queue a training of the recipe in the engine.

        Args:
            recipe: what is asked.
            goes_on: whether it goes on when this page is closed, if the engine does.
            parent: the id of a run with whose weights it begins.

        Raises:
            Problem: one is under way already, the visitor has too many, or the run can't be
                written.
        """
        self._demand_no_training()
        self._demand_offered(recipe)
        self._follow(self.store.create(recipe, **self._asked(goes_on=goes_on, parent=parent)))

    def find_rate(self, recipe: Recipe, search: Search, *, parent: str = "") -> None:
        """Queue a search of a learning rate for what the recipe trains.

        Raises:
            Problem: as `train`.
        """
        if self.searching:
            raise Problem("A search is under way already: stop it first, or wait for its end.")
        self._demand_offered(recipe)
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
        self._demand_no_training()
        again = Replay(self._own(run.id), self._hear, speed)
        self._begin(chooses=False)
        self.replaying, self.training = True, again
        again.begin()

    def go_on(self) -> None:
        """Have a stopped training go on after its last whole epoch.

        Raises:
            Problem: it was not stopped, or its folder can't be written.
        """
        self._demand_no_training()
        run = self.training.run.fresh() if self.training and not self.replaying else None
        if run is None or run.state != "stopped":
            raise Problem("There is no stopped training to go on with: start one.")
        run.withdraw_stop()
        run = run.update(state="queued", attempt=run.info.get("attempt", 0) + 1)
        run.append({"event": "continued"})  # the last event is an end no more
        self._follow(run)

    def pause_training(self, *, waits: bool) -> None:
        """Have the training wait after its present batch, or go on."""
        if isinstance(self.training, Replay):
            self.training.pause(waits=waits)
        elif self.training is not None:
            self.training.run.ask_to_pause(waits=waits)

    def _demand_no_training(self) -> None:
        under_way = self.training is not None and self.training_state not in ENDED
        if under_way and not self.replaying:
            raise Problem("A training is under way already: stop it first, or wait for its end.")

    def _demand_offered(self, recipe: Recipe) -> None:
        # A recipe may come from a run that was imported, with any folder in it.
        if strangers():
            datasets.demand_offered(recipe.data)

    def _asked(self, *, goes_on: bool, parent: str) -> dict[str, Any]:
        """What a new run's run.json says beside the recipe."""
        if self.dataset is not None:
            self.dataset.demand_breeds()
        asked: dict[str, Any] = {"goes_on": goes_on}
        if parent:
            asked["parent"] = self._own(parent).id
        if strangers():
            self.arrive("")  # its page has done so long since
            others = self._under_way()
            if len(others) >= EACH:
                raise Problem(
                    f"{EACH} of your trainings are under way or wait already: stop one, or wait."
                )
            # The second of one visitor goes behind the first of all others.
            asked |= {"visitor": self._visitor, "priority": -len(others)}
        return asked

    def _under_way(self) -> list[Run]:
        mine = [
            run
            for run in self.store.list()
            if run.state not in ENDED and run.info.get("visitor") == self._visitor
        ]
        line = self.engine.line()[0] if mine else []
        return [run for run in mine if run.id in line]

    def _follow(self, run: Run, *, again: bool = False) -> None:
        self._begin(chooses=run.state not in ENDED)
        self._trains = run.id
        self.training = self.engine.train(run, self._hear, again=again)
        self._keep()

    def _begin(self, *, chooses: bool) -> None:
        """Show nothing yet; the replay that was shown, if one was, tells nothing more."""
        if isinstance(self.training, Replay):
            self.training.close()
        self.replaying, self._chooses = False, chooses
        self.epochs, self.event, self.remarks, self.training_problem = [], {}, [], ""
        self.batches, self.stages = (), ()
        self.training_state = "queued"

    def _hear(self, events: list[dict[str, Any]]) -> None:
        last = events[-1]
        if epochs := [event for event in events if event["event"] == "epoch"]:
            # One that was begun again with smaller batches is told again.
            known = {event["epoch"]: event for event in (*self.epochs, *epochs)}
            self.epochs = [known[number] for number in sorted(known)]
        if batches := [event for event in events if event["event"] == "batch"]:
            self.batches = _thinned((*self.batches, *batches))
        if stages := [event for event in events if event["event"] == "stage" and "groups" in event]:
            self.stages = (*self.stages, *stages)
        if remarks := [str(e["sentence"]) for e in events if e["event"] in REMARKABLE]:
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
                self.run_id = self.training.run.id

    def stop_training(self) -> None:
        """Ask the training to end; what its last whole epoch left is kept."""
        if self.training is not None:
            self.training.stop()

    # --- classification ---

    def classify(self, photo: bytes, done: Callable[[dict[str, Any] | None, str], None]) -> None:
        """Have the chosen run look at a photograph; `done(answer, problem)` comes from a thread.

        Raises:
            Problem: the run is gone.
        """
        self.engine.quick("learning.predict:classify", self.run, photo, done=done)


def _thinned(events: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Every other one, once there are too many."""
    return events if len(events) <= MOST_BATCHES else events[::2]
