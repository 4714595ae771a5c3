"""Labels are cleaned without a mouse, and nothing is lost by a reload."""

from __future__ import annotations

import re
import shutil
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from driving import choose_folder, fold_to, go
from playwright.sync_api import Page, expect

from petwidgets.data import label_edits_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def complaints(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical, in our part of the page."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run('.petwidgets-app', {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.fixture
def mislabelled(real: Path, offered: Path) -> Path:
    """Thirty-six real photographs of three breeds, of which six bear another breed's name."""
    folder, breeds = offered / "mislabelled", ("beagle", "pug", "Siamese")
    folder.mkdir()
    for k, breed in enumerate(breeds):
        photos = sorted((real / "pets-512" / "images").glob(f"{breed}_*.jpg"))[:12]
        for i, photo in enumerate(photos):
            said = breeds[(k + 1) % 3] if i < 2 else breed
            shutil.copy(photo, folder / f"{said}_90{k}{i:02}.jpg")
    return folder


def test_labels_are_cleaned_by_keyboard(
    server: str, visit: Callable[..., Page], mislabelled: Path
) -> None:
    before = {path.name: path.read_bytes() for path in mislabelled.iterdir()}
    page = visit(server, "browse")
    choose_folder(page, mislabelled)
    expect(page.get_by_text("36 photographs of 3 breeds")).to_be_visible()
    go(page, "clean")
    page.get_by_role("button", name=re.compile("Search all 36: about")).press("Enter")
    found = page.get_by_text(re.compile(r"Live, out of 5 folds: \d of 36"))
    expect(found).to_be_visible(timeout=180_000)  # the engine starts, and computes features

    page.get_by_label("Show", exact=True).select_option(label="all")
    review = page.get_by_role("group", name="Review by keyboard")
    mark, title = review.locator("strong"), review.locator("h3")
    expect(review.locator("img")).to_be_visible()
    first = title.inner_text()
    review.focus()
    page.keyboard.press("k")
    expect(title).not_to_have_text(first)
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text(first)
    expect(mark).to_have_text("keep")
    page.keyboard.press("r")
    select = review.get_by_label("New label")
    expect(select).to_be_focused()
    guess = select.input_value()
    page.keyboard.press("Enter")
    expect(review).to_be_focused()
    relabelled = page.get_by_text(re.compile("Decided: 1 relabelled, 0 left out"))
    expect(relabelled).to_be_visible()
    page.keyboard.press("x")
    tally = page.get_by_text(re.compile(r"Decided: \d relabelled, 1 left out"))
    expect(tally).to_be_visible()
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(title).to_have_text(first)
    expect(mark).to_have_text("keep")
    page.keyboard.press("y")
    expect(relabelled).to_be_visible()
    assert complaints(page) == []

    with page.expect_download() as saved:
        page.get_by_role("button", name="Export the decisions").click()
    marks, bad = label_edits_csv.read(saved.value.path().read_bytes())
    assert (bad, [(file, one.breed) for file, one in marks.items()]) == ([], [(first, guess)])

    page.reload()
    expect(relabelled).to_be_visible()
    expect(page.get_by_role("group", name="Review by keyboard").locator("img")).to_be_visible()
    fold_to(page, 400)
    assert complaints(page) == []
    go(page, "train")
    expect(page.get_by_label("1 relabelled, 0 left out by Clean the labels")).to_be_checked()
    assert {path.name: path.read_bytes() for path in mislabelled.iterdir()} == before
