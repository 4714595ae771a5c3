"""The frame of every work for a run: collect its photographs, do it, and write how it ended."""

from __future__ import annotations

import gc
import logging
import math
import platform
import threading
import time
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from petwidgets.baseline.event_log import EventLog
from petwidgets.baseline.run_dataset import inherited, parts_of, photographs
from petwidgets.common.errors import Problem, missing
from petwidgets.common.formatting import counted
from petwidgets.common.out_of_memory import exhausted
from petwidgets.common.paths import complaints
from petwidgets.data import holdout, own_split
from petwidgets.data.checks.unreadable import unreadable
from petwidgets.data.dataset import load
from petwidgets.data.divide import divided
from petwidgets.data.inventory import IncompleteError, count_sides, take_inventory
from petwidgets.runs.control import LONGEST_PAUSE
from petwidgets.runs.store import parent_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.data.dataset import Dataset
    from petwidgets.data.inventory import Inventory
    from petwidgets.jobs.job import Job
    from petwidgets.jobs.network import Stats
    from petwidgets.jobs.train import Report, Results, Stop
    from petwidgets.runs.run import Run

P = ParamSpec("P")

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.05

PAUSED = (
    "Paused: nothing is lost, the next batch waits. It goes on by itself after {}, for others may"
    " wait."
)

PACKAGES = ("petwidgets", "numpy", "onnxruntime", "torch", "torchvision", "fastai", "timm")
"""Packages whose versions a run notes, where they are installed."""


def conduct(
    kind: Callable[[Run, EventLog, Stop], Work],
    run: Run,
    report: Report,
    stop: Stop,
) -> Results:
    """Do one kind of work for a run; arguments, result and errors are those of `jobs.train`."""
    journal = EventLog(run, report)
    try:
        return kind(run, journal, stop).go()
    except Exception as error:
        raise _failed(run, journal, error) from error
    finally:
        # fastai's Learner and its callbacks refer to each other; uncollected they hold 175 MB.
        gc.collect()


def with_torch(
    work: Job[Concatenate[Run, Report, Stop, P], Results], run: Run, report: Report
) -> Callable[Concatenate[Run, Report, Stop, P], Results]:
    """The function of a work that takes torch.

    Raises:
        Problem: torch is not installed. The run is `failed`.
    """
    try:
        return work.load()
    except ImportError as error:
        raise _failed(run, EventLog(run, report), error) from error


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
        return "There was not enough memory: make the batch or the size smaller and train again."
    error = missing(error) or error
    if isinstance(error, Problem):
        # fastai prepends "Exception occured in `Keep` when calling event ..." in callbacks.
        return str(error).rsplit("\n\t", 1)[-1]
    return f"The training failed ({type(error).__name__}); the details are in the log."


def require_finite(valid_loss: float) -> None:
    """Check that a training did not diverge.

    Raises:
        Problem: the loss is NaN or infinite.
    """
    if not math.isfinite(valid_loss):
        raise Problem(
            "The training diverged: its loss is not a number any more. Take a smaller learning"
            " rate;"
            " the weights of the epoch before are kept."
        )


def _tidy(run: Run) -> None:
    """Remove temporary files of a process that was killed while it wrote an epoch's files."""
    with complaints(run.folder):
        for path in run.folder.glob(".*.safetensors.*"):
            path.unlink(missing_ok=True)


def wait_while_paused(run: Run, journal: EventLog, stop: Stop) -> None:
    """Wait while the run is paused, at most `LONGEST_PAUSE`; a stop ends the pause, too."""
    if not run.control.asked_to_pause:
        return
    journal.emit("paused", sentence=PAUSED.format(counted(round(LONGEST_PAUSE / 60), "minute")))
    until, never = time.monotonic() + LONGEST_PAUSE, threading.Event()
    with journal.paused():
        while run.control.asked_to_pause and not stop() and time.monotonic() < until:
            never.wait(SECONDS_BETWEEN_LOOKS)
    run.control.ask_to_pause(waits=False)
    journal.emit("unpaused", sentence="Going on with the next batch.")


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
            self.tidy()
        self.journal.emit(state, **results, **why)
        return results

    def work(self, dataset: Dataset) -> tuple[str, Results]:
        """Do the work; returns the final state, `finished` or `stopped`, and the results."""
        raise NotImplementedError

    def tidy(self) -> None:
        """Remove what only a resumed training would need; called when the work has finished."""

    def resume_point(self) -> tuple[int, str]:
        """Complete epochs to resume after, and a sentence about it."""
        return 0, "Starting over."

    def stats(self) -> Stats:
        """Mean, standard deviation and source of the weights that the work begins with."""
        raise NotImplementedError

    def _resumes(self) -> bool:
        """Report the start; returns whether there is an epoch to resume after."""
        if not self.journal.resumes:
            self.journal.emit("started", recipe=self.recipe.name, epochs=self.recipe.epochs)
            return False
        _tidy(self.run)
        epoch, sentence = self.resume_point()
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
        uses_split = self.run.kind != "folds" and not self.run.parent_id
        return own_split.said(dataset, self.recipe.split) if uses_split else []

    def _emit_changes(self, dataset: Dataset) -> None:
        """Report the applied label changes, and the photographs that they name in vain."""
        out, relabel = self.recipe.leave_out, dict(self.recipe.relabel)
        if not out and not relabel:
            return
        dataset.require_known(relabel)
        if away := dataset.missing([*out, *relabel]):
            sentence = f"{len(away)} named by the changes are not here: {', '.join(away[:5])}"
            self.journal.emit("skipped", files=away, sentence=sentence)
        n, m = (len(names) - len({*names}.intersection(away)) for names in (relabel, out))
        self.journal.emit("changed", sentence=f"Labels cleaned: {n} relabelled, {m} left out.")

    def _describe(self, dataset: Dataset) -> Dataset:
        """Write vocab, split and preprocessing into the run; returns the changed data set."""
        stats, parent = self.stats(), parent_of(self.run)
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
            head=(parent or self.run).head_kind,
        )
        return dataset


class TrainWork(Work):
    """Work that learns from most of a data set, and asks if much of it is left out.

    Args:
        run, journal, stop: as of `Work`.
        confirm: as of `jobs.train.train`.
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


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **dict(filter(None, map(_version, PACKAGES)))}


def _version(name: str) -> tuple[str, str] | None:
    try:
        return name, version(name)
    except PackageNotFoundError:
        return None
