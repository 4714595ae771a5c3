"""The app under Voila in real Chromium."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    WebSocket,
    WebSocketRoute,
    expect,
    sync_playwright,
)
from servers import free_port, serving

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

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


@pytest.fixture(scope="session")
def offered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server's visitors may choose from."""
    return tmp_path_factory.mktemp("offered")


@pytest.fixture(scope="session")
def photographs(real: Path, offered: Path) -> Path:
    """Sixty real photographs of three breeds."""
    folder = offered / "photographs"
    folder.mkdir()
    for breed in ("beagle", "pug", "Siamese"):
        for path in sorted((real / "pets-512" / "images").glob(f"{breed}_*.jpg"))[:20]:
            shutil.copy(path, folder)
    return folder


@dataclass(frozen=True)
class Server:
    """`petwidgets serve`."""

    url: str
    pid: int
    home: Path

    def processes(self, *words: str) -> list[psutil.Process]:
        """Those of its processes whose command has all of these words."""
        found = psutil.Process(self.pid).children(recursive=True)
        return [one for one in found if all(w in " ".join(one.cmdline()) for w in words)]


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory, offered: Path, shadows: Path
) -> Iterator[Server]:
    """`petwidgets serve` for visitors, begun where scripts are called as modules are.

    Whoever opens a page of it is taken for a visitor.
    """
    port, home = free_port(), tmp_path_factory.mktemp("served")
    command = ["petwidgets", "serve", "--port", str(port)]
    visitors = {"PETWIDGETS_VISITORS": "1"}
    with serving(command, "petwidgets: http", home, offered, shadows, **visitors) as process:
        yield Server(f"http://127.0.0.1:{port}/", process.pid, home)


@pytest.fixture(scope="session")
def server(served: Server) -> str:
    """Its address."""
    return served.url


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


@contextmanager
def visiting(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each a visitor of its own; afterwards none of them may have complained."""
    complaints: list[str] = []
    contexts = []

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def note(url: str, asked: list[str] | None) -> None:
        if asked is not None:
            asked.append(url)
        if urlsplit(url).hostname not in (None, "127.0.0.1"):
            complaints.append(f"another host is asked: {url}")

    def open_page(
        url: str,
        lesson: str = "classify",
        *,
        fragment: str = "",
        ready: str = ".petwidgets-title",
        width: int = 1280,
        received: list[int] | None = None,
        asked: list[str] | None = None,
        sockets: Callable[[WebSocketRoute], None] | None = None,
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LINE)
        page.on("console", console)
        page.on("request", lambda request: note(request.url, asked))
        page.on("websocket", lambda socket: note(socket.url, asked))
        page.on("websocket", lambda socket: _count(socket, received))
        page.on("pageerror", lambda error: complaints.append(f"{error} {error.stack}"))
        if sockets is not None:
            page.route_web_socket("**/channels**", sockets)
        page.goto(f"{url}#{fragment or f'lesson={lesson}'}")
        page.locator(ready).first.wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Pages of one test."""
    with visiting(browser) as open_page:
        yield open_page
