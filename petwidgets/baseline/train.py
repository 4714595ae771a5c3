"""Train a run: a baseline here, on kept features; with torch what trains a body."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save

from petwidgets.baseline.frozen_features import Stopped, frozen_rows, stats
from petwidgets.baseline.linear_head import SmoothLoss, Trainer, schedule
from petwidgets.baseline.pace import Pace
from petwidgets.baseline.run_dataset import parts_of
from petwidgets.baseline.work import (
    TrainWork,
    conduct,
    require_finite,
    wait_while_paused,
    with_torch,
)
from petwidgets.common.formatting import counted
from petwidgets.common.paths import replacing
from petwidgets.jobs import train as jobs
from petwidgets.jobs.job import implements
from petwidgets.metrics import calibration
from petwidgets.metrics.losses import cross_entropy, softmax
from petwidgets.runs.predictions import Validation

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.baseline.linear_head import LinearHead, Step
    from petwidgets.data.dataset import Dataset
    from petwidgets.data.inventory import Inventory
    from petwidgets.jobs.network import Stats
    from petwidgets.jobs.train import Report, Results, Stop
    from petwidgets.recipes.stage import Stage
    from petwidgets.runs.run import Run

    Unknown = tuple[np.ndarray, np.ndarray]
    """Standardised rows (n, features) of the validation set, and its targets (n)."""

POINTS = 100
"""Least number of batches that are reported, if there are as many."""


@implements(jobs.train)
def train(
    run: Run,
    report: Report,
    stop: Stop,
    confirm: Callable[[Inventory], bool] | None = None,
) -> Results:
    """Train a run by its recipe (implements the job)."""
    if not run.recipe.frozen_only:
        return with_torch(jobs.train_body, run, report)(run, report, stop, confirm)
    return conduct(partial(_Baseline, confirm=confirm), run, report, stop)


class _Baseline(TrainWork):
    """Computes features once, and trains a head on them."""

    def stats(self) -> Stats:
        return stats(self.recipe)

    def resume_point(self) -> tuple[int, str]:
        return 0, "Starting over, with the features that are kept."

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Train to the end or a stop; what an epoch leaves is kept."""
        self._epochs, self._results = 0, dict(self.run.info.get("results", {}))
        sentence = "One forward pass over every photograph"
        self.journal.emit("stage", stage="features", sentence=sentence)
        try:
            rows, targets = frozen_rows(self.recipe, dataset, self.journal, self.stop)
            self._train(dataset, rows, targets)
        except Stopped:
            return "stopped", self._results
        return "finished", self._results

    def _train(self, dataset: Dataset, rows: np.ndarray, targets: np.ndarray) -> None:
        train, valid = parts_of(self.run, dataset)
        trainer = Trainer(self.recipe, rows[train], targets[train], len(dataset.vocab))
        unknown = trainer.head.standardised(rows[valid]), targets[valid]
        batches = _Batches(self, trainer.batches, self.recipe.epochs)
        for stage in self.recipe.stages:
            self._stage(stage, trainer, unknown, batches)

    def _stage(self, stage: Stage, trainer: Trainer, unknown: Unknown, batches: _Batches) -> None:
        sentence = f"{counted(stage.epochs, 'epoch')} of fit_one_cycle, body frozen"
        groups = [trainer.head.group()]
        self.journal.emit("stage", stage="frozen", sentence=sentence, groups=groups)
        trainer.begin()
        smooth = SmoothLoss()
        for rates, momenta in schedule(stage, trainer.batches):
            for step in trainer.epoch(rates, momenta):
                loss = smooth.add(step.loss)
                batches.add(step, loss)
            self._save(trainer.head, unknown, loss)

    def _save(self, head: LinearHead, unknown: Unknown, train_loss: float) -> None:
        """Validate, and write the epoch's results; an epoch of before a break is not repeated."""
        self._epochs += 1
        inputs, targets = unknown
        activations = head.activations(inputs)
        validation = Validation(
            tuple(self.run.info["files"]),
            softmax(activations),
            targets,
            cross_entropy(activations, targets),
        )
        figures = {
            "train_loss": train_loss,
            "valid_loss": float(validation.losses.mean()),
            "error_rate": validation.errors / len(targets),
        }
        require_finite(figures["valid_loss"])
        if self._epochs >= self._results.get("epochs", 0):
            self._write(head, validation, inputs, figures)
        more = calibration.figures(validation.probabilities, validation.targets)
        self.journal.emit_epoch(self._epochs, self.recipe.epochs, {**figures, **more})

    def _write(
        self,
        head: LinearHead,
        validation: Validation,
        features: np.ndarray,
        figures: dict[str, float],
    ) -> None:
        photographs = len(self.run.info["train_files"]) + len(validation.targets)
        self.run.save_validation(validation)
        self.run.save_features(features.astype(np.float16))
        with replacing(self.run.folder / "model.safetensors") as temporary:
            temporary.write_bytes(save(head.state()))
        self._results = {
            **figures,
            "epochs": self._epochs,
            "images_per_second": round(photographs / self.journal.seconds, 2),
        }
        self.run = self.run.update(results=self._results)


class _Batches:
    """Reports batches; a stop or a pause comes between two of them.

    Args:
        work: of the run.
        batches: of one epoch.
        epochs: of the training.
    """

    def __init__(self, work: _Baseline, batches: int, epochs: int) -> None:
        self._work, self._total = work, batches * epochs
        self._every = max(1, self._total // POINTS)
        self._done = 0
        self._pace = Pace(batches, epochs, work.journal.seconds)

    def add(self, step: Step, loss: float) -> None:
        """Report a batch and its smoothed loss.

        Raises:
            Stopped: the training was stopped.
        """
        self._done += 1
        work, journal = self._work, self._work.journal
        pace = self._pace.add(self._done, step.size, journal.seconds)
        # A head is trained in a second: five events of it would draw no curve.
        emit = journal.emit if self._done % self._every == 0 else journal.emit_sometimes
        emit(
            "batch",
            done=self._done,
            of=self._total,
            loss=loss,
            rates=[step.rate],
            mom=step.momentum,
            **pace,
        )
        wait_while_paused(work.run, work.journal, work.stop)
        if work.stop() and self._done < self._total:
            raise Stopped
