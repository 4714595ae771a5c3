"""The learning-rate finder, live: fastai's own, told batch by batch."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from fastai.callback import schedule
from fastai.vision.all import (
    Callback,
    CancelFitException,
    LRFinder,
    ParamScheduler,
    ProgressCallback,
    Recorder,
    tensor,
)

from petwidgets.common.errors import Problem
from petwidgets.common.validate import made
from petwidgets.jobs import train as jobs
from petwidgets.jobs.job import implements
from petwidgets.learning.train.callbacks import interruptible
from petwidgets.learning.train.learner import batch_size, prepare
from petwidgets.learning.train.rng_state import Randomness
from petwidgets.learning.train.train import Work, conduct
from petwidgets.metrics.lr_suggest import LAST_FALL, SUGGESTERS, Search, last_fall

if TYPE_CHECKING:
    from fastai.vision.all import Learner

    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.train import Report, Results, Stop
    from petwidgets.learning.train.event_log import Reporter
    from petwidgets.runs.run import Run

LEAST = 20
"""Points that suggestions need: fastai leaves out the first tenth and the last five."""


@implements(jobs.search)
def search(run: Run, report: Report, stop: Stop) -> Results:
    """Find a learning rate, as the job says."""
    return conduct(_Search, run, report, stop)


class Finder(LRFinder):
    """fastai's, which keeps weights in memory where its own would pickle them into a file."""

    def before_fit(self) -> None:
        """Take the weights, and begin as fastai's does."""
        ParamScheduler.before_fit(self)
        self.best_loss = math.inf
        self.kept = deepcopy((self.learn.model.state_dict(), self.learn.opt.state_dict()))

    def after_fit(self) -> None:
        """Put them back."""
        self.learn.opt.zero_grad()
        weights, optimiser = self.kept
        self.learn.model.load_state_dict(weights)
        self.learn.opt.load_state_dict(optimiser)


class Points(Callback):
    """Tells of the curve as it grows, several points at a time."""

    order = Recorder.order + 5  # before the finder, which breaks off after a batch

    def __init__(self, journal: Reporter, num_it: int) -> None:
        self.journal, self.num_it = journal, num_it
        self.told = 0

    def after_batch(self) -> None:
        """Tell what there is, but not too often."""
        points, done = self._untold(), len(self.learn.recorder.lrs)
        said = self.journal.said
        self.journal.emit_sometimes("rate", done=done, of=self.num_it, points=points)
        if said != self.journal.said:
            self.told = done

    def after_fit(self) -> None:
        """Tell of the last points."""
        if points := self._untold():
            self.journal.emit("rate", done=self.num_it, of=self.num_it, points=points)

    def _untold(self) -> list[list[float | None]]:
        recorder = self.learn.recorder
        new = zip(recorder.lrs[self.told :], recorder.losses[self.told :], strict=True)
        return [[float(rate), _plain(float(loss))] for rate, loss in new]


def _plain(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None  # JSON knows no other


def hints(lrs: list[float], losses: list[Any], num_it: int) -> dict[str, float]:
    """The rates that fastai's four functions suggest, and the chapter's second rule.

    Of the points fastai's `lr_find` leaves out the first tenth, the last five, and all from the
    first that is no number; so does this.

    Args:
        lrs: as fastai's recorder has them.
        losses: likewise, smoothed.
        num_it: batches that were asked for.
    """
    rates, heights = tensor(lrs[num_it // 10 : -5]), tensor(losses[num_it // 10 : -5])
    sound = np.isfinite(heights.numpy())
    n = len(sound) if sound.all() else int(sound.argmin())
    rates, heights = rates[:n], heights[:n]
    if n < LEAST:
        return {}
    found = {name: float(getattr(schedule, name)(rates, heights, num_it)[0]) for name in SUGGESTERS}
    return {**found, LAST_FALL: last_fall(rates.numpy(), heights.numpy())}


def sweep(learn: Learner, asked: Search, journal: Reporter, stop: Stop) -> Results:
    """Train with a growing rate, and put the weights back.

    Args:
        learn: frozen or not as it is to be searched.
        asked: the rates, and how many batches.
        journal: what the curve is told to as it grows.
        stop: asked often, as for `train`.

    Returns:
        `hints`, `points` and `diverged`, as of `search`.

    Raises:
        Problem: the loss was no number from the first batch on.
    """
    epochs = asked.num_it // len(learn.dls.train) + 1
    finder = Finder(asked.start, asked.end, asked.num_it, asked.stop_div)
    with interruptible(learn.model, stop), learn.no_logging():
        learn.fit(epochs, cbs=[finder, Points(journal, asked.num_it)])
    lrs, losses = learn.recorder.lrs, learn.recorder.losses
    if losses and not math.isfinite(losses[0]):
        raise Problem("The loss is no number from the first batch on: take other weights.")
    diverged = len(lrs) < asked.num_it and not stop()
    return {"hints": hints(lrs, losses, asked.num_it), "points": len(lrs), "diverged": diverged}


class _Search(Work):
    """One search on a learner of its own."""

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Search."""
        asked = made(Search, self.run.info.get("search", {}))
        self._make_fit(dataset)
        try:
            learn = self._learner(dataset, asked)
        except CancelFitException:  # while features were computed
            return "stopped", {}
        found = self._find(learn, asked)
        return "stopped" if self.stop() else "finished", found

    def _learner(self, dataset: Dataset, asked: Search) -> Learner:
        recipe = replace(self.recipe, batch_size=batch_size(self.run))
        parent = self.run.parent
        learn = prepare(self.run, recipe, dataset, self.journal, self.stop, parent=parent).learn
        learn.remove_cb(ProgressCallback)
        learn.freeze() if asked.frozen else learn.unfreeze()
        return learn

    def _find(self, learn: Learner, asked: Search) -> dict[str, Any]:
        body = "frozen" if asked.frozen else "unfrozen"
        size = learn.dls.train.bs  # smaller than was asked where there are fewer photographs
        said = f"lr_find, body {body}"
        self.journal.emit("stage", stage="rates", sentence=said, batch_size=size)
        randomness = Randomness(self.recipe.seed, learn.dls.train)
        with randomness.undisturbed():
            return sweep(learn, asked, self.journal, self.stop)
