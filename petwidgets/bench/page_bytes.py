"""What a browser receives until a page's first control is in sight."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from petwidgets.bench import bear, first_control
from petwidgets.bench.browser import PATIENCE, chromium, voila
from petwidgets.bench.row import Pair, Row
from petwidgets.server.serve import notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from petwidgets.bench.row import Pairs, Settings

TEXT = 1
"""The opcode of a websocket's message of text; others come in base64."""


def received(browser: Browser, url: str, control: str) -> float:
    """Count the kB over HTTP and the websocket, on a first visit; frames count as unpacked."""
    total = 0

    def loaded(event: dict[str, Any]) -> None:
        nonlocal total
        total += int(event["encodedDataLength"])

    def framed(event: dict[str, Any]) -> None:
        nonlocal total
        payload, text = event["response"]["payloadData"], event["response"]["opcode"] == TEXT
        total += len(payload.encode() if text else base64.b64decode(payload))

    page = browser.new_context().new_page()  # a context of its own has an empty cache
    session = page.context.new_cdp_session(page)
    session.on("Network.loadingFinished", loaded)
    session.on("Network.webSocketFrameReceived", framed)
    session.send("Network.enable")
    page.goto(url)
    page.locator(control).first.wait_for(state="visible", timeout=1000 * PATIENCE)
    page.context.close()
    return total / 1e3


def pairs(settings: Settings, _size: int) -> Pairs:
    """Both served by plain Voila."""
    home = settings.folder / "home"
    with (
        chromium() as browser,
        voila(bear.notebook(settings.folder), home) as (theirs, _),
        voila(notebook(), home) as (ours, _),
    ):
        while True:
            yield Pair(
                received(browser, ours, first_control.CONTROL),
                received(browser, theirs, bear.CONTROL),
            )


ROW = Row(
    name="page-bytes",
    what="received by the browser until the first control, Voila's own scripts included",
    unit="kB",
    ours="the app",
    theirs="a notebook with load_learner and FileUpload",
    measure=pairs,
    needs=("app", "chromium", "torch"),
    rounds=1,
)
