"""Rates, stages and epochs, as one sees and touches them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from driving import choose_folder, go, stop
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def opened(server: str, visit: Callable[..., Page], photographs: Path) -> Callable[[str], Page]:
    """Opens a lesson on a few photographs."""

    def opened(lesson: str, **how: int) -> Page:
        page = visit(server, "browse", **how)
        choose_folder(page, photographs)
        expect(page.get_by_text("60 photographs of 3 breeds")).to_be_visible()
        go(page, lesson)
        return page

    return opened


def fill(page: Page, **values: str) -> None:
    for label, value in values.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(value)
        page.get_by_label(label.replace("_", " "), exact=True).press("Tab")


def test_a_rate_is_found_guessed_and_taken(opened: Callable[..., Page]) -> None:
    page = opened("rate")
    page.get_by_label("Size (pixels)").fill("64")
    fill(page, Batch_size="8", Batches="60")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text(re.compile("^Live.* Drag the cursor to where"))).to_be_visible()
    chart = page.locator(".petwidgets-chart svg")
    expect(chart.locator(".petwidgets-chart-mark")).to_have_count(0)
    cursor = chart.get_by_role("slider")
    cursor.focus()
    before = float(cursor.get_attribute("aria-valuenow") or 0)
    page.keyboard.press("Shift+ArrowRight")
    expect(cursor).not_to_have_attribute("aria-valuenow", str(before))
    after = float(cursor.get_attribute("aria-valuenow") or 0)
    assert after == pytest.approx(before * 10**0.5, rel=0.02)
    own = page.get_by_label("Your rate")
    expect(own).to_have_value(re.compile(r"\d"))
    expect(chart).to_be_in_viewport()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    page.mouse.up()
    expect(cursor).not_to_have_attribute("aria-valuenow", str(after))
    go(page, "top")
    expect(page.locator(".petwidgets-title")).to_have_text("Top losses")
    go(page, "rate")
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_text(re.compile(r"The hints lie \d"))).to_be_visible()
    expect(chart.locator(".petwidgets-chart-mark")).to_have_count(5)
    rate = float(own.input_value())
    page.get_by_role("button", name="Take it to the training").click()
    expect(page.locator(".petwidgets-title")).to_have_text("Train a model")
    expect(page.get_by_label("1. Learning rate, or slice")).to_have_value(f"{rate:g}")


def test_stages_of_the_book_train_pause_and_show_their_groups(opened: Callable[..., Page]) -> None:
    page = opened("train")
    page.get_by_role("radio", name="The chapter's slices: 3 + 12").check()
    expect(page.get_by_text("The book's figures, not yours")).to_be_visible()
    page.get_by_role("button", name="More settings").click()
    expect(page.get_by_label("2. Learning rate")).to_have_value("slice(1e-06, 0.0001)")
    page.get_by_label("Size (pixels)").fill("32")
    page.get_by_label("1. Epochs").fill("1")
    page.get_by_label("2. Epochs").fill("100")
    fill(page, Batch_size="8")
    page.get_by_role("button", name="Start").click()
    groups = page.locator(".petwidgets-network li")
    expect(groups).to_have_count(2)
    expect(groups.nth(0)).to_contain_text("trains")
    expect(groups.nth(1).locator("output")).to_contain_text("rate")
    rates = [re.compile(r"rate \d\.\d\de-\d+")] * 2
    expect(page.locator(".petwidgets-network output")).to_have_text(rates)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: nothing is lost")).to_be_visible()
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.get_by_text(re.compile(r"Training: batch"))).to_be_visible()
    stop(page)
    page.get_by_role("button", name="Go on after the last epoch").click()
    expect(page.get_by_text("Going on after epoch")).to_be_visible()
    stop(page)


def test_epochs_are_looked_at_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened("epochs", width=400)
    expect(page.get_by_text("Recorded, pets37, epoch 12: 4.3 % error on 740")).to_be_visible()
    page.locator(".petwidgets-chart").get_by_role("slider").first.focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("Recorded, pets37, epoch 1: 8.0 % error on 740")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
