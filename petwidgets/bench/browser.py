"""Chromium, and notebooks that Voila serves to it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]

from petwidgets.bench.needs import chromium_path
from petwidgets.common import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]

PATIENCE = 120.0
"""Seconds that a page may take."""

CULLING = ("cull_idle_timeout=20", "cull_interval=2")
"""The kernel of a page that was closed ends soon, or those of many rounds would fill the memory."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)


def opened(browser: Browser, url: str, control: str) -> tuple[Page, float]:
    """A page, and the seconds until a control of it is in sight."""
    page = browser.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    began = time.perf_counter()
    page.goto(url)
    page.locator(control).first.wait_for(state="visible")
    return page, time.perf_counter() - began


def seconds_to(browser: Browser, url: str, control: str) -> float:
    """Seconds from opening a page until a control of it is in sight."""
    page, seconds = opened(browser, url, control)
    page.close()
    return seconds


@contextmanager
def voila(notebook: Path, home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Plain Voila that serves a notebook: its address and its process.

    Args:
        notebook: the file.
        home: what `PETWIDGETS_HOME` names for it.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = processes.command("voila", str(notebook), "--no-browser", f"--port={port}")
    command += [f"--MappingKernelManager.{option}" for option in CULLING]
    environment = {**os.environ, "PETWIDGETS_HOME": str(home)}
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)  # noqa: S603 - our own interpreter
    try:
        _await_port(port, process)
        yield f"http://127.0.0.1:{port}/", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise OSError(process.returncode, "Voila has ended", "voila")
