"""Find a learning rate: for a baseline here, on kept features; with torch for a body."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.baseline.frozen_features import Stopped, frozen_rows, stats
from petwidgets.baseline.linear_head import SmoothLoss, Trainer
from petwidgets.baseline.run_dataset import parts_of
from petwidgets.baseline.work import Work, conduct, with_torch
from petwidgets.common.json_types import finite
from petwidgets.common.validate import made
from petwidgets.jobs import train as jobs
from petwidgets.jobs.job import implements
from petwidgets.metrics.lr_suggest import Search, hints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.network import Stats
    from petwidgets.jobs.train import Report, Results, Stop
    from petwidgets.runs.run import Run

MOMENTUM = 0.9
"""Adam's first beta while the finder runs: fastai's default."""

DIVERGED = 4
"""The finder ends at a loss this many times its minimum, as fastai's does."""


@implements(jobs.search)
def search(run: Run, report: Report, stop: Stop) -> Results:
    """Find a learning rate (implements the job)."""
    if not run.recipe.frozen_only:
        return with_torch(jobs.search_body, run, report)(run, report, stop)
    return conduct(_Search, run, report, stop)


def sweep(trainer: Trainer, settings: Search) -> Iterator[tuple[float, float]]:
    """Train with a rate that grows from batch to batch, as fastai's `LRFinder`.

    Args:
        trainer: of a new head, which is changed.
        settings: the rates, and the number of batches.

    Yields:
        Rate and smoothed loss of each batch, until the loss has diverged.
    """
    position = np.arange(settings.num_it) / settings.num_it
    rates = settings.start * (settings.end / settings.start) ** position
    smooth, best, n = SmoothLoss(), math.inf, trainer.batches
    for begin in range(0, settings.num_it, n):
        part = rates[begin : begin + n].tolist()
        for step in trainer.epoch(part, [MOMENTUM] * len(part)):
            loss = smooth.add(step.loss)
            yield step.rate, loss
            best = min(best, loss)
            if settings.stop_div and loss > DIVERGED * best:
                return


class _Search(Work):
    """A learning-rate search on a new head."""

    def stats(self) -> Stats:
        return stats(self.recipe)

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Search."""
        settings = made(Search, self.run.info.get("search", {}))
        try:
            rows, targets = frozen_rows(self.recipe, dataset, self.journal, self.stop)
        except Stopped:
            return "stopped", {}
        part, _ = parts_of(self.run, dataset)
        trainer = Trainer(self.recipe, rows[part], targets[part], len(dataset.vocab))
        return self._find(trainer, settings)

    def _find(self, trainer: Trainer, settings: Search) -> tuple[str, Results]:
        sentence = "lr_find, body frozen"
        self.journal.emit("stage", stage="rates", sentence=sentence, batch_size=trainer.size)
        curve: list[tuple[float, float]] = []
        reported = 0
        for point in sweep(trainer, settings):
            curve.append(point)
            before, new = self.journal.last_report, _plain(curve[reported:])
            self.journal.emit_sometimes("rate", done=len(curve), of=settings.num_it, points=new)
            if before != self.journal.last_report:
                reported = len(curve)
            if self.stop():
                break
        if reported < len(curve):
            rest = _plain(curve[reported:])
            self.journal.emit("rate", done=settings.num_it, of=settings.num_it, points=rest)
        results = {
            "hints": hints([r for r, _ in curve], [loss for _, loss in curve], settings.num_it),
            "points": len(curve),
            "diverged": len(curve) < settings.num_it and not self.stop(),
        }
        return "stopped" if self.stop() else "finished", results


def _plain(curve: list[tuple[float, float]]) -> list[list[float | None]]:
    return [[rate, finite(loss)] for rate, loss in curve]
