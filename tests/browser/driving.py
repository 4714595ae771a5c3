"""What a visitor does on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from light import ARCH
from playwright.sync_api import expect
from visitor import await_true

from petwidgets.panels import PANELS

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

WIDEST = """Math.max(...[...document.querySelectorAll('.petwidgets-panel *')]
    .filter(el => !el.closest('.petwidgets-wide table, .petwidgets-album button'))
    .map(el => el.getBoundingClientRect().right))"""
"""The right edge of the widest, but for what scrolls."""

GO = """lesson => {
    const state = new URLSearchParams(location.hash.slice(1));
    state.set("lesson", lesson);
    location.hash = state;
}"""

ALBUM = "[aria-label='Photographs of this visit']"
FINE_TUNE = "fine_tune: frozen first, then the whole network"


def go(page: Page, lesson: str) -> None:
    """Open a lesson by its address, as the chapter's link and tab would."""
    page.evaluate(GO, lesson)
    title = page.locator(".petwidgets-stage .petwidgets-title")
    expect(title).to_have_text(PANELS[lesson].title)


def give(page: Page, *files: Path) -> None:
    page.locator(".petwidgets-upload input[type=file]").set_input_files(list(files))


def answer(page: Page) -> str:
    return page.locator(".petwidgets-answer").inner_text()


def choose_folder(page: Page, folder: Path) -> None:
    go(page, "browse")
    page.get_by_label("Photographs", exact=True).select_option(label="A folder of my own")
    page.get_by_label("Folder", exact=True).fill(str(folder))
    page.get_by_role("button", name="Show", exact=True).click()


def begin_long_training(page: Page, folder: Path) -> Locator:
    """Start what takes minutes, wait for its second epoch, and give the rows of its table."""
    choose_folder(page, folder)
    expect(page.get_by_text("60 photographs of 3 breeds")).to_be_visible()
    go(page, "train")
    page.get_by_role("button", name="More settings").click()
    page.get_by_label("Recipe").select_option(label=FINE_TUNE)
    expect(page.get_by_label("2. Epochs")).to_be_visible()  # the preset has arrived
    small = {"Architecture": ARCH, "Size (pixels)": "32", "Batch size": "8"}
    small |= {"Pictures per breed (0: all)": "8", "2. Epochs": "150"}
    for label, value in small.items():
        page.get_by_label(label, exact=True).fill(value)
        page.get_by_label(label, exact=True).press("Tab")
    page.get_by_role("button", name="Start").click()
    rows = page.locator(".petwidgets-table tbody tr")
    expect(rows.nth(1)).to_be_visible()
    return rows


def kernel_of(page: Page) -> str:
    """The id of the page's kernel."""
    read = "JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"
    return str(page.evaluate(read))


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop").last.click()
    expect(page.get_by_text("Stopped after")).to_be_visible()


def fold_to(page: Page, width: int) -> None:
    """Make the window narrow, and see that all of the panel is laid out within it."""
    page.set_viewport_size({"width": width, "height": 900})
    await_true(page, f"{WIDEST} <= {width}")
