"""What the server knows of kernels, without Voila."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import loops
import pytest
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from petwidgets.server import provisioner
from petwidgets.server.kernels import Kept, PageKernels
from petwidgets.server.places import Page

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
    kept = Kept(10, lambda: full.append(True))
    kept.append(("iopub", [b"12345", b"6789"]))
    assert (len(kept), full) == (1, [])
    kept.append(("iopub", [b"12"]))
    assert (len(kept), full) == (0, [True])


def test_a_kernel_that_no_page_was_given_ends(tmp_path: Path) -> None:
    async def check() -> None:
        kernels = PageKernels(connection_dir=str(tmp_path), most=3)
        given, stray = [await kernels.start_kernel(kernel_name="python3") for _ in range(2)]
        kernels.places.pages[given] = Page("::1")
        await kernels.look()
        await _until(lambda: stray not in kernels)
        assert given in kernels
        await kernels.shutdown_all()
        assert not kernels.places.pages
        provisioner.end_zygotes()

    loops.run(asyncio.wait_for(check(), PATIENCE))


async def _until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0.05)
