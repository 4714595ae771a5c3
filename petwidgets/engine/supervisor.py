"""Start the processes of an engine on this machine, and restart those that end."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from petwidgets.common import processes
from petwidgets.common.logs import keep_output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
"""Address of all ports. A scheduler runs any code it is sent, so it must not be reachable from
other machines."""

THREADS = 3
"""Threads of a worker: one for a training, two for quick jobs."""

LOG = "engine.log"
"""The file in the home folder with the output of these processes."""

SECONDS_BETWEEN_STARTS = 0.5
SECONDS_TO_END_WORK = 2
"""How long a worker that ends waits for its training; the files of a run are valid at any time."""

PRELOAD = ("--preload", "petwidgets.engine.worker")
COMMON = ("--host", HOST, "--no-dashboard", "--dashboard-address", f"{HOST}:0", *PRELOAD)
"""Without a dashboard Dask still serves a page of metrics, on all addresses by default."""

QUIET = {"DASK_LOGGING__DISTRIBUTED": "warning"}

ONCE = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
"""Keeps Dask from rerunning a training that killed its worker: the run's follower resumes it."""


@contextmanager
def supervised(command: Sequence[str], variables: dict[str, str]) -> Iterator[None]:
    """Run a process and restart it whenever it ends, until the block is left.

    Args:
        command: the command line; its output goes to `LOG`.
        variables: added to the environment.
    """
    environment = processes.environment(**variables, **{processes.PARENT: str(os.getpid())})
    over = threading.Event()

    def start() -> subprocess.Popen[bytes]:
        child = subprocess.Popen(  # noqa: S603 - our own arguments
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # not reached by Ctrl-C or a notebook's Interrupt
        )
        # Through a pipe: a log file that the child held open could not be rotated.
        threading.Thread(target=keep_output, args=(child.stdout, LOG), daemon=True).start()
        return child

    process = start()

    def watch() -> None:
        nonlocal process
        while True:
            status = process.wait()
            if over.wait(SECONDS_BETWEEN_STARTS):
                return
            log.warning("%s ended with %d: started again", command, status)
            process = start()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        processes.end(process, SECONDS_TO_END_WORK)
        watcher.join()


@contextmanager
def supervised_engine() -> Iterator[str]:
    """Run a scheduler and a worker per GPU, or one for the CPU; yields the scheduler's address."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://{HOST}:{port}"
    scheduler = processes.command("dask", "scheduler", *COMMON, "--port", str(port))
    with ExitStack() as stack:
        stack.enter_context(supervised(scheduler, {**QUIET, **ONCE}))
        for device in _devices():
            stack.enter_context(supervised_worker(address, device))
        yield address


def supervised_worker(address: str, variables: dict[str, str]) -> AbstractContextManager[None]:
    """Run a worker of the scheduler at this address, as `supervised` does."""
    worker = processes.command("dask", "worker", address, *COMMON, "--nthreads", str(THREADS))
    worker += ["--no-nanny", "--resources", "train=1", "--memory-limit", "0"]
    own = {name: os.environ[name] for name in processes.LEAN if name in os.environ}
    return supervised(worker, {**processes.LEAN, **own, **QUIET, **variables})


def _devices() -> list[dict[str, str]]:
    """Environment variables of each worker: one GPU each; a single empty set without GPUs."""
    command = shutil.which("nvidia-smi")
    if command is None or "CUDA_VISIBLE_DEVICES" in os.environ:
        return [{}]
    listed = subprocess.run([command, "--list-gpus"], capture_output=True, text=True, check=False)  # noqa: S603
    gpus = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
    return [{"CUDA_VISIBLE_DEVICES": str(number)} for number in range(len(gpus))] or [{}]
