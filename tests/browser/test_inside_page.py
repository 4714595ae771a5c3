"""A run is looked into, and its validation set seen as a map, as one sees and touches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driving import choose_folder, go
from playwright.sync_api import Page, expect
from visitor import await_true

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_run_is_looked_into(server: str, visit: Callable[..., Page], photographs: Path) -> None:
    page = visit(server, "browse")
    choose_folder(page, photographs)
    expect(page.get_by_text("60 photographs of 3 breeds")).to_be_visible()
    go(page, "inside")
    expect(page.get_by_text("Live: Grad-CAM of")).to_be_visible()
    pictures = page.locator(".petwidgets-grid img")
    expect(pictures).to_have_count(3)
    assert all(box["width"] > 150 for box in (at.bounding_box() for at in pictures.all()))
    chosen = page.get_by_label("Photograph, the largest loss first")
    first = chosen.input_value()
    page.get_by_role("button", name="Next", exact=True).focus()
    page.keyboard.press("Enter")
    expect(chosen).not_to_have_value(first)
    name = chosen.input_value()
    expect(page.get_by_text(f"Live: Grad-CAM of {name}")).to_be_visible()
    # One folder of 60 has the training photographs, too, most of which want computing.
    near = page.get_by_text("nearest of")
    gather = page.get_by_role("button", name="Compute features of")
    expect(near.or_(gather).first).to_be_visible()
    if gather.count():
        gather.click()
    expect(near).to_be_visible()
    table = page.locator(".petwidgets-table", has_text="cosine similarity")
    expect(table.locator("tbody tr")).to_have_count(8)

    go(page, "map")
    points = page.locator(".js-plotly-plot .scatterlayer .point")
    expect(gather.or_(points.first).first).to_be_visible()
    if gather.count():
        gather.click()
    expect(page.get_by_text("Live: t-SNE of")).to_be_visible()
    expect(points.first).to_be_visible()
    expect(page.locator(".petwidgets-table tbody tr").first).to_contain_text(name)
    await_true(page, "() => !document.querySelector('.js-plotly-plot .main-svg:empty')")
    place = points.nth(2).bounding_box()
    assert place
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(page.get_by_role("button", name="All breeds")).to_be_visible()
    expect(page.locator(".legendtext", has_text="chosen breeds")).to_be_visible()
    clicked = page.locator(".petwidgets-table tbody td").first.inner_text()
    go(page, "inside")
    if (photographs / clicked).is_file():
        expect(chosen).to_have_value(clicked)
        expect(page.get_by_text(f"Live: Grad-CAM of {clicked}")).to_be_visible()
    else:  # features ship, photographs don't
        expect(page.get_by_text("look at all of them")).to_be_visible()
