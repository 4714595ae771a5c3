"""Train a user's own fastai `Learner`, or search its learning rate.

The work is done in the calling process, and reports the same events as a run's training.
"""

from __future__ import annotations

import logging
import math
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import torch
from fastai.vision.all import Callback, CancelFitException, Recorder

from petwidgets.baseline.event_log import Reporter
from petwidgets.baseline.work import why_failed
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.learning.models.layer_groups import layer_groups
from petwidgets.learning.train.callbacks import Batches, interruptible
from petwidgets.learning.train.fit import fastai_rate
from petwidgets.learning.train.learner import FIRST_BATCH
from petwidgets.learning.train.lr_find import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastai.vision.all import Learner

    from petwidgets.jobs.train import Report, Stop
    from petwidgets.metrics.lr_suggest import Search
    from petwidgets.recipes.stage import Stage

log = logging.getLogger(__name__)

NO_CLASSES = (
    "This learner's targets are not single classes: give one that classifies, one class an item."
)


def find_rate(learn: Learner, search: Search, report: Report, stop: Stop) -> None:
    """Search a learning rate for a learner, then restore its weights.

    Args:
        learn: frozen or unfrozen, with its own loss and data.
        search: the rates, and the number of batches.
        report: called with each event; the last one is `finished`, `stopped` or `failed`.
        stop: called often; once it returns true, the search ends within a batch.
    """
    with _reporting(learn, report, stop) as reporter:
        _require_batches(learn)
        train = learn.dls.train
        size = getattr(train, "bs", None) or getattr(train, "batch_size", None) or 0
        sentence = f"lr_find: {FIRST_BATCH}"
        reporter.emit("stage", stage="rates", sentence=sentence, batch_size=size)
        results = sweep(learn, search, reporter, stop)
        reporter.emit("stopped" if stop() else "finished", **results)


def fit(
    learn: Learner,
    stages: Sequence[Stage],
    report: Report,
    stop: Stop,
    *,
    freezes: bool = True,
) -> None:
    """Train a learner stage by stage, each stage with one call of its `fit_one_cycle`.

    Args:
        learn: for single-class targets, with a validation set.
        stages: the stages of `fine_tune`, or others.
        report: as for `find_rate`.
        stop: called often; once it returns true, the training ends within a batch, and the weights
            stay as they are then.
        freezes: whether the stages freeze and unfreeze the body; otherwise it is left as it is.
    """
    with _reporting(learn, report, stop) as reporter:
        _require_classes(learn)
        epochs = sum(stage.epochs for stage in stages)
        callbacks = [
            Batches(reporter, len(learn.dls.train), epochs),
            _Epochs(reporter, epochs),
        ]
        with learn.added_cbs(callbacks), learn.no_logging(), interruptible(learn.model, stop):
            for stage in stages:
                if stage.epochs and not stop():
                    _fit_stage(learn, stage, reporter, freezes=freezes)
        reporter.emit("stopped" if stop() else "finished")


def _fit_stage(learn: Learner, stage: Stage, reporter: Reporter, *, freezes: bool) -> None:
    body = ""
    if freezes:
        body = f", body {'frozen' if stage.frozen else 'unfrozen'}"
        learn.freeze() if stage.frozen else learn.unfreeze()
    elif learn.opt is None:
        learn.create_opt()
    sentence = f"{counted(stage.epochs, 'epoch')} of fit_one_cycle{body}: {FIRST_BATCH}"
    reporter.emit("stage", stage="fit", sentence=sentence, groups=layer_groups(learn))
    rate = fastai_rate(stage.rate)
    learn.fit_one_cycle(stage.epochs, rate, pct_start=stage.pct_start, div=stage.div)


@contextmanager
def _reporting(learn: Learner, report: Report, stop: Stop) -> Iterator[Reporter]:
    """Report the start, and an end by an exception; fastai's progress bar is off meanwhile."""
    reporter = Reporter(report)
    reporter.emit("started")
    try:
        with learn.no_bar() if hasattr(learn, "no_bar") else nullcontext():
            yield reporter
    except CancelFitException:
        reporter.emit("stopped")
    except Exception as error:
        log.warning("work on a learner failed", exc_info=error)
        reporter.emit("stopped" if stop() else "failed", problem=why_failed(error))


def _require_batches(learn: Learner) -> None:
    """Check that the training set has at least one batch.

    Raises:
        Problem: it has none.
    """
    if not len(learn.dls.train):
        raise Problem("The training set has no whole batch: make the batch size smaller.")


def _require_classes(learn: Learner) -> None:
    """Check that a batch's targets are indices of classes.

    Raises:
        Problem: they are not, or there is no validation set.
    """
    _require_batches(learn)
    if not len(learn.dls.valid):
        raise Problem("This learner has no validation set: give its DataLoaders one.")
    valid = learn.dls.valid
    *_, targets = valid.one_batch() if hasattr(valid, "one_batch") else next(iter(valid))
    if not isinstance(targets, torch.Tensor) or targets.ndim != 1 or targets.is_floating_point():
        raise Problem(NO_CLASSES)


class _Epochs(Callback):
    """Reports each complete epoch: losses, and the error rate of the same predictions."""

    order = Recorder.order + 10

    def __init__(self, reporter: Reporter, epochs: int) -> None:
        self.reporter, self.epochs, self.done = reporter, epochs, 0

    def before_validate(self) -> None:
        """Reset the counters."""
        self.items, self.wrong, self.total = 0, 0, 0.0

    def after_loss(self) -> None:
        """Count a validation batch."""
        if self.training:
            return
        n = len(self.y)
        self.items += n
        self.total += float(self.learn.loss.mean()) * n
        self.wrong += int((self.pred.argmax(-1) != self.y).sum())

    def after_epoch(self) -> None:
        """Report the epoch's figures."""
        self.done += 1
        loss = self.total / self.items
        if not math.isfinite(loss):
            raise Problem(
                "The training diverged: its loss is not a number any more. Take a smaller learning"
                " rate, and a learner with its weights of before."
            )
        figures = {
            "train_loss": float(self.smooth_loss),
            "valid_loss": loss,
            "error_rate": self.wrong / self.items,
        }
        self.reporter.emit("epoch", epoch=self.done, of=self.epochs, **figures)
