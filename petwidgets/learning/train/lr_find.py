"""The learning-rate finder: fastai's own, reported batch by batch."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastai.vision.all import (
    Callback,
    LRFinder,
    ParamScheduler,
    ProgressCallback,
    Recorder,
)

from petwidgets.baseline.work import conduct
from petwidgets.common.errors import Problem
from petwidgets.common.json_types import finite
from petwidgets.common.validate import made
from petwidgets.jobs import train as jobs
from petwidgets.jobs.job import implements
from petwidgets.learning.train.callbacks import interruptible
from petwidgets.learning.train.learner import FIRST_BATCH, batch_size, prepare
from petwidgets.learning.train.rng_state import Randomness
from petwidgets.learning.train.train import TorchWork
from petwidgets.metrics.lr_suggest import Search, hints
from petwidgets.runs.store import parent_of

if TYPE_CHECKING:
    from fastai.vision.all import Learner

    from petwidgets.baseline.event_log import Reporter
    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.train import Report, Results, Stop
    from petwidgets.runs.run import Run


@implements(jobs.search_body)
def search_body(run: Run, report: Report, stop: Stop) -> Results:
    """Find a learning rate (implements the job)."""
    return conduct(_Search, run, report, stop)


class Finder(LRFinder):
    """fastai's `LRFinder`, with the weights saved in memory instead of a pickle file."""

    def before_fit(self) -> None:
        """Save the weights, and begin as fastai's does."""
        ParamScheduler.before_fit(self)
        self.best_loss = math.inf
        self._saved = deepcopy((self.learn.model.state_dict(), self.learn.opt.state_dict()))

    def after_fit(self) -> None:
        """Restore the weights."""
        self.learn.opt.zero_grad()
        weights, optimiser = self._saved
        self.learn.model.load_state_dict(weights)
        self.learn.opt.load_state_dict(optimiser)


class Points(Callback):
    """Reports the curve as it grows, several points at a time."""

    order = Recorder.order + 5  # before the finder, which may end the fit after a batch

    def __init__(self, journal: Reporter, num_it: int) -> None:
        self.journal, self.num_it = journal, num_it
        self.reported = 0

    def after_batch(self) -> None:
        """Report new points, but not too often."""
        points, done = self._new_points(), len(self.learn.recorder.lrs)
        last_report = self.journal.last_report
        self.journal.emit_sometimes("rate", done=done, of=self.num_it, points=points)
        if last_report != self.journal.last_report:
            self.reported = done

    def after_fit(self) -> None:
        """Report the last points."""
        if points := self._new_points():
            self.journal.emit("rate", done=self.num_it, of=self.num_it, points=points)

    def _new_points(self) -> list[list[float | None]]:
        recorder = self.learn.recorder
        new = zip(recorder.lrs[self.reported :], recorder.losses[self.reported :], strict=True)
        return [[float(rate), finite(float(loss))] for rate, loss in new]


def sweep(learn: Learner, settings: Search, journal: Reporter, stop: Stop) -> Results:
    """Train with a growing learning rate, then restore the weights.

    Args:
        learn: frozen or unfrozen already.
        settings: the rates, and the number of batches.
        journal: reports the curve as it grows.
        stop: called often, as for `train`.

    Returns:
        `hints`, `points` and `diverged`, as of `search`.

    Raises:
        Problem: the loss was NaN or infinite from the first batch on.
    """
    epochs = settings.num_it // len(learn.dls.train) + 1
    finder = Finder(settings.start, settings.end, settings.num_it, settings.stop_div)
    with interruptible(learn.model, stop), learn.no_logging():
        learn.fit(epochs, cbs=[finder, Points(journal, settings.num_it)])
    lrs, losses = learn.recorder.lrs, learn.recorder.losses
    if losses and not math.isfinite(losses[0]):
        raise Problem("The loss is not a number from the first batch on: take other weights.")
    diverged = len(lrs) < settings.num_it and not stop()
    heights = [float(loss) for loss in losses]
    return {"hints": hints(lrs, heights, settings.num_it), "points": len(lrs), "diverged": diverged}


class _Search(TorchWork):
    """A learning-rate search on a new learner."""

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Search."""
        settings = made(Search, self.run.info.get("search", {}))
        self.fit_to_memory(dataset)
        results = self._find(self._learner(dataset, settings), settings)
        return "stopped" if self.stop() else "finished", results

    def _learner(self, dataset: Dataset, settings: Search) -> Learner:
        recipe = replace(self.recipe, batch_size=batch_size(self.run))
        parent = parent_of(self.run)
        learn = prepare(self.run, recipe, dataset, parent)
        learn.remove_cb(ProgressCallback)
        learn.freeze() if settings.frozen else learn.unfreeze()
        return learn

    def _find(self, learn: Learner, settings: Search) -> dict[str, Any]:
        body = "frozen" if settings.frozen else "unfrozen"
        size = learn.dls.train.bs  # smaller than requested if there are fewer photographs
        sentence = f"lr_find, body {body}: {FIRST_BATCH}"
        self.journal.emit("stage", stage="rates", sentence=sentence, batch_size=size)
        randomness = Randomness(self.recipe.seed, learn.dls.train)
        with randomness.undisturbed():
            return sweep(learn, settings, self.journal, self.stop)
