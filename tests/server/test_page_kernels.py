"""What the server knows of kernels, without Voila."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import loops
import psutil
import pytest
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from petwidgets.server.kernels import PageKernels
from petwidgets.server.message_buffer import MessageBuffer
from petwidgets.server.places import FullError, Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 120
"""Seconds; a busy machine is slow."""


@pytest.fixture(autouse=True)
def _jupyters_own_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", "local-provisioner")


def test_messages_are_kept_up_to_a_limit() -> None:
    full: list[bool] = []
    kept = MessageBuffer(10, lambda: full.append(True))
    kept.append(("iopub", [b"12345", b"6789"]))
    assert (len(kept), full) == (1, [])
    kept.append(("iopub", [b"12"]))
    assert (len(kept), full) == (0, [True])


def test_a_kernel_that_no_page_was_given_ends(tmp_path: Path) -> None:
    async def check() -> None:
        # The page that the other one was given may come as late as the machine is slow.
        late = {"arrival_seconds": PATIENCE}
        kernels = PageKernels(connection_dir=str(tmp_path), most=3, **late)
        given, stray = [await kernels.start_kernel(kernel_name="python3") for _ in range(2)]
        kernels.places.pages[given] = Page("::1")
        await kernels.look()
        await _until(lambda: stray not in kernels)
        assert given in kernels
        await _end(kernels)
        assert not kernels.places.pages

    loops.run(asyncio.wait_for(check(), PATIENCE))


class WithPool(PageKernels):
    """Ends a kernel as Voila does, of which it asks the kernels that are made ahead first."""

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:
        for task in [task for pool in self._pools.values() for task in pool]:
            task.result()
        await super().shutdown_kernel(kernel_id, *args, **kwargs)


class Stubborn(PageKernels):
    """Can't ask a kernel to end."""

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:
        if kernel_id in self.ending:
            raise KeyError(kernel_id)
        await super().shutdown_kernel(kernel_id, *args, **kwargs)


async def _until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0.05)


async def _end(kernels: PageKernels) -> None:
    """All of them; a socket that stays open keeps its context, and so the process, from ending."""
    sockets = list(kernels.context._sockets)
    await kernels.shutdown_all()
    assert not [one for one in sockets if not one.closed]
    kernels.context.term()


async def _fails(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("error", [KeyError("gone"), FullError(), RuntimeError("died")])
def test_a_kernel_ends_though_another_could_not_be_made(tmp_path: Path, error: Exception) -> None:
    """Voila asks all that it makes ahead when it ends one."""

    async def check() -> None:
        kernels = WithPool(connection_dir=str(tmp_path), most=3)
        one = await kernels.start_kernel(kernel_name="python3")
        process = psutil.Process(kernels._kernels[one].provisioner.pid)
        kernels._pools = {"a": [asyncio.create_task(_fails(error))]}
        await asyncio.wait(kernels._pools["a"])
        kernels.end_soon(one)
        await _until(lambda: one not in kernels and not process.is_running())
        await _end(kernels)

    loops.run(asyncio.wait_for(check(), PATIENCE))


def test_a_kernel_that_can_not_be_asked_to_end_is_killed(tmp_path: Path) -> None:
    async def check() -> None:
        kernels = Stubborn(connection_dir=str(tmp_path), most=3)
        one = await kernels.start_kernel(kernel_name="python3")
        process = psutil.Process(kernels._kernels[one].provisioner.pid)
        kernels.end_soon(one)
        await _until(lambda: one not in kernels and not process.is_running())
        await _end(kernels)

    loops.run(asyncio.wait_for(check(), PATIENCE))


def test_there_are_never_more_kernels_than_places(tmp_path: Path) -> None:
    """Whether a page is known that they belong to or not; what failed to start takes no place."""

    async def check() -> None:
        kernels = PageKernels(connection_dir=str(tmp_path), most=2)
        one = await kernels.start_kernel(kernel_name="python3")
        waits: asyncio.Future[None] = asyncio.Future()
        kernels._pending_kernels["starting"] = waits
        with pytest.raises(FullError):
            await kernels.start_kernel(kernel_name="python3")
        waits.set_exception(RuntimeError("died"))
        other = await kernels.start_kernel(kernel_name="python3")
        assert {*kernels.list_kernel_ids()} == {one, other}
        assert waits.exception()
        await _end(kernels)

    loops.run(asyncio.wait_for(check(), PATIENCE))
