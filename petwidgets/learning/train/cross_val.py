"""Predict every photograph with a linear head that was not trained on it (cross-validation).

The photographs of each fold are predicted by a head that was trained on the other folds, so that no
prediction can repeat a memorised wrong label.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
from fastai.vision.all import CancelFitException, ProgressCallback, nn, set_seed, torch

from petwidgets.common.errors import Problem
from petwidgets.jobs import train as jobs
from petwidgets.jobs.job import implements
from petwidgets.learning.models.backbones import network, pretrained
from petwidgets.learning.train.callbacks import interruptible
from petwidgets.learning.train.features import halves
from petwidgets.learning.train.learner import frozen_rows
from petwidgets.learning.train.linear_head import head_learner
from petwidgets.learning.train.rng_state import Randomness
from petwidgets.learning.train.train import Work, conduct
from petwidgets.metrics.label_issues import FOLDS, folds
from petwidgets.runs.predictions import Validation

if TYPE_CHECKING:
    from fastai.vision.all import Tensor

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
        except CancelFitException:
            return "stopped", {}
        of_labels = probabilities[np.arange(len(targets)), targets]
        losses = -np.log(np.maximum(of_labels, np.finfo(np.float32).tiny))
        files = tuple(self.run.info["files"])
        self.run.save_validation(Validation(files, probabilities, targets, losses))
        return "finished", {"error_rate": float((probabilities.argmax(1) != targets).mean())}

    def _predict(self, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
        stats = pretrained(self.recipe.arch)
        set_seed(self.recipe.seed)  # for the weights of the head
        full_network = network(self.recipe.arch, len(dataset.vocab), "linear")
        full_network[0].load_state_dict(stats.body)
        fixed, head = halves(full_network)
        self.journal.emit("stage", stage="features", sentence="Features of every photograph")
        rows, targets = frozen_rows(self.recipe, stats, fixed, dataset, self.journal, self.stop)
        fold = folds(targets.numpy(), FOLDS, self.recipe.seed)
        probabilities = np.zeros((len(rows), len(dataset.vocab)), np.float32)
        for k in range(FOLDS):
            self.journal.emit("progress", stage="folds", done=k, of=FOLDS)
            parts = np.flatnonzero(fold != k).tolist(), np.flatnonzero(fold == k).tolist()
            probabilities[parts[1]] = self._fold(deepcopy(head), rows, targets, parts)
        return probabilities, targets.numpy()

    def _fold(
        self, head: nn.Module, rows: Tensor, targets: Tensor, parts: tuple[list[int], list[int]]
    ) -> np.ndarray:
        """(m, c) probabilities for the second part, by a head that is trained on the first."""
        learn = head_learner(self.recipe, head, rows, targets, parts)
        learn.remove_cb(ProgressCallback)
        stage, randomness = self.recipe.stages[0], Randomness(self.recipe.seed, learn.dls.train)
        with interruptible(head, self.stop), learn.no_logging(), randomness.undisturbed():
            learn.fit_one_cycle(stage.epochs, stage.rate, pct_start=stage.pct_start, div=stage.div)
        if self.stop():  # fastai swallows the cancellation
            raise CancelFitException
        with torch.inference_mode():
            return head.eval()(rows[parts[1]]).softmax(1).numpy()
