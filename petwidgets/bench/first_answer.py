"""From opening a page of a server that has just started to the first breed on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from petwidgets.bench import bear, first_control
from petwidgets.bench.browser import chromium, opened, voila
from petwidgets.bench.row import Pair, Row
from petwidgets.bench.serving import served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from petwidgets.bench.row import Pairs, Settings

OURS = ".petwidgets-upload input[type=file]", ".petwidgets-result img"
"""Selectors of the input, and of the picture beside the bars of an answer."""

THEIRS = ".widget-upload input[type=file]", f"text={bear.ANSWER}"


def answered(page: Page, photo: Path, where: tuple[str, str]) -> None:
    """Give a photograph to a page that has shown no answer yet, and wait for its answer."""
    source, answer = where
    page.locator(source).first.set_input_files(photo)
    page.locator(answer).first.wait_for(state="visible")


def seconds(browser: Browser, url: str, control: str, photo: Path, where: tuple[str, str]) -> float:
    """From opening a page to its first answer."""
    began = time.perf_counter()
    page, _ = opened(browser, url, control)
    answered(page, photo, where)
    whole = time.perf_counter() - began
    page.close()
    return whole


def pairs(settings: Settings, _size: int) -> Pairs:
    """Both servers are started anew for each round."""
    photo = min(settings.pictures.glob("*.jpg"))
    other = bear.notebook(settings.folder)
    while True:
        with chromium() as browser, served(settings.pictures) as (url, _, _):
            ours = seconds(browser, url, first_control.CONTROL, photo, OURS)
        with chromium() as browser, voila(other, settings.folder / "home") as (url, _):
            theirs = seconds(browser, url, bear.CONTROL, photo, THEIRS)
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
