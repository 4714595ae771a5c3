"""The state of one page, its single source of truth.

Panels show and change it, and keep no copies. Traits may be set from any thread; the page receives
them.
"""

from __future__ import annotations

import json
import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from traitlets import Dict, HasTraits, Instance, TraitError, Unicode

from petwidgets.common import errors
from petwidgets.common.errors import Problem
from petwidgets.common.validate import made
from petwidgets.engine.run_follower import RunFollower
from petwidgets.jobs import classify as jobs
from petwidgets.metrics.loss_batch import Batch, Workbench
from petwidgets.recipes.plan import Plan
from petwidgets.runs.replay import Replay
from petwidgets.runs.run import Run
from petwidgets.session.data import DataState
from petwidgets.session.engine_runs import EngineRuns
from petwidgets.session.interpretation import InterpretationState
from petwidgets.session.label_cleaning import LabelCleaningState
from petwidgets.session.lr_finder import KEPT_CURVES, LRFinderState
from petwidgets.session.photographs import VisitPhotographs
from petwidgets.session.runs import VisibleRuns
from petwidgets.session.store import VisitStore, discreet
from petwidgets.session.training import TrainingState

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from petwidgets.engine.client import Engine
    from petwidgets.jobs.classify import Answer
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.store import RunStore
    from petwidgets.session.store import Visit
    from petwidgets.session.task import Task

log = logging.getLogger(__name__)

KEPT = (
    ("data", "source", "source"),
    ("data", "pattern", "pattern"),
    ("data", "shown", "shown"),
    ("data", "followed", "followed"),
    ("runs", "chosen_id", "run_id"),
    ("interpretation", "versus_id", "versus_id"),
    ("interpretation", "cell", "cell"),
    ("interpretation", "looked_at", "looked_at"),
    ("cleaning", "marks", "marks"),
    ("cleaning", "searches", "searches"),
    ("training", "run_id", "training"),
)
"""Part, trait and name in the file of what a reload brings back, beside settings and curves."""

PLAIN = ("runs", "interpretation", "cleaning")
"""Parts whose values are put back as they are, if they are of their kind."""

LISTS = ("costs", "compared")
"""Names in `settings` that stand for a list; the others stand for values by their names."""


def _sound_settings(kept: Any) -> dict[str, Any]:
    """Of the settings in a session's file those that are of their kind; others begin anew."""
    if not isinstance(kept, dict):
        return {}
    kinds = {name: list if name in LISTS else dict for name in kept}
    return {name: own for name, own in kept.items() if isinstance(own, kinds[name])}


class Session(HasTraits):
    """The choices of one visitor, and their results.

    Args:
        engine: where work runs.
        store: where runs are kept.
        follower: has the engine do a run's work, and follows it.

    Attributes:
        data: the photographs, their labels, facts and findings.
        runs: those that may be seen, and the one that classifies.
        interpretation: the run that is looked into.
        training: the training that is followed.
        lr_finder: searches of a learning rate.
        cleaning: decisions about doubtful labels.
        photographs: those that the visitor has brought, and what was said of them.
        visit: the session's file, once it has arrived.
        drawing: held by what draws, for traits are set in several threads.
    """

    lesson = Unicode(help="the key of the panel that is shown; empty where a panel stands alone")
    settings = Dict(help="what the controls of a panel say, by its key")
    model_batch = Instance(Batch, allow_none=True, help="a model's batch, for the loss workbench")

    def __init__(
        self, engine: Engine, store: RunStore, follower: Callable[..., RunFollower] = RunFollower
    ) -> None:
        super().__init__()
        errors.wording = discreet
        self.engine, self.store = engine, store
        self.visit: Visit | None = None
        self._kept: dict[str, Any] = {}
        """What this page read from the session's file, or wrote there last."""
        self._keeping = threading.Lock()
        self.drawing = threading.RLock()
        self.data = DataState(lambda: self.recipe_of(self.plan))
        self.runs = VisibleRuns(store, self.visitor)
        self.interpretation = InterpretationState(self.runs, self.data)
        engine_runs = EngineRuns(engine, follower, self.data, self.runs)
        self.training = TrainingState(engine_runs, self.data, self.runs)
        self.lr_finder = LRFinderState(engine_runs)
        places = self.interpretation.places
        self.cleaning = LabelCleaningState(engine_runs, self.data, self.runs, places)
        for part, name in ((self, "settings"), (self.cleaning, "marks")):
            part.observe(lambda _: self.data.find_leaks(), name)
        self.photographs = VisitPhotographs()
        self.runs.refresh()
        self.observe(lambda _: self._notice_deleted(), "lesson")

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
        plan.recipe(self.data.source, self.data.pattern)  # what can't be asked is not kept
        self.settings = {**self.settings, "train": plan.to_json()}

    def recipe_of(self, plan: Plan) -> Recipe:
        """What a plan makes of the page's photographs, with what was decided about their labels.

        Raises:
            Problem: a setting is out of range.
        """
        recipe = plan.recipe(self.data.source, self.data.pattern)
        return self.cleaning.cleaned(recipe) if plan.cleaned else recipe

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
            state = self.visit.state()
            self._kept = {**self._state(), **state}
            self._restore(state)
            self.observe(self._keep, "settings")
            for part, name, _ in KEPT:
                getattr(self, part).observe(self._keep, name)
            self.lr_finder.observe(self._keep, "worker")
        return self.visit.id

    def visitor(self, *, needed: bool = False) -> str:
        """The public name of the visitor; empty if there is none, and none is needed.

        Raises:
            Problem: the home can't be written.
        """
        if needed:
            self.arrive("")  # the page has done so long since
        return self.visit.visitor if self.visit else ""

    def _restore(self, state: dict[str, Any]) -> None:
        self.runs.refresh()
        self.settings = _sound_settings(state.get("settings"))
        for part, name, key in KEPT:
            if part in PLAIN:
                self._put_back(getattr(self, part), name, state.get(key))
        self._restore_data(state)
        self.cleaning.restore()
        with suppress(Problem):  # it was deleted meanwhile
            self.training.follow(self.runs.get(str(state.get("training", ""))), resubmitted=True)
        self._restore_curves(state.get("curves"))
        self._notice_deleted()

    @staticmethod
    def _put_back(part: HasTraits, name: str, value: Any) -> None:
        value = tuple(value) if isinstance(value, list) else value  # JSON knows no tuples
        if isinstance(value, type(getattr(part, name))):
            with suppress(TraitError):  # it was damaged
                setattr(part, name, value)

    def _restore_data(self, state: dict[str, Any]) -> None:
        source, pattern = state.get("source"), state.get("pattern")
        if isinstance(source, str) and isinstance(pattern, str):
            self.data.settle()  # a lesson that stands already may have begun with the first offer
            self.data.source, self.data.pattern = source, pattern
            if state.get("shown"):
                self.data.read_if_here()
        self._put_back(self.data, "followed", state.get("followed"))

    def _restore_curves(self, ids: Any) -> None:
        searches = []
        known = dict.fromkeys(map(str, ids)) if isinstance(ids, list) else {}
        for identity in [*known][-KEPT_CURVES:]:  # two pages may have kept more
            with suppress(Problem):
                searches.append(self.runs.get(identity))
        self.lr_finder.restore([run for run in searches if run.state != "damaged"])

    def _state(self) -> dict[str, Any]:
        """What is kept, as a file has it."""
        kept = {key: getattr(getattr(self, part), name) for part, name, key in KEPT}
        curves = [curve.run.id for curve in self.lr_finder.curves]
        state = json.dumps({**kept, "settings": self.settings, "curves": curves})
        return dict(json.loads(state))

    def _keep(self, _change: Any = None) -> None:
        """Write what has changed on this page: the session may have another one, in another tab."""
        if self.visit is None:
            return
        with self._keeping:
            now = self._state()
            try:
                self.visit.keep_changes(self._kept, now)
                self._kept = now
            except Problem as problem:
                log.warning("the session can't be kept: %s", problem)

    def seen(self) -> None:
        """The page is still there."""
        if self.visit is not None:
            self.visit.touch()

    # --- runs ---

    def concerns(self, task: Task) -> bool:
        """Whether the run of a task, if it has one, is of the page's photographs and labels."""
        run = getattr(task.worker, "run", None)
        if not isinstance(run, Run) or run.state == "damaged" or isinstance(task.worker, Replay):
            return True
        return self.data.holds(run.recipe)

    def _notice_deleted(self) -> None:
        self.runs.notice_deleted()
        self.interpretation.notice_deleted()

    def delete_run(self, identity: str) -> None:
        """Remove a run of one's own.

        Raises:
            Problem: it is not, it is being trained, or gone.
        """
        run = self.runs.get(identity)
        if not self.runs.may_delete(run):
            raise Problem(f"The run {identity} is not yours to delete: it stays.")
        training = self.training
        shown = training.run is not None and training.run.id == identity
        if shown:
            training.require_none()
        self.store.delete(identity)
        if shown:
            training.forget()
        if self.runs.chosen_id == identity:
            self.runs.chosen_id = ""
        if self.interpretation.versus_id == identity:
            self.interpretation.versus_id = ""
        self.runs.refresh()
        self._keep()

    # --- classification ---

    def classify(self, photo: bytes, run: str = "") -> Future[Answer]:
        """Have a run look at a photograph, by default the chosen one; as `Engine.quick`.

        Raises:
            Problem: the run is gone.
        """
        asked = self.runs.get(run) if run else self.runs.chosen
        return self.engine.quick(jobs.classify, asked, photo)
