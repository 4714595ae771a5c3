"""Fork kernels from a process that has imported everything.

A kernel that starts as a program spends one or two seconds on imports and shares no memory. A
forked kernel is ready in some hundredths of a second and shares the imported modules. On macOS and
Windows, and for kernels of other languages, kernels start as programs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, ClassVar

import psutil  # type: ignore[import-untyped]
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Int

from petwidgets.common import processes
from petwidgets.server import zygote

if TYPE_CHECKING:
    from collections.abc import Collection

log = logging.getLogger(__name__)

NAME = "petwidgets-fork"
"""Name of our provisioner in Jupyter's list."""

KERNEL = ["-m", "ipykernel_launcher"]
"""Arguments after the interpreter in the command of a Python kernel."""

IMPORTED = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "zmq.eventloop.zmqstream",
    "distributed",
    "petwidgets.app",
    "petwidgets.widgets.plotly",
)
"""Modules that are imported before the fork."""

LEAN = {**processes.LEAN, "MALLOC_ARENA_MAX": "2"}
"""Environment variables of the process that imports the modules and is forked.

It must have one thread when it is forked, and the libraries of linear algebra start theirs at
import. Returning free memory to the system saves 8 MB in a kernel that has shown every lesson."""

SECONDS_TO_IMPORT = 60.0
SECONDS_TO_FORK = 10.0
SECONDS_UNKNOWN = 60.0
"""A kernel that the kernel manager does not know after this time is ended."""


class ForkedKernel:
    """A kernel that the zygote forked, with the interface of `subprocess.Popen`.

    Args:
        pid: its process id.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._wait(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait for its end; return its exit status."""
        return self._wait(0)

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:
                pid, status = self.pid, 0
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM, unless it has ended."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""
        self.send_signal(signal.SIGKILL)


class Zygote:
    """The process that kernels are forked from; started at the first fork, and again if it dies."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._lock = asyncio.Lock()

    async def fork(self, **request: Any) -> int:
        """Fork a kernel; return its process id.

        Args:
            request: arguments of `zygote.be_kernel`.

        Raises:
            OSError: none can be forked.
            TimeoutError: the process does not answer; it has been ended.
        """
        async with self._lock:
            if self.process and self.process.poll() is not None:
                self.end()
            reader, writer = self._streams or await self._start()
            try:
                writer.write(json.dumps(request).encode() + b"\n")
                return int(await asyncio.wait_for(_line(reader), SECONDS_TO_FORK))
            except BaseException:
                self.end()
                raise

    async def _start(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        zygote.control_process(zygote.SET_CHILD_SUBREAPER, 1)
        ours, its = socket.socketpair()
        with its:
            environment = processes.environment(**LEAN)
            command = processes.command(zygote.__name__, *IMPORTED, " " * zygote.TITLE_BYTES)
            self.process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own interpreter and module
                command, stdin=its.fileno(), env=environment
            )
        self._streams = reader, writer = await asyncio.open_connection(sock=ours)
        try:
            await asyncio.wait_for(_line(reader), SECONDS_TO_IMPORT)
        except BaseException:
            self.end()
            raise
        return reader, writer

    def end(self) -> None:
        """End the process; the kernels that it forked go on."""
        if self._streams:
            self._streams[1].close()
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = self._streams = None


async def _line(reader: asyncio.StreamReader) -> bytes:
    if not (line := await reader.readline()):
        raise ConnectionError("The process that kernels are forked from has ended.")
    return line


class ForkProvisioner(LocalProvisioner):
    """Jupyter's local provisioner, except that it forks kernels instead of starting programs."""

    data_bytes = Int(0, help="The most memory a kernel may ask for; 0: no limit.", config=True)
    zygotes: ClassVar[dict[asyncio.AbstractEventLoop, Zygote]] = {}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel, or start a program where that can't be done.

        Args:
            cmd: the command that would start it.
            kwargs: arguments of `subprocess.Popen`.
        """
        if not (sys.platform == "linux" and cmd[1:3] == KERNEL and sys.executable == cmd[0]):
            return await super().launch_kernel(cmd, **kwargs)
        zygote = self.zygotes.setdefault(asyncio.get_running_loop(), Zygote())
        cwd = os.fspath(kwargs.get("cwd") or os.getcwd())  # noqa: PTH109
        env = {**(kwargs.get("env") or os.environ)}
        request = {"arguments": cmd[1:], "env": env, "cwd": cwd, "data_bytes": self.data_bytes}
        try:
            self.pid = await zygote.fork(**request, voila=os.getpid())
        except (OSError, ValueError, asyncio.TimeoutError):
            self.log.warning("No kernel could be forked: one is started.", exc_info=True)
            return await super().launch_kernel(cmd, **kwargs)
        self.process: Any = ForkedKernel(self.pid)
        self.pgid, self.cwd = self.pid, cwd
        return self.connection_info


def install() -> None:
    """Make this Jupyter's default provisioner, for kernels that request none of their own."""
    value = f"{ForkProvisioner.__module__}:{ForkProvisioner.__qualname__}"
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, value, factory.GROUP_NAME)
    factory.default_provisioner_name = NAME


def end_zygotes() -> None:
    """End the processes that kernels are forked from."""
    while ForkProvisioner.zygotes:
        ForkProvisioner.zygotes.popitem()[1].end()


def reap_orphans(children: list[Any], known: Collection[int] = ()) -> None:
    """Reap ended processes whose parent, a kernel, ended before them.

    A kernel whose process id was reported too late is unknown to the kernel manager, and is killed.

    Args:
        children: the `psutil.Process` of each child of this process.
        known: the process ids of the kernel manager's kernels.
    """
    own = os.getsid(0)
    for child in children:
        with suppress(OSError, psutil.Error):
            if child.pid not in known and _is_old_kernel(child):
                log.warning("A kernel that nothing knows is ended: process %s.", child.pid)
                child.kill()
            # Our own children lead a session or are in ours; a kernel's are in the kernel's.
            if child.status() == "zombie" and os.getsid(child.pid) not in (own, child.pid):
                os.waitpid(child.pid, os.WNOHANG)


def _is_old_kernel(process: Any) -> bool:
    if time.time() - process.create_time() < SECONDS_UNKNOWN:  # may be reported soon
        return False
    return KERNEL[1] in process.cmdline()
