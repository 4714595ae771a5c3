"""A fastai `Learner` of a user's own at work: its rate is searched, or it is trained.

It works in the process that holds it, and tells of itself in the events that a run's training has.
"""

from __future__ import annotations

import logging
import math
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import torch
from fastai.vision.all import Callback, CancelFitException, Recorder

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.learning.models.layer_groups import layer_groups
from petwidgets.learning.train.callbacks import Batches, interruptible
from petwidgets.learning.train.event_log import Reporter
from petwidgets.learning.train.fit import fastai_rate
from petwidgets.learning.train.lr_find import sweep
from petwidgets.learning.train.train import why_failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastai.vision.all import Learner

    from petwidgets.jobs.train import Report, Stop
    from petwidgets.metrics.lr_suggest import Search
    from petwidgets.recipes.recipe import Stage

log = logging.getLogger(__name__)

NO_CLASSES = (
    "This learner's targets are no single classes: give one that classifies, one class an item."
)


def find_rate(learn: Learner, asked: Search, report: Report, stop: Stop) -> None:
    """Search a learning rate for the learner as it is, and put its weights back.

    Args:
        learn: frozen or not; its own loss and data.
        asked: the rates, and how many batches.
        report: called with each event, the last of which is `finished`, `stopped` or `failed`.
        stop: asked often; once it is true the search ends within a batch.
    """
    with _at_work(learn, report, stop) as reporter:
        _require_batches(learn)
        train = learn.dls.train
        size = getattr(train, "bs", None) or getattr(train, "batch_size", None) or 0
        reporter.emit("stage", stage="rates", sentence="lr_find", batch_size=size)
        found = sweep(learn, asked, reporter, stop)
        reporter.emit("stopped" if stop() else "finished", **found)


def fit(
    learn: Learner,
    stages: Sequence[Stage],
    report: Report,
    stop: Stop,
    *,
    freezes: bool = True,
) -> None:
    """Train the learner, stage by stage, each one call of its `fit_one_cycle`.

    Args:
        learn: for one class an item, with a validation set.
        stages: what `fine_tune` is made of, or one's own.
        report: as for `find_rate`.
        stop: asked often; once it is true the training ends within a batch, and the weights stay
            as they are then.
        freezes: whether the body is frozen and unfrozen as the stages say; else it stays as it is.
    """
    with _at_work(learn, report, stop) as reporter:
        _require_classes(learn)
        epochs = sum(stage.epochs for stage in stages)
        told = [
            Batches(reporter, 0, epochs * len(learn.dls.train)),
            _Epochs(reporter, epochs),
        ]
        with learn.added_cbs(told), learn.no_logging(), interruptible(learn.model, stop):
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
    sentence = f"{counted(stage.epochs, 'epoch')} of fit_one_cycle{body}"
    reporter.emit("stage", stage="fit", sentence=sentence, groups=layer_groups(learn))
    rate = fastai_rate(stage.rate)
    learn.fit_one_cycle(stage.epochs, rate, pct_start=stage.pct_start, div=stage.div)


@contextmanager
def _at_work(learn: Learner, report: Report, stop: Stop) -> Iterator[Reporter]:
    """Report the beginning, and an end that comes by an exception; no bar is drawn meanwhile."""
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
    """Pass where there is something to train on.

    Raises:
        Problem: there is not one whole batch.
    """
    if not len(learn.dls.train):
        raise Problem("The training set has no whole batch: make the batch size smaller.")


def _require_classes(learn: Learner) -> None:
    """Pass where a batch's targets are positions of classes.

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
    """Tells of each whole epoch: losses, and the error rate of the same predictions."""

    order = Recorder.order + 10

    def __init__(self, reporter: Reporter, epochs: int) -> None:
        self.reporter, self.epochs, self.done = reporter, epochs, 0

    def before_validate(self) -> None:
        """Count anew."""
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
        """Tell what came of it."""
        self.done += 1
        loss = self.total / self.items
        if not math.isfinite(loss):
            raise Problem(
                "The training diverged: its loss is no number any more. Take a smaller learning"
                " rate, and a learner with its weights of before."
            )
        figures = {
            "train_loss": float(self.smooth_loss),
            "valid_loss": loss,
            "error_rate": self.wrong / self.items,
        }
        self.reporter.emit("epoch", epoch=self.done, of=self.epochs, **figures)
