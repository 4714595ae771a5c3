"""Pages in Chromium, each a visitor of its own."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    WebSocket,
    WebSocketRoute,
    expect,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINE = 60_000
"""Milliseconds that a page may take; a busy machine is slow, a broken page is never ready."""

expect.set_options(timeout=LINE)


def await_true(page: Page, expression: str, arg: Any = None, timeout: float = LINE) -> Any:
    """Wait until an expression, or a function of `arg`, is true in the page; returns its value.

    Playwright's `wait_for_function` evaluates within the page, which its content policy forbids.
    """
    late = time.monotonic() + timeout / 1000
    while not (value := page.evaluate(expression, arg)):
        assert time.monotonic() < late, expression
        page.wait_for_timeout(50)
    return value


SAVED = "/api/contents/"
"""What JupyterLab asks about a notebook. While it saves one, there is none for a moment."""

DISPOSED = "reading 'processLuminoMessage'"
"""ipywidgets 8 logs it when a widget is removed before Lumino's last message to it arrives.

Its `DOMWidgetView` lacks the check that its accordion has (`this._view?.`). Nothing is lost by it.
"""


@contextmanager
def visiting(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each a visitor of its own; afterwards none of them may have complained."""
    complaints: list[str] = []
    contexts = []

    def console(message: ConsoleMessage) -> None:
        place = message.location["url"]
        if message.type == "error" and SAVED not in place and DISPOSED not in message.text:
            complaints.append(f"{message.text} {place}")

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
        phone: bool = False,
        received: list[int] | None = None,
        asked: list[str] | None = None,
        sockets: Callable[[WebSocketRoute], None] | None = None,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, is_mobile=phone, has_touch=phone
        )
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
    assert not complaints, complaints


def _count(socket: WebSocket, received: list[int] | None) -> None:
    if received is not None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))
