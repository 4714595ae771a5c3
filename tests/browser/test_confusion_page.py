"""A matrix is read, its cells are opened, and pairs are chosen by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from driving import go
from playwright.sync_api import Locator, Page, expect
from visitor import await_true

from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from servers import Server

    from petwidgets.runs.run import Run

WRONG = 6
"""Photographs of the first breed that are taken for the second."""


@pytest.fixture
def run(served: Server, photographs: Path) -> Iterator[Run]:
    """A teacher's, on real photographs; it takes one breed for another, and else it is right."""
    paths = sorted(photographs.glob("*.jpg"))
    breeds = [path.name.rsplit("_", 1)[0] for path in paths]
    vocab = sorted(set(breeds))
    targets = np.array([vocab.index(breed) for breed in breeds])
    predictions = np.where(np.arange(len(paths)) < WRONG, 1, targets)
    rows = np.full((len(paths), len(vocab)), 0.05, np.float32)
    rows[np.arange(len(paths)), predictions] = 1 - 0.05 * (len(vocab) - 1)
    losses = -np.log(rows[np.arange(len(paths)), targets])
    store = RunStore(served.home)
    made = store.create(fine_tune(data=str(photographs)))
    files = tuple(path.name for path in paths)
    made.save_validation(Validation(files, rows, targets, losses))
    yield made.update(state="finished", vocab=vocab, files=list(files))
    store.delete(made.id)  # it has no epochs, which other tests' visitors would look at


def captions(page: Page) -> Locator:
    return page.locator(".petwidgets-scroller > p")


def cell(page: Page, row: int, column: int, of: int = 3) -> tuple[float, float]:
    """The middle of a cell on the page."""
    plot = page.locator(".petwidgets-matrix .nsewdrag").bounding_box()
    assert plot
    width, height = plot["width"] / of, plot["height"] / of
    return plot["x"] + (column + 0.5) * width, plot["y"] + (row + 0.5) * height


def test_a_cell_is_opened_and_a_pair_is_found_by_keyboard(
    server: str, visit: Callable[..., Page], run: Run
) -> None:
    page = visit(server, "confusion")
    page.get_by_label("Run", exact=True).select_option(run.id)
    expect(page.get_by_text(f"Recorded: {run.id}, wrong on {WRONG} of 60")).to_be_visible()
    numbers = page.locator(".petwidgets-matrix .heatmap-label")
    expect(numbers).to_have_text(["14", "20", "20", str(WRONG)])
    first, second, third = (name.replace("_", " ") for name in run.info["vocab"])
    worst = f"{first}, taken for {second}: {WRONG} of 20, the surest first"
    expect(captions(page)).to_have_text(
        [worst, f"{first}, recognised best", f"{second}, recognised best"]
    )
    expect(page.locator(".petwidgets-cell img")).to_have_count(WRONG + 6 + 6)

    page.locator(".petwidgets-matrix").scroll_into_view_if_needed()
    names = page.locator(".petwidgets-matrix .ytick").all_text_contents()
    page.mouse.click(*cell(page, names.index(third), names.index(third)))
    expect(captions(page)).to_have_count(1)
    expect(captions(page)).to_contain_text("recognised: 20 of 20")
    expect(page.get_by_label("True breed")).to_have_value(run.info["vocab"][2])

    slider = page.get_by_label("Most confused: at least")
    slider.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("No pair is confused in 7 photographs or more")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    pair = page.get_by_role("button", name=f"{first}, taken for {second}")
    pair.focus()
    page.keyboard.press("Enter")
    expect(captions(page).first).to_have_text(worst)
    expect(pair).to_have_attribute("aria-pressed", "true")
    page.locator(".petwidgets-cell img").first.click()
    expect(page.locator("dialog[open] img")).to_be_visible()
    page.keyboard.press("Escape")

    found = Axe().run(page, context=".petwidgets-panel").response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 400, "height": 900})
    await_true(page, "document.documentElement.scrollWidth <= 400")


def test_two_runs_differ_in_colours_and_photographs(
    server: str, visit: Callable[..., Page], run: Run
) -> None:
    page = visit(server, "confusion")
    page.get_by_label("Run", exact=True).select_option(run.id)
    page.get_by_label("Compare with").select_option(run.id)
    expect(page.get_by_text("Nothing tells them apart")).to_be_visible()
    expect(page.locator(".petwidgets-matrix .heatmap-label")).to_have_count(0)
    go(page, "top")
    expect(page.get_by_text("12 of 60 such photographs")).to_be_visible()
    expect(page.locator(".petwidgets-cell img")).to_have_count(12)
    go(page, "breeds")
    expect(page.locator(".petwidgets-dots").first.locator("tbody tr")).to_have_count(3)
