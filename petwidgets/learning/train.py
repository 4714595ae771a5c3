"""One training, from a recipe to a finished run."""

from __future__ import annotations

import gc
import logging
import math
import platform
import random
import time
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastai.vision import augment
from fastai.vision.all import CancelFitException, ProgressCallback, set_seed, torch
from safetensors.torch import save

from petwidgets.data.check import unreadable
from petwidgets.data.dataset import load
from petwidgets.home import replacing
from petwidgets.learning import CORES
from petwidgets.learning.backbones import pretrained
from petwidgets.learning.callbacks import Batches, Keep, interruptible
from petwidgets.learning.dls import split
from petwidgets.learning.journal import Journal
from petwidgets.learning.learners import prepare
from petwidgets.lessons.intervals import least_probability
from petwidgets.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from petwidgets.data.dataset import Dataset
    from petwidgets.learning.learners import Prepared
    from petwidgets.recipes import Rate, Stage
    from petwidgets.runs import Run, Validation

log = logging.getLogger(__name__)


def train(
    run: Run, report: Callable[[dict[str, Any]], None], stop: Callable[[], bool]
) -> dict[str, Any]:
    """Do what the run's recipe asks, writing all that happens into its folder.

    Args:
        run: a run in state `queued`.
        report: called with each event after it is written.
        stop: asked often; once it is true the training ends within about a second and keeps what
            its last whole epoch left.

    Returns:
        The run's results: `error_rate`, `valid_loss` (nats), `epochs`, `seconds`,
        `images_per_second`.

    Raises:
        Problem: what was asked can't be done; the run is `failed`, and its last event says why.
    """
    journal = Journal(run, report)
    torch.set_num_threads(CORES)  # a thread's own number; a prediction may just have set it to one
    try:
        return _Training(run, journal, stop).go()
    except Exception as error:
        raise _failed(run, journal, error) from error
    finally:
        # fastai's Learner and its callbacks refer to each other; left alone they keep 175 MB.
        gc.collect()


def _failed(run: Run, journal: Journal, error: Exception) -> Problem:
    log.warning("run %s failed", run.id, exc_info=error)
    sentence = _sentence(error)
    try:
        run.update(state="failed", problem=sentence)
        journal.emit("failed", problem=sentence)
    except Problem:
        # The disk is full; the exception still carries the sentence to the page.
        log.warning("the failure of run %s could not be written", run.id, exc_info=True)
    return Problem(sentence)


def _sentence(error: Exception) -> str:
    if isinstance(error, Problem):
        # fastai puts "Exception occured in `Keep` when calling event ..." before a callback's own.
        return str(error).rsplit("\n\t", 1)[-1]
    # On a CPU torch raises a RuntimeError like any other, which names its allocator.
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError) or "Allocator" in str(error):
        return "The memory did not suffice: make the batch or the size smaller and train again."
    return f"The training failed ({type(error).__name__}); the details are in the log."


@contextmanager
def _own_random(seed: int) -> Iterator[None]:
    """Give fastai's augmentation random numbers of its own.

    It takes Python's, and so do Dask's threads, a few whenever they send something.
    """
    augment.random = random.Random(seed)  # noqa: S311 - the name that its functions look up
    try:
        yield
    finally:
        augment.random = random


class _Training:
    """The state of one training while it goes on."""

    def __init__(self, run: Run, journal: Journal, stop: Callable[[], bool]) -> None:
        self.run, self.recipe, self.journal, self.stop = run, run.recipe, journal, stop
        self.epochs = 0
        self.results: dict[str, Any] = {}

    def go(self) -> dict[str, Any]:
        self.run = self.run.update(state="running", versions=_versions())
        self.journal.emit("started", recipe=self.recipe.name, epochs=self.recipe.epochs)
        dataset = self._sound_photographs()
        self._describe(dataset)
        set_seed(self.recipe.seed)
        try:
            if not self.stop():
                self._fit(self._prepare(dataset))
        except CancelFitException:
            log.info("run %s was stopped before its first batch", self.run.id)
        state = "finished" if self.epochs == self.recipe.epochs else "stopped"
        self.results["seconds"] = round(time.monotonic() - self.journal.began, 3)
        self.run = self.run.update(state=state, results=self.results)
        self.journal.emit(state, **self.results)
        return self.results

    def _sound_photographs(self) -> Dataset:
        """Without the files that can't be read: one bad file must not end an hour's training."""
        self._announce("check", "Looking at every photograph")
        dataset = load(self.recipe.data, self.recipe.pattern).limited(self.recipe.limit_per_breed)
        bad = unreadable(dataset.paths, self.journal.progress("check"), self.stop)
        if bad:
            names = sorted(dataset.name(path) for path in bad)
            sentence = f"{len(names)} can't be read and are left out: {', '.join(names[:5])}"
            self.journal.emit("skipped", files=names, sentence=sentence)
            dataset = dataset.keep([i for i, p in enumerate(dataset.paths) if p not in bad])
        if not dataset.paths:
            raise Problem("None of the photographs can be read: choose another folder.")
        dataset.demand_breeds()
        return dataset

    def _announce(self, stage: str, sentence: str) -> None:
        self.journal.emit("stage", stage=stage, sentence=sentence)

    def _describe(self, dataset: Dataset) -> None:
        stats = pretrained(self.recipe.arch)
        train, valid = split(self.recipe, dataset)
        self.run = self.run.update(
            vocab=list(dataset.vocab),
            train_files=[dataset.name(dataset.paths[i]) for i in train],
            files=[dataset.name(dataset.paths[i]) for i in valid],
            preprocessing={"mean": stats.mean, "std": stats.std},
            weights=stats.source,
            keeps="head" if self.recipe.frozen_only else "all",
        )

    def _prepare(self, dataset: Dataset) -> Prepared:
        if self.recipe.frozen_only:
            self._announce("features", "One forward pass over every photograph")
        stats, progress = pretrained(self.recipe.arch), self.journal.progress("features")
        return prepare(self.recipe, dataset, stats, progress, self.stop)

    def _fit(self, prepared: Prepared) -> None:
        learn = prepared.learn
        # Again: while features were computed, other threads of a worker took random numbers.
        set_seed(self.recipe.seed)
        learn.dls.train.rng = random.Random(self.recipe.seed)  # noqa: S311 - fastai's own kind
        learn.remove_cb(ProgressCallback)
        learn.add_cbs([
            Batches(self.journal, self.recipe.epochs * len(learn.dls.train)),
            Keep(self.run.info["files"], lambda *kept: self._save(prepared, *kept)),
        ])  # fmt: skip
        undisturbed = _own_random(self.recipe.seed)
        with interruptible(learn.model, self.stop), learn.no_logging(), undisturbed:
            for stage in self.recipe.stages:
                if stage.epochs and not self.stop():
                    self._stage(prepared, stage)

    def _stage(self, prepared: Prepared, stage: Stage) -> None:
        learn = prepared.learn
        body = "frozen" if stage.frozen else "unfrozen"
        self._announce(body, f"{stage.epochs} epochs of fit_one_cycle, body {body}")
        learn.freeze() if stage.frozen else learn.unfreeze()
        rate = _fastai_rate(stage.rate)
        learn.fit_one_cycle(stage.epochs, rate, pct_start=stage.pct_start, div=stage.div)

    def _save(self, prepared: Prepared, figures: dict[str, float], validation: Validation) -> None:
        if not math.isfinite(figures["valid_loss"]):
            raise Problem(
                "The training diverged: its loss is no number any more. Take a smaller learning"
                " rate; what the epoch before left is kept."
            )
        self.epochs += 1
        self.run.save_validation(validation)
        keeps = "1." if self.recipe.frozen_only else ""
        state = prepared.network.state_dict()
        weights = {k: v.cpu().contiguous() for k, v in state.items() if k.startswith(keeps)}
        with replacing(self.run.folder / "model.safetensors") as temporary:
            temporary.write_bytes(save(weights))  # save_file hides that a disk is full
        least = least_probability(validation.probabilities, validation.targets)
        seconds = time.monotonic() - self.journal.began
        self.results = {
            **figures,
            "epochs": self.epochs,
            "images_per_second": round(self._seen() / seconds, 2),
        }
        self.run = self.run.update(results=self.results, least_probability=least)
        self.journal.emit("epoch", epoch=self.epochs, of=self.recipe.epochs, **figures)

    def _seen(self) -> int:
        """Photographs that went through the body: for a baseline each once, however many epochs."""
        train, valid = len(self.run.info["train_files"]), len(self.run.info["files"])
        return train + valid if self.recipe.frozen_only else self.epochs * train


def _fastai_rate(rate: Rate) -> float | slice:
    return slice(*rate) if isinstance(rate, tuple) else rate


def _versions() -> dict[str, str]:
    names = ("petwidgets", "torch", "torchvision", "fastai", "timm")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
