"""One training, from a recipe to a finished run."""

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
from petwidgets.data.checks.check import unreadable
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.train import Report, Results, Stop
    from petwidgets.runs.run import Run

log = logging.getLogger(__name__)

SMALLEST = 2
"""Photographs a batch: batch norm wants more than one."""


@implements(jobs.train)
def train(
    run: Run,
    report: Report,
    stop: Stop,
    confirm: Callable[[Inventory], bool] | None = None,
) -> Results:
    """Do what the run's recipe asks, as the job says."""
    return conduct(partial(TrainJob, confirm=confirm), run, report, stop)


def conduct(
    kind: Callable[[Run, EventLog, Stop], Work],
    run: Run,
    report: Report,
    stop: Stop,
) -> Results:
    """Have a kind of work done; the arguments and the end are those of `train`."""
    journal = EventLog(run, report)
    try:
        with distributed.group():
            # A thread's own number; a prediction may just have set it to one.
            torch.set_num_threads(max(1, CORES // distributed.processes()))
            return kind(run, journal, stop).go()
    except Exception as error:
        raise _failed(run, journal, error) from error
    finally:
        # fastai's Learner and its callbacks refer to each other; left alone they keep 175 MB.
        gc.collect()


def _failed(run: Run, journal: EventLog, error: Exception) -> Problem:
    log.warning("run %s failed", run.id, exc_info=error)
    sentence = why_failed(error)
    asks = {"incomplete": True} if isinstance(error, IncompleteError) else {}
    try:
        run.update(state="failed", problem=sentence, **asks)
        journal.emit("failed", problem=sentence, **asks)
    except Problem:
        # The disk is full; the exception still carries the sentence to the page.
        log.warning("the failure of run %s could not be written", run.id, exc_info=True)
    return IncompleteError(sentence) if asks else Problem(sentence)


def why_failed(error: Exception) -> str:
    """What a page says of a training that failed."""
    if exhausted(error):
        return "The memory did not suffice: make the batch or the size smaller and train again."
    if isinstance(error, Problem):
        # fastai puts "Exception occured in `Keep` when calling event ..." before a callback's own.
        return str(error).rsplit("\n\t", 1)[-1]
    return f"The training failed ({type(error).__name__}); the details are in the log."


class Work:
    """What a run asks, while it is done: its photographs, then what a subclass makes of them."""

    def __init__(self, run: Run, journal: EventLog, stop: Stop) -> None:
        self.run, self.recipe, self.journal, self.stop = run, run.recipe, journal, stop
        self._notes: list[str] = []

    def go(self) -> Results:
        """Do it, and write how it ended; returns its results."""
        self.run = self.run.update(state="running", versions=_versions())
        self.run.ask_to_pause(waits=False)
        dataset = photographs(self.run) if self._resumes() else self._described()
        state, results = self.work(dataset)
        results["seconds"] = round(self.journal.seconds, 3)
        why = self.run.why_stopped if state == "stopped" else {}
        self.run.update(state=state, results=results, **why)
        if state == "finished":
            checkpoint.remove(self.run)
        self.journal.emit(state, **results, **why)
        return results

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Its state at the end, `finished` or `stopped`, and its results."""
        raise NotImplementedError

    def _resumes(self) -> bool:
        """Say how it begins; whether there is an epoch to go on from."""
        if not self.journal.resumes:
            self.journal.emit("started", recipe=self.recipe.name, epochs=self.recipe.epochs)
            return False
        epoch, sentence = _where_to_go_on(self.run)
        self.journal.emit("resumed", epoch=epoch, sentence=sentence)
        return epoch > 0

    def _described(self) -> Dataset:
        dataset, unreadable = self._sound_photographs()
        self._check_complete(take_inventory(dataset, unreadable, notes=self._notes))
        self._tell_changes(dataset)
        dataset = self._describe(dataset)
        inventory = take_inventory(dataset, unreadable, self._sides(dataset), self._notes)
        self.run = self.run.update(inventory=inventory.to_json())
        self.journal.emit("inventory", sentence=inventory.account, **inventory.counts())
        return dataset

    def _check_complete(self, inventory: Inventory) -> None:
        """Raise if too much of the set is left out for this kind of work."""

    def _sides(self, dataset: Dataset) -> dict[str, tuple[int, int]]:
        return count_sides(dataset, *parts_of(self.run, dataset))

    def _sound_photographs(self) -> tuple[Dataset, list[str]]:
        """Without the files that can't be read, and their names.

        One bad file must not end an hour's training.
        """
        self.journal.emit("stage", stage="check", sentence="Looking at every photograph")
        found = load(self.recipe.data, self.recipe.pattern)
        self._notes = [*self.run.info.get("notes", ()), *self._said_of_split(found)]
        dataset = own_split.limited(found, self.recipe.split, self.recipe.limit_per_breed)
        bad = unreadable(dataset.paths, self.journal.progress("check"), self.stop)
        names = sorted(dataset.name(path) for path in bad)
        if bad:
            self.journal.emit("skipped", files=names)
            dataset = dataset.keep([i for i, p in enumerate(dataset.paths) if p not in bad])
        if not dataset.paths:
            raise Problem("None of the photographs can be read: choose another folder.")
        dataset.require_breeds()
        return dataset, names

    def _said_of_split(self, dataset: Dataset) -> list[str]:
        """Nothing where the recipe's split is not drawn: by folds, or by the run gone on from."""
        drawn = self.run.kind != "folds" and not self.run.info.get("parent")
        return own_split.said(dataset, self.recipe.split) if drawn else []

    def _tell_changes(self, dataset: Dataset) -> None:
        """Say what of the recipe's changes is done, and which photographs are not there for it."""
        out, relabel = self.recipe.leave_out, dict(self.recipe.relabel)
        if not out and not relabel:
            return
        dataset.require_known(relabel)
        if missing := dataset.missing([*out, *relabel]):
            sentence = f"{len(missing)} named by the changes are not here: {', '.join(missing[:5])}"
            self.journal.emit("skipped", files=missing, sentence=sentence)
        n, m = (len(names) - len({*names}.intersection(missing)) for names in (relabel, out))
        self.journal.emit("changed", sentence=f"Labels cleaned: {n} relabelled, {m} left out.")

    def _make_fit(self, dataset: Dataset) -> None:
        """Make the batch as small as the memory asks for, before it is asked for.

        Raises:
            Problem: it does not suffice for the smallest.
        """
        if distributed.processes() > 1:  # each would find another room
            return
        size, n = batch_size(self.run), len(self.run.info["train_files"])
        asked, head = replace(self.recipe, batch_size=size), head_kind(self.run)
        fits = memory_estimate.fitting(asked, len(dataset.vocab), head, n)
        if fits < size:
            self.run = self.run.update(batch_size=fits)
            self.journal.smaller(f"batches of {min(size, n)}", fits, begun=False)

    def _describe(self, dataset: Dataset) -> Dataset:
        """Write who trains on what; returns the photographs with the recipe's changes."""
        stats, parent = pretrained(self.recipe.arch), self.run.parent
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
            if held := holdout.positions(self.recipe.hold_out, dataset):
                self._notes.append(holdout.said(len(held)))
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
    """A recipe's stages, to their end or a stop.

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
        self._make_fit(dataset)
        fit = self._fitted(dataset)
        return "finished" if fit.epochs == self.recipe.epochs else "stopped", fit.results

    def _fitted(self, dataset: Dataset) -> Fit:
        """Train to the end or a stop; with smaller batches where the memory does not suffice."""
        fit = Fit(self.run, self.journal, self.stop)
        try:
            if not distributed.agreed(self.stop)():
                fit.go(dataset)
        except CancelFitException:
            log.info("run %s was stopped before its first batch", self.run.id)
            return fit
        except Exception as error:
            size = min(fit.recipe.batch_size, len(self.run.info["train_files"]))
            alone = distributed.processes() == 1  # the others would wait for this one
            if not (alone and fit.in_batches and exhausted(error) and size // 2 >= SMALLEST):
                raise
            distrust(error)
            # Its words alone: the traceback would keep alive what is to be freed.
            log.warning("batches of %s were too large for the memory: %s", size, str(error))
        else:
            return fit
        del fit
        free()
        self.run = self.run.update(batch_size=size // 2)
        self.journal.smaller(f"batches of {size}", size // 2)
        return self._fitted(dataset)


def _where_to_go_on(run: Run) -> tuple[int, str]:
    """The last whole epoch, 0 when there is none to go on from, and a sentence about it."""
    checkpoint.tidy(run)
    try:
        kept = checkpoint.read(run)
    except checkpoint.Damaged as damaged:
        checkpoint.remove(run)
        return 0, str(damaged)
    if kept is None:
        return 0, "Starting over with the first epoch: it had not ended."
    return kept.epoch.number, f"Going on after epoch {kept.epoch.number}, the last whole one."


def _versions() -> dict[str, str]:
    names = ("petwidgets", "torch", "torchvision", "fastai", "timm")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
