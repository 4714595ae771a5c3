"""A photograph that is followed, and the picture of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driving import choose_folder, go
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

SLOWLY = 90_000
"""Milliseconds until torch has been imported by an engine that has just started."""


def open_first(page: Page) -> str:
    """Open the first thumbnail of the data lesson; returns its file's name."""
    go(page, "browse")
    page.locator(".petwidgets-cell").first.click()
    title = page.locator("dialog h3")
    expect(title).to_be_visible()
    return title.inner_text().rpartition(": ")[2]


def test_a_photograph_is_followed_by_its_menu(
    server: str, visit: Callable[..., Page], photographs: Path
) -> None:
    page = visit(server)
    choose_folder(page, photographs)
    name = open_first(page)
    menu = page.get_by_label("Follow this photograph")
    menu.select_option("presize")
    expect(page.locator(".petwidgets-title")).to_have_text("Presizing microscope")
    expect(page.get_by_text(f"own transforms: {name}")).to_be_visible(timeout=SLOWLY)
    assert open_first(page) == name
    menu.select_option("layers")
    expect(page.get_by_text(f"varies most, of {name}, with")).to_be_visible(timeout=SLOWLY)
    go(page, "train")
    go(page, "layers")  # coming back shows the same
    expect(page.get_by_text(f"varies most, of {name}, with")).to_be_visible()
    assert open_first(page) == name
    menu.select_option("own")
    expect(page.get_by_text(f"{name}: ").first).to_be_visible(timeout=SLOWLY)


def test_a_network_freezes_and_takes_a_slice_of_rates(
    server: str, visit: Callable[..., Page]
) -> None:
    page = visit(server, "layers")
    groups = page.locator(".petwidgets-network li")
    expect(groups).to_have_count(2)
    onwards = page.get_by_role("button", name="Next step")
    for states in (["still", "new", "cut"], ["frozen", "trains"], ["trains", "trains"]):
        onwards.click()
        expect(groups).to_have_count(len(states))
        for i, state in enumerate(states):
            expect(groups.nth(i)).to_have_attribute("data-state", state)
    onwards.click()
    page.get_by_label("Network").select_option("resnet34")
    outputs = page.locator(".petwidgets-network output")
    expect(outputs).to_have_text(["rate 1.00e-6", "rate 1.00e-5", "rate 1.00e-4"])
    head = page.get_by_label("Head, 10 to the power of")
    head.focus()
    head.press("ArrowRight")
    head.press("ArrowRight")
    expect(outputs.nth(2)).to_have_text("rate 1.00e-3")
    page.locator(".petwidgets-network button").nth(2).press("Enter")
    expect(page.get_by_text("layer2: Gives 128 maps of 28 x 28.")).to_be_visible()
    page.get_by_role("button", name="Plan a training like this").click()
    expect(page.locator(".petwidgets-title")).to_have_text("Train a model")
