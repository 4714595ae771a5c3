"""The engine of `petwidgets serve`: the very commands that start one by hand, kept alive."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from petwidgets.engine import HOST, THREADS
from petwidgets.home import home
from petwidgets.worker import PARENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

log = logging.getLogger(__name__)

SECONDS_BETWEEN_STARTS = 1.0
SECONDS_TO_END = 10


@contextmanager
def supervised(command: Sequence[str], variables: dict[str, str]) -> Iterator[None]:
    """A process that is started again whenever it ends, until the block does.

    Args:
        command: what to run; what it prints goes to `engine.log` in the home.
        variables: added to the environment.
    """
    environment = {**os.environ, **variables, PARENT: "1"}
    over = threading.Event()

    def start() -> subprocess.Popen[bytes]:
        home().mkdir(parents=True, exist_ok=True)
        with (home() / "engine.log").open("ab") as said:
            return subprocess.Popen(command, env=environment, stdout=said, stderr=said)  # noqa: S603 - our own arguments

    process = start()

    def watch() -> None:
        nonlocal process
        while True:
            status = process.wait()
            if over.wait(SECONDS_BETWEEN_STARTS):
                return
            log.warning("%s ended with %d: started again", command[3], status)
            process = start()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        end(process)
        watcher.join()


def end(process: subprocess.Popen[bytes]) -> None:
    """Have a process end, and see that it does."""
    process.terminate()
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def supervised_engine() -> Iterator[str]:
    """A scheduler and a worker for each GPU, or one for the CPU; gives the scheduler's address."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://{HOST}:{port}"
    dask = [sys.executable, "-m", "dask"]
    common = ["--host", HOST, "--no-dashboard", "--preload", "petwidgets.worker"]
    scheduler = [*dask, "scheduler", *common, "--port", str(port)]
    scheduler += ["--dashboard-address", f"{HOST}:0"]
    worker = [*dask, "worker", address, *common, "--nthreads", str(THREADS)]
    worker += ["--resources", "train=1", "--memory-limit", "0"]
    worker += ["--preload-nanny", "petwidgets.worker"]
    quiet = {"DASK_LOGGING__DISTRIBUTED": "warning"}
    with ExitStack() as stack:
        # A training that killed its worker is taken up by its page, not run again by Dask.
        once = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
        stack.enter_context(supervised(scheduler, {**quiet, **once}))
        for device in _devices():
            stack.enter_context(supervised(worker, {**quiet, **device}))
        yield address


def _devices() -> list[dict[str, str]]:
    """Environments that show a worker one GPU each; one that changes nothing without GPUs."""
    command = shutil.which("nvidia-smi")
    if command is None or "CUDA_VISIBLE_DEVICES" in os.environ:
        return [{}]
    listed = subprocess.run([command, "--list-gpus"], capture_output=True, text=True, check=False)  # noqa: S603
    gpus = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
    return [{"CUDA_VISIBLE_DEVICES": str(number)} for number in range(len(gpus))] or [{}]
