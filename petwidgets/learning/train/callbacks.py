"""Callbacks of fastai's training loop: events, stop requests, pauses, and saved predictions."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from fastai.vision.all import Callback, CancelFitException, F, Recorder, nn

from petwidgets.baseline.pace import Pace
from petwidgets.baseline.work import wait_while_paused
from petwidgets.learning.train.distributed import agreed, gathered, processes
from petwidgets.learning.train.features import last_linear
from petwidgets.runs.predictions import Validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np

    from petwidgets.baseline.event_log import EventLog, Reporter
    from petwidgets.runs.run import Run


@contextmanager
def interruptible(model: nn.Module, stop: Callable[[], bool]) -> Iterator[None]:
    """Let a stop request interrupt a batch, in its forward or backward pass.

    A batch of 64 photographs takes seconds on a CPU, too long for a stop to wait.

    Raises:
        CancelFitException: `stop()` was true at the next layer.
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
    """Stops a distributed training before the same batch in all processes.

    If one process stopped alone, the others would wait for it.
    """

    def __init__(self, stop: Callable[[], bool]) -> None:
        self.agreed_stop = agreed(stop)

    def before_batch(self) -> None:
        """Check for a stop; a single process does that in `interruptible`, more often."""
        if processes() > 1 and self.agreed_stop():
            raise CancelFitException


class Pause(Callback):
    """Waits before a batch while the run is paused."""

    def __init__(self, run: Run, journal: EventLog, stop: Callable[[], bool]) -> None:
        # The run itself can't be kept as `run`: fastai switches callbacks off by that name.
        self.wait = partial(wait_while_paused, run, journal, stop)

    def before_batch(self) -> None:
        """Wait; of several processes none does, because the others would wait for it."""
        if processes() == 1:
            self.wait()


class Keep(Callback):
    """Collects the predictions of each validation, and saves them at the epoch's end.

    Nothing is inferred twice: the interpretation panels later read the same outputs that gave the
    validation loss, and the features from which the last layer computed them.

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
        """Hook the last layer to record its inputs."""
        self.hook = last_linear(self.model).register_forward_pre_hook(self._take)

    def after_fit(self) -> None:
        """Remove the hook."""
        self.hook.remove()

    def _take(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        if not layer.training:
            self.features.append(torch.Tensor(inputs[0].detach()).half().cpu())

    def before_validate(self) -> None:
        """Drop the predictions of the epoch before."""
        self.outputs, self.targets, self.features = [], [], []

    def after_pred(self) -> None:
        """Record the activations of a validation batch."""
        if not self.training:
            self.outputs.append(torch.Tensor(self.pred.detach()).float().cpu())
            self.targets.append(torch.as_tensor(self.y).long().cpu())

    def after_epoch(self) -> None:
        """Compute probabilities and losses once, and save them."""
        if not self.outputs:  # fastai skips epochs that were done before a resume
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
    """Reports the progress after each training batch.

    Args:
        journal: reports the events.
        batches: of one epoch.
        epochs: of the training.
        epochs_done: before, perhaps by another process.
    """

    order = Recorder.order + 5

    def __init__(
        self, journal: Reporter, batches: int, epochs: int, *, epochs_done: int = 0
    ) -> None:
        self.journal, self.done, self.total = journal, epochs_done * batches, epochs * batches
        self.pace = Pace(batches, epochs, journal.seconds)
        # The first batch always: it was waited for.
        self.emit: Callable[..., None] = journal.emit

    def after_batch(self) -> None:
        """Report losses, rates and the pace."""
        if not self.training:
            return
        self.done += 1
        pace = self.pace.add(self.done, len(self.y) * processes(), self.journal.seconds)
        self.emit(
            "batch",
            done=self.done,
            of=self.total,
            loss=float(self.smooth_loss),
            rates=[float(group["lr"]) for group in self.opt.hypers],
            mom=float(self.opt.hypers[-1]["mom"]),
            **pace,
        )
        self.emit = self.journal.emit_sometimes
