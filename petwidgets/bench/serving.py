"""A `petwidgets serve` of one's own, and what its processes weigh."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]

from petwidgets.common import processes as children
from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {
    "petwidgets.server.voila_app": "voila",
    "ipykernel_launcher": "kernel",
    "petwidgets.server.zygote": "zygote",
    "dask scheduler": "scheduler",
    "dask worker": "worker",
    "petwidgets serve": "serve",
}
"""What stands in a process's command, and what it is called."""


@contextmanager
def served(
    photographs: Path | None, home: Path | None = None
) -> Iterator[tuple[str, psutil.Process, Path]]:
    """A server with temporary files of its own: its address, process and home.

    Args:
        photographs: the folder that it offers; None for the drawn sample alone.
        home: its home; None for an empty one, into which it draws the sample at first.

    Raises:
        Problem: it does not start.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as around:
        home, temporary = home or Path(around, "home"), Path(around, "tmp")
        temporary.mkdir()
        environment = {**os.environ, "PETWIDGETS_HOME": str(home), "TMPDIR": str(temporary)}
        if photographs is not None:
            environment["PETWIDGETS_DATA"] = str(photographs)
        command = children.command("petwidgets", "serve", f"--port={port}")
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command, stderr=subprocess.PIPE, text=True, env=environment
        )
        said = process.stderr or ()
        if not any("petwidgets: http" in line for line in said):
            process.kill()
            raise Problem(f"petwidgets serve has ended with status {process.wait()}: try it alone.")
        threading.Thread(target=list, args=(said,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{port}/", psutil.Process(process.pid), home
        finally:
            process.terminate()
            process.wait()


def memory(process: psutil.Process) -> float:
    """MB of a process that it shares with no other, and its part of what it shares."""
    return float(process.memory_full_info().pss) / 1e6


def processes(server: psutil.Process) -> dict[str, list[psutil.Process]]:
    """The server's processes by kind, as of `KINDS`, else `other`."""
    found: dict[str, list[psutil.Process]] = defaultdict(list)
    for process in [server, *server.children(recursive=True)]:
        with suppress(psutil.Error):  # it has just ended
            line = " ".join(process.cmdline())
            if line:  # else it has ended, too
                found[next((KINDS[k] for k in KINDS if k in line), "other")].append(process)
    return found


def kernels(server: psutil.Process) -> list[psutil.Process]:
    """Processes of pages."""
    return processes(server)["kernel"]


def weight(server: psutil.Process) -> float:
    """MB of all its processes."""
    total = 0.0
    for process in [server, *server.children(recursive=True)]:
        with suppress(psutil.Error):
            total += memory(process)
    return total


IDLE = 0.2
"""Seconds of processors in a second of which a server has nothing to do."""

QUIET = 3
"""Such seconds in a row after which it has settled."""


def settle(server: psutil.Process, patience: float = 300) -> None:
    """Wait until a server's processes have nothing to do."""
    late, quiet = time.monotonic() + patience, 0
    while quiet < QUIET and time.monotonic() < late:
        before = busy(server)
        time.sleep(1)
        quiet = quiet + 1 if busy(server) - before < IDLE else 0


def busy(server: psutil.Process) -> float:
    """Seconds of processors that a server and what it started have taken."""
    taken = 0.0
    for process in chain.from_iterable(processes(server).values()):
        with suppress(psutil.Error):  # it has just ended
            times = process.cpu_times()
            taken += times.user + times.system
    return taken
