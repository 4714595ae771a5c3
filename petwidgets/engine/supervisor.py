"""The processes of an engine on this machine: the commands that start one by hand, kept alive."""

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
"""Whoever reaches a scheduler's port can run code: one of ours listens nowhere else."""

THREADS = 3
"""A worker's threads: one trains, two answer."""

LOG = "engine.log"
"""The file in the home that has what these processes print."""

SECONDS_BETWEEN_STARTS = 0.5
SECONDS_TO_END_WORK = 2
"""A worker waits for the thread that trains; what a training has written is whole at any time."""

PRELOAD = ("--preload", "petwidgets.engine.worker")
COMMON = ("--host", HOST, "--no-dashboard", "--dashboard-address", f"{HOST}:0", *PRELOAD)
"""Without a dashboard there is a page of figures all the same, on every address if not told."""

QUIET = {"DASK_LOGGING__DISTRIBUTED": "warning"}

ONCE = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
"""A training that killed its worker is taken up by its page, not run again by Dask."""


@contextmanager
def supervised(command: Sequence[str], variables: dict[str, str]) -> Iterator[None]:
    """A process that is started again whenever it ends, until the block does.

    Args:
        command: what to run; what it prints goes to `LOG`.
        variables: added to the environment.
    """
    environment = processes.environment(**variables, **{processes.PARENT: "1"})
    over = threading.Event()

    def start() -> subprocess.Popen[bytes]:
        begun = subprocess.Popen(  # noqa: S603 - our own arguments
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C, or Interrupt in a notebook, is not meant for it
        )
        # Read here, for a file that the child itself writes could be renamed by nobody.
        threading.Thread(target=keep_output, args=(begun.stdout, LOG), daemon=True).start()
        return begun

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
    """A scheduler and a worker for each GPU, or one for the CPU; gives the scheduler's address."""
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
    """A worker of the scheduler at this address, as `supervised`."""
    worker = processes.command("dask", "worker", address, *COMMON, "--nthreads", str(THREADS))
    worker += ["--no-nanny", "--resources", "train=1", "--memory-limit", "0"]
    own = {name: os.environ[name] for name in processes.LEAN if name in os.environ}
    return supervised(worker, {**processes.LEAN, **own, **QUIET, **variables})


def _devices() -> list[dict[str, str]]:
    """Environments that show a worker one GPU each; one that changes nothing without GPUs."""
    command = shutil.which("nvidia-smi")
    if command is None or "CUDA_VISIBLE_DEVICES" in os.environ:
        return [{}]
    listed = subprocess.run([command, "--list-gpus"], capture_output=True, text=True, check=False)  # noqa: S603
    gpus = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
    return [{"CUDA_VISIBLE_DEVICES": str(number)} for number in range(len(gpus))] or [{}]
