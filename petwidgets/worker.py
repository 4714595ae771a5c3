"""What runs inside the engine's processes: named functions of `petwidgets.learning`."""

from __future__ import annotations

import importlib
import os
import threading
from typing import TYPE_CHECKING, Any

from distributed import get_worker
from distributed.worker import thread_state

from petwidgets.log import keep_log
from petwidgets.problem import Problem
from petwidgets.runs import Run

if TYPE_CHECKING:
    from pathlib import Path

_asked_to_stop: dict[str, threading.Event] = {}


def dask_setup(_worker: Any) -> None:
    """Called by Dask as a worker starts: end this process soon after the one that started it.

    Dask does so through a pipe, but whatever else that process started holds the pipe open too; a
    page's engine would outlive its page, a gigabyte each.
    """
    keep_log()
    parent = os.getppid()

    def watch() -> None:
        never = threading.Event()
        while os.getppid() == parent:
            never.wait(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="go-with-parent").start()


def call(name: str, *args: Any) -> Any:
    """Run `learning.<module>:<function>`; torch is imported at the first of them."""
    module, function = name.split(":")
    return getattr(importlib.import_module(f"petwidgets.{module}"), function)(*args)


def train(folder: Path) -> dict[str, Any]:
    """Train a run, telling its events to whoever subscribed to its id.

    Raises:
        Problem: as `petwidgets.learning.train.train`; or it was begun before, and Dask, having lost
            its process or its result, begins it again.
    """
    worker, run, key = get_worker(), Run(folder), thread_state.key
    if run.state != "queued":
        raise Problem(f"The training {run.id} was begun before: start a new one.")
    run.update(state="running")
    asked = _asked_to_stop.setdefault(run.id, threading.Event())

    def stop() -> bool:
        # The task of a page that is gone gets cancelled, but its thread goes on: it has to look.
        task = worker.state.tasks.get(key)
        return asked.is_set() or task is None or task.state == "cancelled"

    try:
        learning = importlib.import_module("petwidgets.learning.train")  # seconds, the first time
        if stop():
            run.update(state="stopped")
            return {}
        return dict(learning.train(run, lambda event: worker.log_event(run.id, event), stop))
    finally:
        _asked_to_stop.pop(run.id, None)


def request_stop(run_id: str) -> None:
    """Let the training of this run, if it is in this process, end at its next look."""
    if run_id in _asked_to_stop:
        _asked_to_stop[run_id].set()


def process_id() -> int:
    """This worker's process, for who wants to watch its memory or its death."""
    return os.getpid()
