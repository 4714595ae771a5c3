"""A server without a free place, and pages whose kernel was ended, in real Chromium."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest
from driving import kernel_of
from playwright.sync_api import Browser, Page, expect
from servers import Server, free_port, serving
from visitor import LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLACES = 2
FULL = f"This server is full, with {PLACES} pages open: this page tries again in 10 seconds."
OUTGROWN = "This page held more than 1,000 MB of the server's memory and was ended."


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for two pages."""
    port, home = free_port(), tmp_path_factory.mktemp("small")
    command = ["petwidgets", "serve", "--port", str(port), "--max-kernels", str(PLACES)]
    with serving(command, "petwidgets: http", home) as process:
        yield Server(f"http://127.0.0.1:{port}/", process.pid, home)


def await_end(process: psutil.Process) -> None:
    """Wait until a process has ended, whether its parent has taken notice or not."""
    late = time.monotonic() + LINE / 1000
    with suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < late, "the kernel goes on"
            time.sleep(0.05)


def leave(small: Server, page: Page) -> None:
    """Go from a page to another; its kernel ends at once."""
    kernel = kernel_of(page)
    page.goto("about:blank")  # a tab that is closed says the same, but its browser may go before
    for process in small.processes("ipykernel_launcher", kernel):
        await_end(process)


def test_a_page_without_a_place_waits_and_comes_in(
    small: Server, browser: Browser, visit: Callable[..., Page]
) -> None:
    pages = [visit(small.url) for _ in range(PLACES)]
    waiting = browser.new_page()
    address = f"{small.url}?from=here#lesson=train"
    answer = waiting.goto(address)
    assert answer is not None
    assert answer.status == 503
    expect(waiting.get_by_text(FULL)).to_be_visible()
    assert len(small.processes("ipykernel_launcher")) == PLACES
    leave(small, pages.pop())
    expect(waiting.locator(".petwidgets-title")).to_have_text("Train a model")
    assert waiting.url.startswith(address)
    leave(small, waiting)
    leave(small, pages.pop())


def test_a_page_tells_why_its_kernel_was_ended(small: Server, visit: Callable[..., Page]) -> None:
    page = visit(small.url)
    [kernel] = small.processes("ipykernel_launcher", kernel_of(page))
    page.evaluate("window.stayed = true")
    kernel.send_signal(signal.SIGSTOP)
    expect(page.get_by_text("The connection to the server is lost.")).to_be_visible()
    page.evaluate(
        """(said) => {
            window.fetch = async () => new Response(JSON.stringify(said), { status: 404 });
        }""",
        {"message": OUTGROWN, "ended": True},
    )
    expect(page.get_by_text(f"{OUTGROWN} Reload the page to go on where you were.")).to_be_visible()
    assert page.evaluate("window.stayed")
    kernel.send_signal(signal.SIGCONT)
    leave(small, page)
