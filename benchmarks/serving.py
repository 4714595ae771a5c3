"""A `petwidgets serve` of one's own, and what its processes weigh."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

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
def served(photographs: Path | None) -> Iterator[tuple[str, psutil.Process, Path]]:
    """A server with a home and temporary files of its own: its address, process and home.

    Args:
        photographs: the folder that it offers; None for the drawn sample alone.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as around:
        home, temporary = Path(around, "home"), Path(around, "tmp")
        temporary.mkdir()
        os.environ["PETWIDGETS_HOME"] = str(home)
        environment = {**os.environ, "TMPDIR": str(temporary)}
        if photographs is not None:
            environment["PETWIDGETS_DATA"] = str(photographs)
        command = [sys.executable, "-m", "petwidgets", "serve", f"--port={port}"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        assert process.stderr is not None
        assert any("petwidgets: http" in line for line in process.stderr)
        threading.Thread(target=process.stderr.read, daemon=True).start()
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
