"""What fastai's training loop tells the world: events, stop requests, and what to keep."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from fastai.vision.all import Callback, CancelFitException, F, Recorder, nn

from petwidgets.learning.train.distributed import agreed, gathered, processes
from petwidgets.learning.train.features import last_linear
from petwidgets.runs.predictions import Validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np

    from petwidgets.learning.train.event_log import EventLog, Reporter
    from petwidgets.runs.run import Run

SECONDS_BETWEEN_LOOKS = 0.05


@contextmanager
def interruptible(model: nn.Module, stop: Callable[[], bool]) -> Iterator[None]:
    """Let a stop request end a batch in its midst, forward or backward.

    A batch of 64 photographs takes seconds on a CPU; a stop that waits for its end is too slow.

    Raises:
        CancelFitException: as soon as `stop()` is true and a module is entered or left.
    """

    def look(*_: Any) -> None:
        if stop():
            raise CancelFitException

    def forward(_module: nn.Module, _inputs: Any, output: Any) -> None:
        look()
        if isinstance(output, torch.Tensor) and output.requires_grad:
            output.register_hook(look)

    leaves = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    hooks = [module.register_forward_hook(forward) for module in leaves]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class Together(Callback):
    """Ends the training in several processes before the same batch: one alone would be awaited."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self.asked = agreed(stop)

    def before_batch(self) -> None:
        """Look, unless this process is alone and `interruptible` looks more often."""
        if processes() > 1 and self.asked():
            raise CancelFitException


class Pause(Callback):
    """Waits before a batch as long as the run is asked to, but not for ever: others wait, too."""

    LONGEST = 600.0

    def __init__(self, run: Run, journal: EventLog, stop: Callable[[], bool]) -> None:
        # `run` is a name of fastai's: whether a callback is called at all.
        self.asked, self.journal, self.stop = run, journal, stop

    def before_batch(self) -> None:
        """Look whether it is asked to wait; Stop ends a pause, too."""
        if not self.asked.asked_to_pause or processes() > 1:
            return
        self.journal.emit("paused", sentence="Paused: nothing is lost, the next batch waits.")
        until, never = time.monotonic() + self.LONGEST, threading.Event()
        with self.journal.paused():
            while self.asked.asked_to_pause and not self.stop() and time.monotonic() < until:
                never.wait(SECONDS_BETWEEN_LOOKS)
        self.asked.ask_to_pause(waits=False)
        self.journal.emit("unpaused", sentence="Going on with the next batch.")


class Keep(Callback):
    """Collects the predictions of each validation, and hands them over at the epoch's end.

    Nothing is inferred twice: the very outputs that the validation loss is computed from are
    what the interpretation panels read later, and so is what the last layer makes them of.

    Args:
        files: names in the order of the validation set.
        save: called at the epoch's end with its figures, its predictions, and the (n, f) float16
            inputs of the last linear layer.
    """

    order = Recorder.order + 10

    def __init__(
        self,
        files: Sequence[str],
        save: Callable[[dict[str, float], Validation, np.ndarray], None],
    ) -> None:
        self.files, self.save = tuple(files), save
        self.outputs: list[torch.Tensor] = []
        self.targets: list[torch.Tensor] = []
        self.features: list[torch.Tensor] = []

    def before_fit(self) -> None:
        """Have the last layer tell what it is given."""
        self.hook = last_linear(self.model).register_forward_pre_hook(self._take)

    def after_fit(self) -> None:
        """It need not any more."""
        self.hook.remove()

    def _take(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        if not layer.training:
            self.features.append(torch.Tensor(inputs[0].detach()).half().cpu())

    def before_validate(self) -> None:
        """Forget the epoch before."""
        self.outputs, self.targets, self.features = [], [], []

    def after_pred(self) -> None:
        """Take the activations of a validation batch."""
        if not self.training:
            self.outputs.append(torch.Tensor(self.pred.detach()).float().cpu())
            self.targets.append(torch.as_tensor(self.y).long().cpu())

    def after_epoch(self) -> None:
        """Compute probabilities and losses, once, and hand them over."""
        if not self.outputs:  # an epoch that was done before, which fastai skips
            return
        n = len(self.files)
        outputs = gathered(torch.cat(self.outputs), n)
        targets = gathered(torch.Tensor(torch.cat(self.targets)).long(), n)
        losses = F.cross_entropy(outputs, targets, reduction="none")
        validation = Validation(
            self.files, outputs.softmax(1).numpy(), targets.numpy(), losses.numpy()
        )
        figures = {
            "train_loss": float(self.smooth_loss),
            "valid_loss": float(losses.mean()),
            "error_rate": validation.errors / len(targets),
        }
        self.save(figures, validation, gathered(torch.cat(self.features), n).numpy())


class Batches(Callback):
    """Says after each training batch how far the training is.

    Args:
        journal: what says it.
        done: batches of the epochs that were done before, perhaps by another process.
        total: batches of all epochs.
    """

    order = Recorder.order + 5

    def __init__(self, journal: Reporter, done: int, total: int) -> None:
        self.journal, self.done, self.total = journal, done, total
        self.own = self.images = 0
        self.began = journal.seconds

    def after_batch(self) -> None:
        """Report losses and rates; the seconds left are estimated from the pace so far."""
        if not self.training:
            return
        self.done += 1
        self.own += 1
        self.images += len(self.y) * processes()
        seconds = self.journal.seconds - self.began
        self.journal.emit_sometimes(
            "batch",
            done=self.done,
            of=self.total,
            loss=float(self.smooth_loss),
            rates=[float(group["lr"]) for group in self.opt.hypers],
            mom=float(self.opt.hypers[-1]["mom"]),
            images_per_second=self.images / seconds,
            seconds_left=seconds / self.own * (self.total - self.done),
        )
