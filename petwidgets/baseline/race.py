"""Race learning rates: the same head, the same batches, another rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from petwidgets.baseline.frozen_features import kept_rows
from petwidgets.baseline.linear_head import SmoothLoss, Trainer, schedule
from petwidgets.baseline.run_dataset import parts_of, photographs
from petwidgets.common.json_types import finite
from petwidgets.jobs import race as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.race import Lane
from petwidgets.metrics.losses import cross_entropy
from petwidgets.recipes.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run


@implements(jobs.race)
def race(run: Run, rates: Sequence[float]) -> list[Lane]:
    """Train with each rate (implements the job)."""
    recipe, dataset = run.recipe, photographs(run)
    rows, targets = kept_rows(recipe, dataset)
    known, unknown = ((rows[part], targets[part]) for part in parts_of(run, dataset))
    return [_lane(recipe, len(dataset.vocab), known, unknown, rate) for rate in rates]


Part = tuple[np.ndarray, np.ndarray]


def _lane(recipe: Recipe, classes: int, known: Part, unknown: Part, rate: float) -> Lane:
    trainer, smooth = Trainer(recipe, *known, classes), SmoothLoss()
    [epoch] = schedule(Stage(1, frozen=True, rate=rate), trainer.batches)
    with np.errstate(over="ignore", invalid="ignore"):  # a rate may be far too high
        losses = [smooth.add(step.loss) for step in trainer.epoch(*epoch)]
        activations = trainer.head.activations(trainer.head.standardised(unknown[0]))
        loss = float(cross_entropy(activations, unknown[1]).mean())
    wrong = float((activations.argmax(1) != unknown[1]).mean())
    return Lane(rate, tuple(map(finite, losses)), finite(loss), wrong)
