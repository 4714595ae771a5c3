"""From opening a page of a server that has just started to the first breed on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from petwidgets.bench import bear, first_control
from petwidgets.bench.browser import chromium, opened, voila
from petwidgets.bench.home import used_home
from petwidgets.bench.row import Pair, Row
from petwidgets.bench.serving import served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from petwidgets.bench.row import Pairs, Settings

Selectors = tuple[str, str]
"""Of the button that takes photographs, and of what an answer shows."""

OURS = first_control.CONTROL, ".petwidgets-result .petwidgets-bars"

THEIRS = bear.CONTROL, f"text={bear.ANSWER}"


def answered(browser: Browser, url: str, photo: Path, page_has: Selectors) -> Page:
    """Open a page, choose a photograph, and wait until it is classified."""
    control, answer = page_has
    page, _ = opened(browser, url, control)
    with page.expect_file_chooser() as chooser:
        page.locator(control).first.click()
    chooser.value.set_files(photo)
    page.locator(answer).first.wait_for(state="visible")
    return page


def seconds(browser: Browser, url: str, photo: Path, page_has: Selectors) -> float:
    """From opening a page to its first answer."""
    began = time.perf_counter()
    page = answered(browser, url, photo, page_has)
    whole = time.perf_counter() - began
    page.close()
    return whole


def pairs(settings: Settings, _size: int) -> Pairs:
    """Both servers are started anew for each round."""
    photo = min(settings.pictures.glob("*.jpg"))
    other, home = bear.notebook(settings.folder), used_home(settings.folder)
    while True:
        with chromium() as browser, served(settings.pictures, home) as (url, _, _):
            ours = seconds(browser, url, photo, OURS)
        with chromium() as browser, voila(other, home) as (url, _):
            theirs = seconds(browser, url, photo, THEIRS)
        yield Pair(ours, theirs)


ROW = Row(
    name="first-answer",
    what="first photograph classified, from opening the page of a server just started",
    unit="s",
    ours="petwidgets serve",
    theirs="Voila, load_learner and predict",
    measure=pairs,
    needs=("app", "chromium", "torch", "photographs"),
)
