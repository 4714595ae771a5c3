"""Stop a long cycle early, or train again with so many epochs: heads on kept features."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.baseline.frozen_features import kept_rows
from petwidgets.baseline.linear_head import Trainer, schedule
from petwidgets.baseline.run_dataset import parts_of, photographs
from petwidgets.common.errors import Problem
from petwidgets.jobs import stopping as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.stopping import Budget, Stopping, budgets
from petwidgets.metrics import one_cycle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from petwidgets.recipes.stage import Stage
    from petwidgets.runs.run import Run


LONGEST = 60
"""Epochs of the long cycle at most: it runs in a thread that photographs wait for."""

_at_work = threading.Lock()


@implements(jobs.stopping)
def stopping(run: Run, rate: float) -> Stopping:
    """Train the long cycle and the shorter ones (implements the job)."""
    if run.recipe.stages[-1].epochs > LONGEST:
        raise Problem(f"Choose a run of {LONGEST} epochs or fewer: it is trained twice over.")
    if not _at_work.acquire(blocking=False):
        raise Problem("Budgets of another run are being trained just now: try again in a moment.")
    try:
        return _stopping(run, rate)
    finally:
        _at_work.release()


def _stopping(run: Run, rate: float) -> Stopping:
    recipe, dataset = run.recipe, photographs(run)
    rows, targets = kept_rows(recipe, dataset)
    known, unknown = parts_of(run, dataset)
    cycle = replace(recipe.stages[-1], rate=rate)

    def wrong(stage: Stage) -> np.ndarray:
        trainer = Trainer(recipe, rows[known], targets[known], len(dataset.vocab))
        inputs, found = trainer.head.standardised(rows[unknown]), []
        with np.errstate(over="ignore", invalid="ignore"):  # a rate may be far too high
            for epoch in schedule(stage, trainer.batches):
                for _ in trainer.epoch(*epoch):
                    pass
                found.append(trainer.head.activations(inputs).argmax(1) != targets[unknown])
        return np.array(found)

    shorter = {n: wrong(replace(cycle, epochs=n))[-1] for n in budgets(cycle.epochs)}
    frame = Stopping(len(unknown), len(known), rate, (), ())
    return compared(frame, cycle, wrong(cycle), shorter)


def compared(
    frame: Stopping, cycle: Stage, long: np.ndarray, shorter: Mapping[int, np.ndarray]
) -> Stopping:
    """Compare the models of a long cycle's epochs with those of whole shorter cycles.

    Args:
        frame: without figures of models.
        cycle: the long one.
        long: (epochs, n), whether each photograph is wrong after each epoch.
        shorter: (n) of each shorter cycle, by its number of epochs.
    """
    rates, _ = one_cycle.of_stage(cycle, batches=100, groups=1)
    share = rates[:, -1] / rates[:, -1].max()
    pairs = tuple(
        Budget(
            epochs=n,
            stopped=int(long[n - 1].sum()),
            whole=int(whole.sum()),
            stopped_alone=int((whole & ~long[n - 1]).sum()),
            whole_alone=int((long[n - 1] & ~whole).sum()),
            rate=float(share[100 * n - 1]),
        )
        for n, whole in shorter.items()
    )
    return replace(frame, wrong=tuple(map(int, long.sum(1))), budgets=pairs)
