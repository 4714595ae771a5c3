"""Train a run from its recipe to its end."""

from __future__ import annotations

import gc
import logging
import platform
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastai.vision.all import CancelFitException, torch

from petwidgets.common.errors import Problem
from petwidgets.data import holdout, own_split
from petwidgets.data.checks.unreadable import unreadable
from petwidgets.data.dataset import load
from petwidgets.data.inventory import IncompleteError, Inventory, count_sides, take_inventory
from petwidgets.jobs import train as jobs
from petwidgets.jobs.job import implements
from petwidgets.learning import CORES
from petwidgets.learning.cost import memory_estimate
from petwidgets.learning.input.dataloaders import divided
from petwidgets.learning.models.backbones import pretrained
from petwidgets.learning.models.memory import distrust, exhausted, free
from petwidgets.learning.models.weights import head_kind
from petwidgets.learning.train import checkpoint, distributed
from petwidgets.learning.train.event_log import EventLog
from petwidgets.learning.train.fit import Fit
from petwidgets.learning.train.learner import batch_size
from petwidgets.learning.train.run_dataset import inherited, parts_of, photographs
from petwidgets.runs.store import parent_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.train import Report, Results, Stop
    from petwidgets.runs.run import Run

log = logging.getLogger(__name__)

SMALLEST = 2
"""Least number of photographs per batch: batch norm needs more than one."""


@implements(jobs.train)
def train(
    run: Run,
    report: Report,
    stop: Stop,
    confirm: Callable[[Inventory], bool] | None = None,
) -> Results:
    """Train a run by its recipe (implements the job)."""
    return conduct(partial(TrainJob, confirm=confirm), run, report, stop)


def conduct(
    kind: Callable[[Run, EventLog, Stop], Work],
    run: Run,
    report: Report,
    stop: Stop,
) -> Results:
    """Do one kind of work for a run; arguments, result and errors are those of `train`."""
    journal = EventLog(run, report)
    try:
        with distributed.group():
            # This setting is per thread, and a prediction may have set it to one.
            torch.set_num_threads(max(1, CORES // distributed.processes()))
            return kind(run, journal, stop).go()
    except Exception as error:
        raise _failed(run, journal, error) from error
    finally:
        # fastai's Learner and its callbacks refer to each other; uncollected they hold 175 MB.
        gc.collect()


def _failed(run: Run, journal: EventLog, error: Exception) -> Problem:
    log.warning("run %s failed", run.id, exc_info=error)
    sentence = why_failed(error)
    details = {"incomplete": True} if isinstance(error, IncompleteError) else {}
    try:
        run.update(state="failed", problem=sentence, **details)
        journal.emit("failed", problem=sentence, **details)
    except Problem:
        # The disk is full; the exception still carries the sentence to the page.
        log.warning("the failure of run %s could not be written", run.id, exc_info=True)
    return IncompleteError(sentence) if details else Problem(sentence)


def why_failed(error: Exception) -> str:
    """The sentence that a page shows about a failed training."""
    if exhausted(error):
        return "The memory did not suffice: make the batch or the size smaller and train again."
    if isinstance(error, Problem):
        # fastai prepends "Exception occured in `Keep` when calling event ..." in callbacks.
        return str(error).rsplit("\n\t", 1)[-1]
    return f"The training failed ({type(error).__name__}); the details are in the log."


class Work:
    """The work of a run: collects its photographs; a subclass then does its work on them."""

    def __init__(self, run: Run, journal: EventLog, stop: Stop) -> None:
        self.run, self.recipe, self.journal, self.stop = run, run.recipe, journal, stop
        self._notes: list[str] = []

    def go(self) -> Results:
        """Do the work, and write how it ended; returns its results."""
        self.run = self.run.update(state="running", versions=_versions())
        self.run.control.ask_to_pause(waits=False)
        dataset = photographs(self.run) if self._resumes() else self._prepare_dataset()
        state, results = self.work(dataset)
        results["seconds"] = round(self.journal.seconds, 3)
        why = self.run.control.why_stopped if state == "stopped" else {}
        self.run.update(state=state, results=results, **why)
        if state == "finished":
            checkpoint.remove(self.run)
        self.journal.emit(state, **results, **why)
        return results

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Do the work; returns the final state, `finished` or `stopped`, and the results."""
        raise NotImplementedError

    def _resumes(self) -> bool:
        """Report the start; returns whether there is an epoch to resume from."""
        if not self.journal.resumes:
            self.journal.emit("started", recipe=self.recipe.name, epochs=self.recipe.epochs)
            return False
        epoch, sentence = _resume_point(self.run)
        self.journal.emit("resumed", epoch=epoch, sentence=sentence)
        return epoch > 0

    def _prepare_dataset(self) -> Dataset:
        dataset, unreadable = self._readable_photographs()
        self._check_complete(take_inventory(dataset, unreadable, notes=self._notes))
        self._emit_changes(dataset)
        dataset = self._describe(dataset)
        inventory = take_inventory(dataset, unreadable, self._sides(dataset), self._notes)
        self.run = self.run.update(inventory=inventory.to_json())
        self.journal.emit("inventory", sentence=inventory.account, **inventory.counts())
        return dataset

    def _check_complete(self, inventory: Inventory) -> None:
        """Raise if too much of the data set is left out for this kind of work."""

    def _sides(self, dataset: Dataset) -> dict[str, tuple[int, int]]:
        return count_sides(dataset, *parts_of(self.run, dataset))

    def _readable_photographs(self) -> tuple[Dataset, list[str]]:
        """The data set without unreadable files, and the names of these files.

        One bad file must not end an hour's training.
        """
        self.journal.emit("stage", stage="check", sentence="Looking at every photograph")
        all_photographs = load(self.recipe.data, self.recipe.pattern)
        self._notes = [*self.run.info.get("notes", ()), *self._split_notes(all_photographs)]
        dataset = own_split.limited(all_photographs, self.recipe.split, self.recipe.limit_per_breed)
        bad = unreadable(dataset.paths, self.journal.progress("check"), self.stop)
        names = sorted(dataset.name(path) for path in bad)
        if bad:
            self.journal.emit("skipped", files=names)
            dataset = dataset.keep([i for i, p in enumerate(dataset.paths) if p not in bad])
        if not dataset.paths:
            raise Problem("None of the photographs can be read: choose another folder.")
        dataset.require_breeds()
        return dataset, names

    def _split_notes(self, dataset: Dataset) -> list[str]:
        """Notes about the recipe's split; none for folds or a continued run, which don't use it."""
        uses_split = self.run.kind != "folds" and not self.run.info.get("parent")
        return own_split.said(dataset, self.recipe.split) if uses_split else []

    def _emit_changes(self, dataset: Dataset) -> None:
        """Report the applied label changes, and the photographs that they name in vain."""
        out, relabel = self.recipe.leave_out, dict(self.recipe.relabel)
        if not out and not relabel:
            return
        dataset.require_known(relabel)
        if missing := dataset.missing([*out, *relabel]):
            sentence = f"{len(missing)} named by the changes are not here: {', '.join(missing[:5])}"
            self.journal.emit("skipped", files=missing, sentence=sentence)
        n, m = (len(names) - len({*names}.intersection(missing)) for names in (relabel, out))
        self.journal.emit("changed", sentence=f"Labels cleaned: {n} relabelled, {m} left out.")

    def _fit_to_memory(self, dataset: Dataset) -> None:
        """Reduce the batch size so that the training fits into the memory.

        Raises:
            Problem: not even the smallest batch fits.
        """
        if distributed.processes() > 1:  # each process would get another size
            return
        size, n = batch_size(self.run), len(self.run.info["train_files"])
        recipe, head = replace(self.recipe, batch_size=size), head_kind(self.run)
        fits = memory_estimate.fitting(recipe, len(dataset.vocab), head, n)
        if fits < size:
            self.run = self.run.update(batch_size=fits)
            self.journal.smaller(f"batches of {min(size, n)}", fits, begun=False)

    def _describe(self, dataset: Dataset) -> Dataset:
        """Write vocab, split and preprocessing into the run; returns the changed data set."""
        stats, parent = pretrained(self.recipe.arch), parent_of(self.run)
        if parent and self.recipe.frozen_only:
            raise Problem("A baseline begins with ImageNet's weights: choose stages to go on with.")
        if parent and parent.recipe.arch != self.recipe.arch:
            raise Problem(
                f"The run {parent.id} has the architecture {parent.recipe.arch}: choose that."
            )
        if parent:
            dataset = dataset.changed(self.recipe.leave_out, self.recipe.relabel)
            train, valid = inherited(parent, dataset)
        else:
            if held_out := holdout.positions(self.recipe.hold_out, dataset):
                self._notes.append(holdout.said(len(held_out)))
            dataset, (train, valid) = divided(self.recipe, dataset)
        self.run = self.run.update(
            vocab=list(dataset.vocab),
            train_files=[dataset.name(dataset.paths[i]) for i in train],
            files=[dataset.name(dataset.paths[i]) for i in valid],
            preprocessing={"mean": stats.mean, "std": stats.std},
            weights=stats.source,
            keeps="head" if self.recipe.frozen_only else "all",
            head=head_kind(parent or self.run),
        )
        return dataset


class TrainJob(Work):
    """Trains a recipe's stages to their end or a stop.

    Args:
        run, journal, stop: as of `Work`.
        confirm: as of `train`.
    """

    def __init__(
        self,
        run: Run,
        journal: EventLog,
        stop: Stop,
        confirm: Callable[[Inventory], bool] | None = None,
    ) -> None:
        super().__init__(run, journal, stop)
        self._confirm = confirm or (lambda _inventory: bool(self.run.info.get("incomplete_ok")))

    def _check_complete(self, inventory: Inventory) -> None:
        if not inventory.enough and not self._confirm(inventory):
            inventory.require_enough()

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Train."""
        self._fit_to_memory(dataset)
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
        self.run = self.run.update(batch_size=size // 2)
        self.journal.smaller(f"batches of {size}", size // 2)
        return self._train(dataset)


def _resume_point(run: Run) -> tuple[int, str]:
    """The last complete epoch (0 if there is none to resume from), and a sentence about it."""
    checkpoint.tidy(run)
    try:
        resumed = checkpoint.read(run)
    except checkpoint.Damaged as damaged:
        checkpoint.remove(run)
        return 0, str(damaged)
    if resumed is None:
        return 0, "Starting over with the first epoch: it had not ended."
    return resumed.epoch.number, f"Going on after epoch {resumed.epoch.number}, the last whole one."


def _versions() -> dict[str, str]:
    names = ("petwidgets", "torch", "torchvision", "fastai", "timm")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
