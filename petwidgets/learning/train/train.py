"""Train a run that changes a body, from its recipe to its end."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from fastai.vision.all import CancelFitException, torch

from petwidgets.baseline.work import TrainWork, Work, conduct
from petwidgets.common.out_of_memory import exhausted
from petwidgets.jobs import train as jobs
from petwidgets.jobs.job import implements
from petwidgets.learning import CORES
from petwidgets.learning.cost import memory_estimate
from petwidgets.learning.models.backbones import pretrained
from petwidgets.learning.models.memory import distrust, free, keep_none
from petwidgets.learning.train import checkpoint, distributed
from petwidgets.learning.train.fit import Fit
from petwidgets.learning.train.learner import batch_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.data.dataset import Dataset
    from petwidgets.data.inventory import Inventory
    from petwidgets.jobs.network import Stats
    from petwidgets.jobs.train import Report, Results, Stop
    from petwidgets.runs.run import Run

log = logging.getLogger(__name__)

SMALLEST = 2
"""Least number of photographs per batch: batch norm needs more than one."""


@implements(jobs.train_body)
def train_body(
    run: Run,
    report: Report,
    stop: Stop,
    confirm: Callable[[Inventory], bool] | None = None,
) -> Results:
    """Train a run by its recipe (implements the job)."""
    return conduct(partial(_Training, confirm=confirm), run, report, stop)


class TorchWork(Work):
    """Work that takes torch."""

    def go(self) -> Results:
        """Do the work, and write how it ended; returns its results."""
        with distributed.group():
            # This setting is per thread, and a prediction may have set it to one.
            torch.set_num_threads(max(1, CORES // distributed.processes()))
            return super().go()

    def stats(self) -> Stats:
        """Mean, standard deviation and source of the weights that the work begins with."""
        return pretrained(self.recipe.arch).stats

    def tidy(self) -> None:
        """Remove the checkpoint."""
        checkpoint.remove(self.run)

    def resume_point(self) -> tuple[int, str]:
        """The last complete epoch (0 if there is none to resume after), and a sentence about it."""
        try:
            resumed = checkpoint.read(self.run)
        except checkpoint.Damaged as damaged:
            checkpoint.remove(self.run)
            return 0, str(damaged)
        if resumed is None:
            return 0, "Starting over with the first epoch: it had not ended."
        epoch = resumed.epoch.number
        return epoch, f"Going on after epoch {epoch}, the last whole one."

    def fit_to_memory(self, dataset: Dataset) -> None:
        """Reduce the batch size so that the training fits into the memory; say what comes first.

        Raises:
            Problem: not even the smallest batch fits.
        """
        self.journal.emit("stage", stage="network", sentence="Loading the network and its weights")
        if distributed.processes() > 1:  # each process would get another size
            return
        size, n = batch_size(self.run), len(self.run.info["train_files"])
        recipe, head = replace(self.recipe, batch_size=size), self.run.head_kind
        fits = memory_estimate.fitting(recipe, len(dataset.vocab), head, n)
        if fits < size:
            self.run = self.run.update(batch_size=fits)
            self.journal.smaller(f"batches of {min(size, n)}", fits, begun=False)


class _Training(TrainWork, TorchWork):
    """Trains a recipe's stages to their end or a stop."""

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Train."""
        self.fit_to_memory(dataset)
        fit = self._train(dataset)
        return "finished" if fit.epochs == self.recipe.epochs else "stopped", fit.results

    def _train(self, dataset: Dataset) -> Fit:
        """Train to the end or a stop; halve the batches if the memory does not suffice."""
        fit = Fit(self.run, self.journal, self.stop)
        try:
            if not distributed.agreed(self.stop)():
                fit.go(dataset)
        except CancelFitException:
            log.info("run %s was stopped before its first batch", self.run.id)
            return fit
        except Exception as error:
            size = min(fit.recipe.batch_size, len(self.run.info["train_files"]))
            alone = distributed.processes() == 1  # other processes would wait for this one
            if not (alone and fit.in_batches and exhausted(error) and size // 2 >= SMALLEST):
                raise
            distrust(error)
            # Only its text: the traceback would keep the memory in use that is freed below.
            log.warning("batches of %s were too large for the memory: %s", size, str(error))
        else:
            return fit
        del fit
        free()
        keep_none()
        self.run = self.run.update(batch_size=size // 2)
        self.journal.smaller(f"batches of {size}", size // 2)
        return self._train(dataset)
