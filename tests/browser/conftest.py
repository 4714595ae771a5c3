"""The app under Voila in real Chromium."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import servers
from playwright.sync_api import (
    Browser,
    Page,
    sync_playwright,
)
from servers import Server, free_port, serving
from visitor import visiting

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's camera sees: a file of JPEG frames, which a test writes."""
    return tmp_path_factory.mktemp("camera") / "film.mjpeg"


@pytest.fixture(scope="session")
def browser(film: Path) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("PETWIDGETS_BROWSER") == "required":
            pytest.fail("these tests need chromium, and it is not installed")
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
        yield playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *camera])


@pytest.fixture(scope="session", autouse=True)
def _sample(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let all servers of all processes that run tests share a drawn sample."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    servers.SAMPLE = folder / "sample"


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


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory, offered: Path, shadows: Path, light: str
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


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Pages of one test."""
    with visiting(browser) as open_page:
        yield open_page
