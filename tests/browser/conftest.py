"""The app under Voila in real Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, WebSocket, expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOP = Path(__file__).parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
LINE = 60_000
"""Milliseconds that a page may take; a busy machine is slow, a broken page is never ready."""

expect.set_options(timeout=LINE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("PETWIDGETS_BROWSER") == "required":
            pytest.fail("these tests need chromium, and it is not installed")
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def serving(command: list[str], ready: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    """A server until the end of the block, from the line on that says it is ready."""
    environment = {**os.environ, "PETWIDGETS_HOME": str(home)}
    server = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=TOP,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    heard = threading.Event()

    def listen() -> None:
        assert server.stderr is not None
        for line in server.stderr:
            lines.append(line)
            if ready in line:
                heard.set()
        heard.set()

    threading.Thread(target=listen, daemon=True).start()
    children: list[psutil.Process] = []
    try:
        assert heard.wait(90), "".join(lines)
        assert server.poll() is None, "".join(lines)
        yield server
        children = psutil.Process(server.pid).children(recursive=True)
    finally:
        server.terminate()
        server.wait(30)
    _, left = psutil.wait_procs(children, timeout=20)
    assert not left, "the server left processes behind"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`petwidgets serve`; its address."""
    port = free_port()
    home = tmp_path_factory.mktemp("served")
    with serving(["petwidgets", "serve", "--port", str(port)], "petwidgets: http", home):
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`voila app.ipynb`, without an engine of its own; its address and process."""
    port = free_port()
    command = ["voila", "app.ipynb", "--no-browser", f"--port={port}"]
    with serving(command, "Voil\N{LATIN SMALL LETTER A WITH GRAVE} is running", tmp_path) as voila:
        yield f"http://127.0.0.1:{port}/", voila


def _count(socket: WebSocket, received: list[int] | None) -> None:
    if received is not None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each a visitor of its own; afterwards none of them may have complained."""
    complaints: list[str] = []
    contexts = []

    def console(message: ConsoleMessage) -> None:
        # Voila's own template asks a CDN for an icon font; nothing of ours does.
        outside = "ERR_NAME_NOT_RESOLVED" in message.text or "ERR_INTERNET" in message.text
        if message.type == "error" and not outside:
            complaints.append(message.text)

    def open_page(
        url: str, lesson: str = "classify", width: int = 1280, received: list[int] | None = None
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LINE)
        page.on("console", console)
        page.on("websocket", lambda socket: _count(socket, received))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{url}#lesson={lesson}")
        page.locator(".petwidgets-title").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints
