"""An architecture is chosen, measured and trained with, as one sees and touches it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from collections.abc import Callable


def fill(page: Page, label: str, value: str) -> None:
    page.get_by_label(label, exact=True).fill(value)
    page.get_by_label(label, exact=True).press("Tab")


def test_an_architecture_is_measured_and_kept(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "architecture")
    fill(page, "Size (pixels)", "64")
    fill(page, "Batch size", "4")
    page.get_by_role("button", name="Measure it here").click()
    rows = page.locator(".petwidgets-table").first.locator("tbody tr")
    expect(rows).to_have_count(1, timeout=240_000)
    cells = rows.first.locator("td").all_inner_texts()
    assert cells[:3] == ["tf_efficientnet_lite0", "4.7 M (body 3.4 M)", "64, 4, fp32"]
    assert cells[8] == "here"
    assert all(float(cells[at]) > 0 for at in (3, 5))
    assert all(re.search(r"\d (s|min) \(.+ to .+\)$", cells[at]) for at in (4, 6))
    expect(page.locator(".petwidgets-bars tr")).to_have_count(2)
    expect(page.get_by_text("activations kept for the backward pass")).to_be_visible()
    expect(page.get_by_text("Layer groups of tf_efficientnet_lite0")).to_be_visible()

    page.reload()
    expect(rows).to_have_count(1)
    assert rows.first.locator("td").all_inner_texts() == cells
    expect(page.get_by_label("Size (pixels)", exact=True)).to_have_value("64")

    page.get_by_role("button", name="Train with it").click()
    expect(page.locator(".petwidgets-title")).to_have_text("Train a model")


def test_a_misspelt_name_is_refused(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "architecture")
    page.get_by_label("Architecture", exact=True).select_option(label="another, by its name")
    fill(page, "Its name in torchvision or timm", "densnet121<img src=x>")
    problem = page.locator(".petwidgets-problem")
    expect(problem).to_contain_text("did you mean densenet121")
    expect(problem).to_contain_text("<img src=x>")
    fill(page, "Its name in torchvision or timm", "densenet121")
    expect(problem).to_be_hidden()


def test_a_phone_shows_one_column_and_the_tables_scroll(
    server: str, visit: Callable[..., Page]
) -> None:
    page = visit(server, "architecture", width=400)
    expect(page.get_by_text("The book's, not measured here")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
