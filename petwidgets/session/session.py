"""The state of one page, its single source of truth.

Panels show and change it, and keep no copies. Traits may be set from any thread; the page receives
them.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from traitlets import Dict, Instance, TraitError, Unicode

from petwidgets.common import errors
from petwidgets.common.errors import Problem
from petwidgets.common.validate import made
from petwidgets.data import dataset as datasets
from petwidgets.jobs import classify as jobs
from petwidgets.metrics.loss_batch import Batch, Workbench
from petwidgets.recipes.plan import Plan
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.session.label_cleaning import LabelCleaningState
from petwidgets.session.store import VisitStore, discreet
from petwidgets.session.training import TrainingState

if TYPE_CHECKING:
    from concurrent.futures import Future

    from petwidgets.engine.client import Engine
    from petwidgets.jobs.classify import Answer
    from petwidgets.runs.store import RunStore

log = logging.getLogger(__name__)

KEPT = (
    *("source", "pattern", "run_id", "interpreted_id", "versus_id", "cell", "looked_at"),
    *("settings", "shown", "marks", "searches"),
)
"""Traits that a reload brings back."""


LISTS = ("costs", "compared")
"""Names in `settings` that stand for a list; the others stand for values by their names."""


def _sound_settings(kept: Any) -> dict[str, Any]:
    """Of the settings in a session's file those that are of their kind; others begin anew."""
    if not isinstance(kept, dict):
        return {}
    kinds = {name: list if name in LISTS else dict for name in kept}
    return {name: own for name, own in kept.items() if isinstance(own, kinds[name])}


class Session(LabelCleaningState, TrainingState):
    """The choices of one visitor, and their results.

    Args:
        engine: where work runs.
        store: where runs are kept.
    """

    lesson = Unicode(help="the key of the panel that is shown; empty where a panel stands alone")
    settings = Dict(help="what the controls of a panel say, by its key")
    own_batch = Instance(Batch, allow_none=True, help="a model's batch, for the loss workbench")

    def __init__(self, engine: Engine, store: RunStore) -> None:
        super().__init__()
        errors.wording = discreet
        self.engine, self.store = engine, store
        self.drawing = threading.RLock()
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
        plan.recipe(self.source, self.pattern)  # what can't be asked is not kept
        self.settings = {**self.settings, "train": plan.to_json()}

    @property
    def split(self) -> str:
        """How the next training splits its photographs, as of `Recipe.split`."""
        return self.plan.split

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
        self.settings = _sound_settings(state.get("settings"))
        plain = ("run_id", "interpreted_id", "versus_id", "looked_at")
        for name in (*plain, "marks", "searches"):
            if isinstance(state.get(name), type(getattr(self, name))):
                setattr(self, name, state[name])
        with suppress(TraitError, TypeError):  # it was damaged
            self.cell = tuple(state.get("cell", self.cell))
        source, pattern = state.get("source"), state.get("pattern")
        if isinstance(source, str) and isinstance(pattern, str):
            self.settle()  # a lesson that stands already may have begun with what is offered first
            self.source, self.pattern = source, pattern
            if state.get("shown"):
                self._read_again()
        self._restore_folds()
        with suppress(Problem):  # it was deleted meanwhile
            self._follow(self.known(str(state.get("training", ""))), again=True)
        found = state.get("curves", [])
        searches = []
        for one in found if isinstance(found, list) else []:
            with suppress(Problem):
                searches.append(self.known(str(one)))
        self._restore_curves([run for run in searches if run.state != "damaged"])

    def _read_again(self) -> None:
        """Read what was shown; the rest comes back, too, where that may be read no longer."""
        try:
            if datasets.prepared(self.source):
                self.read(self.source, self.pattern)
        except Problem as problem:
            self.dataset_problem = str(problem)

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

    def delete_run(self, identity: str) -> None:
        """Remove a run of one's own.

        Raises:
            Problem: it is not, it is being trained, or gone.
        """
        run = self.known(identity)
        if not self.may_delete(run):
            raise Problem(f"The run {identity} is not yours to delete: it stays.")
        shown = self.training is not None and self.training.run.id == identity
        if shown and not self.replaying:
            self._require_no_training()
        self.store.delete(identity)
        if shown:
            self._begin(chooses=False)
            self.training, self.training_state, self._trains = None, "", ""
        if self.run_id == identity:
            self.run_id = SHIPPED_ID
        if self.interpreted_id == identity:
            self.interpreted_id = SHIPPED_ID
        if self.versus_id == identity:
            self.versus_id = ""
        self.refresh_runs()
        self._keep()

    # --- classification ---

    def classify(self, photo: bytes) -> Future[Answer]:
        """Have the chosen run look at a photograph; as `Engine.quick`.

        Raises:
            Problem: the run is gone.
        """
        return self.engine.quick(jobs.classify, self.run, photo)
