"""Trainings in processes that kill themselves.

Each is forked from one process that has imported fastai, which takes seconds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.baseline import event_log, train
from petwidgets.learning.train import callbacks, checkpoint, fit
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess

_context = multiprocessing.get_context("forkserver")
# By its installed name: the server's own path has no folder of tests, and it says nothing of that.
_context.set_forkserver_preload([fit.__name__])


def begin(run: Run, where: str, nth: int) -> ForkServerProcess:
    """Train in another process, which kills itself at the nth call of what stands at `where`."""
    home = os.environ["PETWIDGETS_HOME"]
    process = _context.Process(target=_train, args=(str(run.folder), home, where, nth))
    process.start()
    return process


def killed(run: Run, where: str, nth: int) -> Run:
    """A run whose training died so."""
    child = begin(run, where, nth)
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert run.fresh().state == "running"
    return run.fresh()


def _train(folder: str, home: str, where: str, nth: int) -> None:
    os.environ["PETWIDGETS_HOME"] = home
    _arm(where, _Deadly(nth))
    train.train(Run(Path(folder)), lambda _: None, lambda: False)


class _Deadly:
    """Kills the process at the nth call."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(
        self, function: Callable[..., Any], condition: Callable[..., bool] = lambda *_, **__: True
    ) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.left -= condition(*args, **kwargs)
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return call


def _arm(where: str, deadly: _Deadly) -> None:
    match where:
        case "batch":
            callbacks.Batches.after_batch = deadly(callbacks.Batches.after_batch)
        case "step":  # of a baseline
            train._Batches.add = deadly(train._Batches.add)
        case "head":  # predictions are written, weights are not
            train.save = deadly(train.save)
        case "weights":  # predictions are written, weights are not
            checkpoint.write_tensors = deadly(
                checkpoint.write_tensors, lambda path, *_: path.name == "model.safetensors"
            )
        case "checkpoint":  # all of the epoch's other files are written
            checkpoint.write = deadly(checkpoint.write)
        case "rename":  # the checkpoint is written, but not in its place
            Path.replace = deadly(
                Path.replace, lambda _, target: Path(target).name == checkpoint.NAME
            )
        case "event":
            event_log.EventLog.emit_epoch = deadly(event_log.EventLog.emit_epoch)
        case "end":
            Run.update = deadly(Run.update, lambda _, **new: new.get("state") == "finished")
