"""Kernels are forked: each is a child of its server, with a state of its own, and goes with it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import loops
import psutil
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from petwidgets.common import processes
from petwidgets.server import provisioner
from petwidgets.server.provisioner import ForkedKernel, ForkProvisioner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")

PATIENCE = 120
"""Seconds; a busy machine is slow."""


@pytest.fixture(autouse=True)
def _forks(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", "local-provisioner")
    provisioner.install()


def run(work: Coroutine[Any, Any, None]) -> None:
    async def whole() -> None:
        try:
            await asyncio.wait_for(work, PATIENCE)
        finally:
            provisioner.end_zygotes()

    loops.run(whole())


@asynccontextmanager
async def kernel(**how: Any) -> AsyncIterator[AsyncKernelManager]:
    manager = AsyncKernelManager()
    await manager.start_kernel(**how)
    try:
        yield manager
    finally:
        await manager.shutdown_kernel(now=True)


async def answer(manager: AsyncKernelManager, expression: str) -> str:
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(PATIENCE)
    reply = await client.execute("", user_expressions={"it": expression}, reply=True)
    client.stop_channels()
    return str(reply["content"]["user_expressions"]["it"]["data"]["text/plain"])


def runs(process: psutil.Process) -> bool:
    """Whether a process does; a dead one stays in the table until somebody takes note of it."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - a process tells nobody
        await asyncio.sleep(0.05)


def test_a_kernel_is_as_if_it_had_been_started(tmp_path: Path) -> None:
    async def check() -> None:
        env = {**os.environ, "OF_ITS_OWN": "1"}
        async with kernel(cwd=str(tmp_path), env=env) as manager:
            assert isinstance(manager.provisioner.process, ForkedKernel)
            seen = psutil.Process(manager.provisioner.pid)
            await until(lambda: seen.cmdline()[1:4] == ["-m", "ipykernel_launcher", "-f"])
            assert seen.cmdline()[4] == manager.connection_file
            assert seen.ppid() == os.getpid()
            assert os.getpgid(seen.pid) == os.getsid(seen.pid) == seen.pid
            assert seen.cwd() == str(tmp_path)
            of_its_own = "__import__('os').environ.get('OF_ITS_OWN')"
            imported = "'petwidgets.app' in __import__('sys').modules"
            assert await answer(manager, f"{of_its_own}, {imported}") == "('1', True)"
            assert await manager.is_alive()
            await manager.restart_kernel(now=True)
            assert manager.provisioner.pid != seen.pid
            await until(lambda: not runs(seen))
            assert await answer(manager, "6 * 7") == "42"
        assert not await manager.is_alive()

    run(check())


def test_widgets_of_a_kernel_hear_their_page() -> None:
    async def check() -> None:
        async with kernel() as manager:
            targets = "sorted(get_ipython().kernel.comm_manager.targets)"
            assert "'jupyter.widget.control'" in await answer(manager, targets)

    run(check())


def test_what_a_kernel_did_is_told_by_its_status() -> None:
    async def check() -> None:
        async with kernel() as manager:
            process = manager.provisioner.process
            assert process.poll() is None
            os.kill(process.pid, signal.SIGTERM)
            await until(lambda: process.poll() is not None)
            assert process.poll() == -signal.SIGTERM

    run(check())


def test_an_interrupt_reaches_the_kernel() -> None:
    async def check() -> None:
        async with kernel() as manager:
            client = manager.client()
            client.start_channels()
            await client.wait_for_ready(PATIENCE)
            asked = client.execute("print('begun', flush=True)\nwhile True: pass")
            while (await client.get_iopub_msg())["msg_type"] != "stream":
                pass
            await manager.interrupt_kernel()
            while (reply := await client.get_shell_msg())["parent_header"]["msg_id"] != asked:
                pass
            assert reply["content"]["ename"] == "KeyboardInterrupt"
            client.stop_channels()

    run(check())


def test_two_kernels_draw_different_numbers() -> None:
    draws = "[__import__('random').random(), __import__('numpy').random.random()]"

    async def check() -> None:
        async with kernel() as one, kernel() as other:
            first, second = await asyncio.gather(answer(one, draws), answer(other, draws))
            assert not set(first.strip("[]").split(", ")) & set(second.strip("[]").split(", "))

    run(check())


def test_a_kernel_has_no_more_memory_than_it_may() -> None:
    async def check() -> None:
        manager = AsyncKernelManager()
        manager.config.ForkProvisioner.data_bytes = 700_000_000
        await manager.start_kernel()
        try:
            what = "__import__('resource').getrlimit(__import__('resource').RLIMIT_DATA)"
            assert await answer(manager, what) == "(700000000, 700000000)"
        finally:
            await manager.shutdown_kernel(now=True)

    run(check())


def test_kernels_outlive_what_they_were_forked_from_and_it_is_made_again() -> None:
    async def check() -> None:
        async with kernel() as one:
            [zygote] = ForkProvisioner.zygotes.values()
            assert zygote.process is not None
            zygote.process.kill()
            zygote.process.wait()
            assert await answer(one, "6 * 7") == "42"
            async with kernel() as other:
                assert isinstance(other.provisioner.process, ForkedKernel)

    run(check())


def test_where_nothing_can_be_forked_a_program_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provisioner, "IMPORTED", ("no_such_module",))

    async def check() -> None:
        async with kernel() as manager:
            assert isinstance(manager.provisioner.process, subprocess.Popen)

    run(check())


SERVER = """
import asyncio, sys
from jupyter_client import AsyncKernelManager
from petwidgets.server import provisioner
provisioner.install()
async def main():
    manager = AsyncKernelManager()
    await manager.start_kernel()
    print(manager.provisioner.pid, flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


def test_a_kernel_goes_with_its_server(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    with subprocess.Popen(
        processes.command("server"),
        env=processes.environment(PYTHONPATH=os.pathsep.join([str(tmp_path), processes.HERE])),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        below = psutil.Process(server.pid).children(recursive=True)
        assert pid in [process.pid for process in below]
        server.kill()
    late = time.monotonic() + PATIENCE
    while any(runs(process) for process in below):
        assert time.monotonic() < late, below
        time.sleep(0.05)


def test_orphans_of_a_kernel_are_reaped() -> None:
    code = "__import__('subprocess').Popen(['sleep', '3600']).pid"

    async def check() -> None:
        async with kernel() as manager:
            orphan = psutil.Process(int(await answer(manager, code)))
        await until(lambda: not runs(orphan))
        provisioner.reap_orphans(psutil.Process().children())
        assert not orphan.is_running()

    run(check())


def test_a_kernel_that_nothing_knows_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fork was told too late, say."""
    command = [sys.executable, "-c", "input()", provisioner.KERNEL[1]]
    known, unknown = (subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(2))
    try:
        children = [psutil.Process(one.pid) for one in (known, unknown)]
        while not all(one.cmdline() for one in children):
            pass  # the system has none for a moment, while a program takes the place of a fork
        provisioner.reap_orphans(children, {known.pid})
        assert unknown.poll() is None, "it may be on its way to be known"
        monkeypatch.setattr(provisioner, "SECONDS_UNKNOWN", 0.0)
        provisioner.reap_orphans(children, {known.pid})
        assert unknown.wait(20) == -signal.SIGKILL
        assert known.poll() is None
    finally:
        known.kill()
        known.wait()
