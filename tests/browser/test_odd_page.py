"""Whatever a visitor drops on the page: an answer, a doubt, or one sentence; and it lives on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from driving import ALBUM, fold_to, give, go
from PIL import Image
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REFUSED = "I don't recognise this."


def serious(page: Page) -> list[str]:
    found = Axe().run(page, context=".petwidgets-panel").response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def test_all_odd_files_at_once(server: str, visit: Callable[..., Page], real: Path) -> None:
    page = visit(server)
    files = sorted(path for path in (real / "odd-images").iterdir() if path.suffix != ".tsv")
    give(page, *files)
    album = page.locator(f"{ALBUM} button")
    expect(album).to_have_count(len(files) - 1, timeout=120_000)
    # The browser itself refuses what is empty.
    expect(page.locator(".petwidgets-upload")).to_contain_text("derived_zero_bytes.jpg is empty")
    problem, answer = page.locator(".petwidgets-problem"), page.locator(".petwidgets-answer")
    said = {}
    for at in range(len(files) - 1):
        album.nth(at).click()
        name = album.nth(at).get_attribute("title").split(": ")[0]  # type: ignore[union-attr]
        if album.nth(at).inner_text() == "can't be read":
            expect(problem).to_have_text(re.compile(rf"{re.escape(name)}: [A-Z][^\n]+\.$"))
            said[name] = "problem"
        else:
            expect(page.locator(".petwidgets-crops p")).to_have_text(name)
            expect(problem).to_be_hidden()
            said[name] = answer.inner_text()
    assert len(said) == len(files) - 1
    assert list(said.values()).count("problem") == 5
    cats = {name for name in said if "cat" in name and said[name] != "problem"}
    assert len(cats) == 3
    others = [text for name, text in said.items() if name not in cats and text != "problem"]
    assert others.count(REFUSED) >= 0.8 * len(others)

    give(page, min((real / "pets-original" / "images").glob("beagle_*.jpg")))
    expect(answer).to_contain_text("beagle")
    assert serious(page) == []
    fold_to(page, 400)
    assert serious(page) == []


def test_a_phones_largest_photograph_is_answered(
    server: str, visit: Callable[..., Page], real: Path, tmp_path: Path
) -> None:
    """200 million pixels in 60 MB, of which a JPEG's decoder reads the first part."""
    path = tmp_path / "phone.jpg"
    with Image.open(min((real / "pets-512" / "images").glob("samoyed_*.jpg"))) as photo:
        photo.resize((16320, 12240), Image.Resampling.NEAREST).save(path, quality=30)
    with path.open("ab") as file:
        file.truncate(60 * 2**20)
    page = visit(server)
    expect(page.locator(".petwidgets-upload")).to_contain_text("A picture of up to 100 MB")
    give(page, path)
    expect(page.locator(".petwidgets-answer")).to_contain_text("samoyed", timeout=120_000)
    expect(page.locator(".petwidgets-problem")).to_be_hidden()


def test_a_closer_look_and_its_loss(server: str, visit: Callable[..., Page], real: Path) -> None:
    page = visit(server)
    give(page, min((real / "pets-original" / "images").glob("Siamese_*.jpg")))
    expect(page.locator(".petwidgets-answer")).to_contain_text("Siamese")
    page.get_by_role("button", name="Average ten views").click()
    expect(page.locator(".petwidgets-gallery figure")).to_have_count(10)
    expect(page.get_by_text("of the ten say Siamese")).to_be_visible()
    page.locator("summary", has_text="Code").click()
    expect(page.locator("details code").first).to_contain_text("RunStore().get('pets37')")
    page.get_by_label("It really is").select_option(label="Birman")
    page.get_by_role("button", name="Its row of the loss").click()
    expect(page.locator(".petwidgets-title")).to_have_text("Cross-entropy, step by step")
    expect(page.get_by_text("brought by you, through the run pets37")).to_be_visible()
    go(page, "classify")
    page.get_by_role("button", name="Forget these photographs").click()
    expect(page.locator(f"{ALBUM} button")).to_have_count(0)
    expect(page.locator(".petwidgets-answer")).to_be_hidden()
