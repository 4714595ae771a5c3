"""The training of a page: start, follow, pause, resume, stop and replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Unicode, observe

from petwidgets.common.errors import Problem
from petwidgets.data.inventory import plan_inventory
from petwidgets.runs.info import ENDED
from petwidgets.runs.replay import Replay
from petwidgets.session.training_progress import TrainingProgress

if TYPE_CHECKING:
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run
    from petwidgets.session.data import DataState
    from petwidgets.session.engine_runs import EngineRuns
    from petwidgets.session.runs import VisibleRuns

REPEATED = {"parent": "", "incomplete_ok": False, "goes_on": True}
"""Settings of a training beside its recipe, kept when it is repeated."""


class TrainingState(TrainingProgress):
    """The training that a page follows; its `worker` is a `RunFollower`, or the `Replay` of a run.

    Args:
        engine_runs: creates and follows the run.
        data: the photographs of the page.
        runs: where the run is chosen once it can classify, if it is the better one.
    """

    run_id = Unicode(help="the id of the run that is followed; empty before the first")

    def __init__(
        self,
        engine_runs: EngineRuns,
        data: DataState,
        runs: VisibleRuns,
    ) -> None:
        super().__init__()
        self._engine_runs, self._data = engine_runs, data
        self._runs = runs
        self._chooses = False

    @property
    def replaying(self) -> bool:
        """Whether a replay is shown, which trains nothing."""
        return isinstance(self.worker, Replay)

    @property
    def run(self) -> Run | None:
        """The run that is followed or replayed; None before the first."""
        return None if self.worker is None else self.worker.run

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
            Problem: one is under way already, or as `EngineRuns.create`.
        """
        self.require_none()
        if not incomplete_ok:
            self._require_enough(recipe)
        run = self._engine_runs.create(
            recipe,
            goes_on=goes_on,
            parent=parent,
            incomplete_ok=incomplete_ok,
            name=self._runs.new_name(recipe),
        )
        self.follow(run)

    def _require_enough(self, recipe: Recipe) -> None:
        data = self._data
        dataset = data.as_checked
        if dataset is not None and data.holds(recipe):
            plan_inventory(dataset, recipe).require_enough()

    def again(self, run: Run, recipe: Recipe) -> None:
        """Train a recipe as a run was trained: from the same weights, by the same consent.

        Raises:
            Problem: as `train`.
        """
        settings = {name: run.info.get(name, usual) for name, usual in REPEATED.items()}
        self.train(recipe, **settings)

    def replay(self, run: Run, speed: float = 10.0) -> None:
        """Show a run that has ended once more, as if it were trained now.

        It chooses no run, waits in no line and is forgotten with the page. `worker.speed` may be
        set while it plays.

        Args:
            run: it need have no weights.
            speed: seconds of the run in one second, 1 to 1000.

        Raises:
            Problem: a training is under way, or the run is another visitor's, damaged, or not over.
        """
        self.require_none()
        again = Replay(self._runs.get(run.id), self.hear, speed)
        self.begin()
        self._chooses = False
        self.worker = again
        again.begin()

    def go_on(self) -> None:
        """Have a stopped training go on after its last whole epoch.

        Raises:
            Problem: it was not stopped, or its folder can't be written.
        """
        self.require_none()
        run = self.worker.run.fresh() if self.worker and not self.replaying else None
        if run is None or run.state != "stopped":
            raise Problem("There is no stopped training to go on with: start one.")
        turn = self._engine_runs.turn(run)
        run.control.withdraw_stop()
        run.append({"event": "continued"})  # the last event is an end no more
        attempt = run.info.get("attempt", 0) + 1
        self.follow(run.update(state="queued", attempt=attempt, sentence="", **turn))

    def pause(self, *, waits: bool) -> None:
        """Have the training wait after its present batch, or go on."""
        if isinstance(self.worker, Replay):
            self.worker.pause(waits=waits)
        elif self.worker is not None:
            self.worker.run.control.ask_to_pause(waits=waits)

    def require_none(self) -> None:
        """Pass where no training is under way; a replay is none.

        Raises:
            Problem: one is.
        """
        if self.worker is not None and not self.replaying:
            super().require_none()

    def follow(self, run: Run, *, resubmitted: bool = False) -> None:
        """Show a run's training from now on; `resubmitted` after a reload."""
        self.begin()
        self._chooses = run.state not in ENDED
        self.worker = self._engine_runs.follow(run, self.hear, resubmitted=resubmitted)
        self.run_id = run.id

    def forget(self) -> None:
        """Show no training any more; the run stays."""
        self._close_replay()
        super().forget()
        self._chooses = False
        self.worker, self.run_id = None, ""

    def begin(self) -> None:
        """Wait for the training, and show nothing yet."""
        self._close_replay()
        super().begin()

    def _close_replay(self) -> None:
        """Have the replay that was shown, if one was, tell nothing more."""
        if isinstance(self.worker, Replay):
            self.worker.close()

    @observe("state")
    def _ended(self, _change: Any) -> None:
        if self.state in ENDED and self.worker is not None:
            self._runs.refresh()
            if self._chooses:
                self._runs.prefer(self.worker.run.fresh())
