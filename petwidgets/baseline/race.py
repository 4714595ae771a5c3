"""Race learning rates: the same head, the same batches, another rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.baseline.frozen_features import frozen_rows, stats
from petwidgets.baseline.linear_head import LinearHead, Rows, SmoothLoss, Trainer, schedule
from petwidgets.baseline.run_dataset import parts_of, photographs
from petwidgets.common.errors import Problem
from petwidgets.inference.feature_cache import lacking
from petwidgets.jobs import race as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.race import Lane
from petwidgets.metrics.losses import cross_entropy
from petwidgets.recipes.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run


@implements(jobs.race)
def race(run: Run, rates: Sequence[float]) -> list[Lane]:
    """Train with each rate (implements the job)."""
    recipe, dataset = run.recipe, photographs(run)
    if lacking(recipe, stats(recipe), dataset.paths):
        raise Problem("The features of these photographs are not kept: press Search, then race.")
    rows, targets = frozen_rows(recipe, dataset, _Quiet(), lambda: False)
    known, unknown = ((rows[part], targets[part]) for part in parts_of(run, dataset))
    return [_lane(recipe, len(dataset.vocab), known, unknown, rate) for rate in rates]


class _Quiet:
    """Reports nothing: what is kept takes no time."""

    def progress(self, _stage: str) -> Callable[[int, int], None]:
        """A callback that reports nothing."""
        return lambda _done, _total: None

    def smaller(self, work: str, size: int) -> None:
        """Report nothing."""


Part = tuple[np.ndarray, np.ndarray]


def _lane(recipe: Recipe, classes: int, known: Part, unknown: Part, rate: float) -> Lane:
    head, smooth = LinearHead(known[0], classes), SmoothLoss()
    trainer = Trainer(recipe, head, Rows(head.standardised(known[0]), known[1]))
    [epoch] = schedule(Stage(1, frozen=True, rate=rate), trainer.batches)
    with np.errstate(over="ignore", invalid="ignore"):  # a rate may be far too high
        losses = [smooth.add(step.loss) for step in trainer.epoch(*epoch)]
        activations = head.activations(head.standardised(unknown[0]))
        loss = float(cross_entropy(activations, unknown[1]).mean())
    wrong = float((activations.argmax(1) != unknown[1]).mean())
    return Lane(rate, tuple(map(_plain, losses)), _plain(loss), wrong)


def _plain(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None
