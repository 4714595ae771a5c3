"""Predict every photograph with a linear head that was not trained on it (cross-validation).

The photographs of each fold are predicted by a head that was trained on the other folds, so that no
prediction can repeat a memorised wrong label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from petwidgets.baseline.frozen_features import Stopped, frozen_rows
from petwidgets.baseline.linear_head import Trainer, schedule
from petwidgets.baseline.work import Work, conduct
from petwidgets.common.errors import Problem
from petwidgets.jobs import train as jobs
from petwidgets.jobs.job import implements
from petwidgets.metrics.label_issues import FOLDS, folds
from petwidgets.metrics.losses import softmax
from petwidgets.runs.predictions import Validation

if TYPE_CHECKING:
    from petwidgets.baseline.linear_head import LinearHead
    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.train import Report, Results, Stop
    from petwidgets.runs.run import Run


@implements(jobs.find)
def find(run: Run, report: Report, stop: Stop) -> Results:
    """Predict every photograph by cross-validation (implements the job)."""
    return conduct(_Folds, run, report, stop)


class _Folds(Work):
    """Computes the features of all photographs once, then trains a head for each fold."""

    def _describe(self, dataset: Dataset) -> Dataset:
        dataset = dataset.changed(self.recipe.leave_out, self.recipe.relabel)
        dataset.require_breeds()
        if len(dataset.paths) < 2 * FOLDS:
            raise Problem(f"There are too few photographs for {FOLDS} folds: add some.")
        names = [dataset.name(path) for path in dataset.paths]
        self.run = self.run.update(vocab=list(dataset.vocab), files=names, train_files=names)
        return dataset

    def _sides(self, _dataset: Dataset) -> dict[str, tuple[int, int]]:
        return {}  # each photograph is on both sides

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Predict all photographs and save the predictions; a stop saves nothing."""
        try:
            probabilities, targets = self._predict(dataset)
        except Stopped:
            return "stopped", {}
        of_labels = probabilities[np.arange(len(targets)), targets]
        losses = -np.log(np.maximum(of_labels, np.finfo(np.float32).tiny))
        files = tuple(self.run.info["files"])
        self.run.save_validation(Validation(files, probabilities, targets, losses))
        return "finished", {"error_rate": float((probabilities.argmax(1) != targets).mean())}

    def _predict(self, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
        self.journal.emit("stage", stage="features", sentence="Features of every photograph")
        rows, targets = frozen_rows(self.recipe, dataset, self.journal, self.stop)
        fold = folds(targets, FOLDS, self.recipe.seed)
        probabilities = np.zeros((len(rows), len(dataset.vocab)), np.float32)
        for k in range(FOLDS):
            self.journal.emit("progress", stage="folds", done=k, of=FOLDS)
            seen = fold != k
            head = self._fit(Trainer(self.recipe, rows[seen], targets[seen], len(dataset.vocab)))
            probabilities[fold == k] = softmax(head.activations(head.standardised(rows[fold == k])))
        return probabilities, targets

    def _fit(self, trainer: Trainer) -> LinearHead:
        for rates, momenta in schedule(self.recipe.stages[0], trainer.batches):
            for _step in trainer.epoch(rates, momenta):
                if self.stop():
                    raise Stopped
        return trainer.head
