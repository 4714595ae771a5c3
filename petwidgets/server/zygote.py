"""Import the modules that every kernel needs, and fork kernels.

`petwidgets.server.provisioner` starts this process with a socket as its standard input. A line of
JSON requests a kernel, and its process id is the answer. When the socket is closed, this process
ends. A kernel is forked twice: its parent ends at once, so it becomes a child of Voila (the nearest
`subreaper` above it). Voila waits for it, and it dies with Voila.

Linux only. Nothing here starts a thread, because a fork copies only the thread that calls it.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
from pathlib import Path

TITLE_BYTES = 1024
"""The longest command that can be shown for a kernel; this process' own command is padded to it."""

SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36
"""Options of Linux' `prctl`."""

REPARENTING_SECONDS = 0.001

OPTIONS = (
    # The system ends a kernel with its parent, so the kernel need not check each second.
    "--IPKernelApp.parent_handle=1",
    # ipywidgets does this at import, but only in a kernel.
    "--IPKernelApp.exec_lines=__import__('ipywidgets').register_comm_target()",
)
"""Options that are added to a kernel's own."""


def control_process(option: int, value: int) -> None:
    """Call Linux' `prctl`.

    Raises:
        OSError: the system refuses it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def main() -> None:
    """Import the modules that the arguments name, then answer requests."""
    names = [name for name in sys.argv[1:] if name.strip()]
    sys.modules["debugpy"] = None  # type: ignore[assignment] # 8 MB that no visitor's kernel needs
    for name in names:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a kernel would write into pages that all of them share
    server = socket.socket(fileno=os.dup(0))
    with server, server.makefile("r", encoding="utf-8") as requests:
        server.sendall(b"ready\n")
        for line in requests:
            request = json.loads(line)
            pid = fork()
            if not pid:
                break
            server.sendall(b"%d\n" % pid)
        else:
            return
    be_kernel(**request)


def fork() -> int:
    """Fork a process that becomes our parent's child; return its id, or 0 in the new process."""
    reading, writing = os.pipe()
    between = os.fork()
    if not between:
        between, kernel = os.getpid(), os.fork()
        if kernel:
            os.write(writing, b"%d" % kernel)
            os._exit(0)
        while os.getppid() == between:
            time.sleep(REPARENTING_SECONDS)
    else:
        os.waitpid(between, 0)
        kernel = int(os.read(reading, 32))
    os.close(reading)
    os.close(writing)
    return kernel


def be_kernel(
    arguments: list[str], env: dict[str, str], cwd: str, data_bytes: int, voila: int
) -> None:
    """Continue as `python -m MODULE ARGUMENTS` in a session of its own.

    Args:
        arguments: those after the interpreter: -m, the module, and the module's own.
        env: the whole environment.
        cwd: the working folder.
        data_bytes: the most memory that the kernel may ask for; 0 for no limit.
        voila: the process id of the parent to die with.
    """
    os.setsid()
    control_process(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != voila:  # Voila died before the signal was set
        os._exit(1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    if data_bytes:
        _limit_memory(data_bytes)
    show_command([sys.executable, *arguments])
    if numpy := sys.modules.get("numpy"):  # the standard library's generator is reseeded at a fork
        numpy.random.seed()
    sys.argv[:] = [*arguments[1:], *OPTIONS]
    runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)


def _limit_memory(size: int) -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    size = size if most == resource.RLIM_INFINITY else min(size, most)
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def show_command(command: list[str]) -> None:
    """Make `ps` show this command for the process, cut to the room that there is."""
    fields = Path("/proc/self/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])  # arg_start and arg_end, fields 48 and 49
    room = end - start
    shown = " ".join(command).encode()[: room - 2].ljust(room - 1, b"\0")
    # If the last byte is not zero, Linux shows the bytes before the first zero.
    ctypes.memmove(start, shown + b" ", room)


if __name__ == "__main__":
    main()
