"""An architecture is chosen, measured and trained with, as one sees and touches it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from driving import fold_to
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
    measured = page.locator(".petwidgets-table", has_text="Measured on random weights")
    rows = measured.locator("tbody tr")
    expect(rows).to_have_count(1, timeout=240_000)
    cells = rows.first.locator("td").all_inner_texts()
    assert cells[:3] == ["tf_efficientnet_lite0", "64 px, 4, fp32", "4.7 M"]
    assert all(float(cells[at]) > 0 for at in (3, 4))
    epochs = page.locator(".petwidgets-table").nth(1).locator("tbody td").all_inner_texts()
    assert all(re.fullmatch(r"\d.* s|\d.* min", epochs[at]) for at in (1, 3))
    assert all(" to " in epochs[at] for at in (2, 4))
    expect(page.locator(".petwidgets-bars tr")).to_have_count(2)
    expect(page.get_by_text("activations kept for the backward pass")).to_be_visible()
    expect(page.get_by_text("Layer groups of tf_efficientnet_lite0")).to_be_visible()

    page.reload()
    expect(rows).to_have_count(1)
    assert rows.first.locator("td").all_inner_texts() == cells
    expect(page.get_by_label("Size (pixels)", exact=True)).to_have_value("64")

    fold_to(page, 400)
    page.get_by_role("button", name="Train with it").click()
    expect(page.locator(".petwidgets-title")).to_have_text("Train a model")
    expect(page.get_by_label("Architecture", exact=True)).to_have_value("tf_efficientnet_lite0")
    expect(page.get_by_label("Batch size", exact=True)).to_have_value("4")


def test_a_misspelt_name_is_refused(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "architecture")
    page.get_by_label("Architecture", exact=True).select_option(label="another, by its name")
    fill(page, "Its name in torchvision or timm", "densnet121<img src=x>")
    problem = page.locator(".petwidgets-problem")
    expect(problem).to_contain_text("did you mean densenet121")
    expect(problem).to_contain_text("<img src=x>")
    fill(page, "Its name in torchvision or timm", "densenet121")
    expect(problem).to_be_hidden()
