"""Browse, check, label, presize, batch and summary, as one sees and touches them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from driving import choose_folder, go
from playwright.sync_api import Page, expect
from visitor import await_true

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def mixed(real: Path, offered: Path) -> Path:
    """Photographs of mixed shapes, some faults, and enough to scroll."""
    folder = offered / "mixed"
    folder.mkdir()
    for path in sorted((real / "pets-original" / "images").glob("*.jpg"))[::4]:
        shutil.copy(path, folder)
    shutil.copy(real / "odd-images" / "derived_zero_bytes.jpg", folder / "beagle_900.jpg")
    for n, path in enumerate(sorted(folder.glob("pug_*.jpg"))):
        shutil.copy(path, folder / f"pug_90{n}.jpg")
    return folder


@pytest.fixture
def opened(server: str, visit: Callable[..., Page], mixed: Path) -> Callable[[str], Page]:
    """Opens a lesson on these photographs."""

    def opened(lesson: str) -> Page:
        page = visit(server, "browse")
        choose_folder(page, mixed)
        expect(page.get_by_text("photographs of 37 breeds")).to_be_visible()
        go(page, lesson)
        return page

    return opened


LOADED = """[...document.querySelectorAll('.petwidgets-cell')]
    .filter(cell => !cell.querySelector('span'))
    .every(cell => cell.querySelector('img')?.naturalWidth)"""


def test_the_grid_scrolls_filters_and_opens(opened: Callable[[str], Page]) -> None:
    page = opened("browse")
    cells = page.locator(".petwidgets-cell")
    view = page.locator(".petwidgets-scroller > div")
    expect(cells.first.locator("img")).to_be_visible()
    for _ in range(2):
        first = cells.first.get_attribute("data-at") or ""
        view.evaluate("view => { view.scrollTop += view.clientHeight }")
        expect(cells.first).not_to_have_attribute("data-at", first)
        await_true(page, LOADED)
    view.evaluate("view => { view.scrollTop = view.scrollHeight }")
    last = page.locator(".petwidgets-cell").last
    expect(last.locator("img, span")).to_be_visible()

    page.get_by_label("Search").fill("beagle 900")
    expect(cells).to_have_count(1)
    expect(cells.first).to_contain_text("This file is empty")
    page.get_by_label("Search").fill("")
    page.get_by_role("button", name="Siamese", exact=True).click()
    expect(page.get_by_label("Breed", exact=True)).to_have_value("Siamese")
    expect(cells.filter(has_not_text="Siamese")).to_have_count(0)
    expect(cells.nth(1)).to_be_visible()

    cells.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("RandomSplitter")
    expect(dialog).to_contain_text("pixels")
    title = dialog.get_by_role("heading").inner_text()
    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_role("heading")).not_to_have_text(title)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    cells.first.click()
    expect(dialog).to_be_visible()


def test_the_folder_is_shown_as_python_has_it(opened: Callable[[str], Page], mixed: Path) -> None:
    page = opened("browse")
    page.get_by_text("In Python: path.ls() and pathlib").click()
    row = page.get_by_role("row", name="get_image_files(path).sorted()").first
    expect(row).to_contain_text(f"(#{len([*mixed.iterdir()])}) [Path('Abyssinian")
    page.get_by_text("Two ways data comes").click()
    expect(page.get_by_text("A table: name,label")).to_be_visible()
    expect(page.get_by_role("cell", name=",Abyssinian").first).to_be_visible()


def test_an_expression_is_followed_as_one_types(opened: Callable[[str], Page]) -> None:
    page = opened("label")
    page.get_by_label("A file's name").fill("beagle_75.jpg")
    expect(page.locator('mark[data-group="1"]')).to_have_text("beagle")
    expect(page.get_by_text("All 37 breeds that the names speak of")).to_be_visible()
    page.get_by_role("button", name="A puzzle").click()
    expect(page.locator('mark[data-group="1"]')).to_have_text("beagle_7")
    expect(page.get_by_text("classes, but the names speak of 37 breeds")).to_be_visible()
    expression = page.get_by_label("Regular expression")
    expression.fill("(a+")
    expect(page.locator(".petwidgets-problem")).to_contain_text("can't be read")
    expression.fill("([a-z_]|[a-z])*(?<![a-z0-9g])$")
    expect(page.locator(".petwidgets-problem")).to_contain_text("too many ways")
    expression.fill("")
    expression.press_sequentially(r"^(.+)_\d")
    expect(expression).to_have_value(r"^(.+)_\d")
    expect(page.locator('mark[data-group="1"]')).to_have_text("beagle")
    expect(page.locator(".petwidgets-problem")).to_be_hidden()


def test_parts_of_an_expression_are_explained(opened: Callable[[str], Page]) -> None:
    page = opened("label")
    page.get_by_label("A file's name").fill("beagle_75.jpg")
    parts = page.get_by_role("group", name="Parts of the expression").get_by_role("button")
    expect(parts).to_have_text(["(.+)", "_", r"\d+", ".", "jpg", "$"])
    parts.nth(2).hover()
    here = page.locator('mark[data-here="true"]')
    expect(here).to_have_text("75")
    expect(page.get_by_text("Matches a digit, one or more times")).to_be_visible()
    page.get_by_role("button", name="A puzzle").click()  # one digit is left for the number
    expect(parts).to_have_count(5)
    parts.nth(0).focus()
    expect(here).to_have_text("beagle_7")
    page.keyboard.press("ArrowRight")
    expect(here).to_have_text("5")
    expect(page.get_by_text("Here: “5”.")).to_be_visible()


def test_the_microscope_follows_its_sliders(opened: Callable[[str], Page]) -> None:
    page = opened("presize")
    row = page.get_by_role("row", name="one operation after another")
    expect(row).to_contain_text("4")
    expect(page.locator(".petwidgets-crops i")).to_have_count(2)
    made_up = row.locator("td").nth(1)
    before = made_up.inner_text()
    page.get_by_label("Rotation").fill("-45")
    expect(made_up).not_to_have_text(before)
    glass = page.locator(".petwidgets-loupe i").first
    left = glass.evaluate("glass => glass.style.left")
    page.locator(".petwidgets-loupe").first.focus()
    page.keyboard.press("ArrowLeft")
    assert glass.evaluate("glass => glass.style.left") != left
    page.get_by_label("First square").fill("100")
    expect(page.locator(".petwidgets-problem")).to_be_visible()
    page.get_by_label("First square").fill("460")
    expect(page.locator(".petwidgets-problem")).to_be_hidden()


def test_a_batch_is_redrawn_and_its_switches_work(opened: Callable[[str], Page]) -> None:
    page = opened("batch")
    pictures = page.locator(".petwidgets-grid img")
    expect(pictures).to_have_count(9)
    expect(page.get_by_text("Flip + Rotate + Zoom + Warp")).to_be_visible()
    page.get_by_label("unique").check()
    expect(page.locator(".petwidgets-grid figcaption").first).to_be_visible()
    page.get_by_label("warp", exact=True).uncheck()
    expect(page.get_by_text("Flip + Rotate + Zoom,")).to_be_visible()
    labels = page.locator(".petwidgets-grid figcaption")
    await_true(
        page,
        "new Set([...document.querySelectorAll('.petwidgets-grid figcaption')]"
        ".map(one => one.title)).size === 1",
    )
    expect(labels).to_have_count(9)
    page.get_by_label("ncols").fill("2")
    expect(pictures).to_have_count(6)
    expect(page.get_by_role("row", name="TensorImage")).to_contain_text("(6, 3, 224, 224)")


def test_the_expected_failure_is_shown_and_repaired(opened: Callable[[str], Page]) -> None:
    page = opened("summary")
    cards = page.locator(".petwidgets-card:visible")
    expect(cards).to_have_count(1)
    page.get_by_role("button", name="Next step").click()
    expect(cards).to_have_count(2)
    page.get_by_role("button", name="Forget the Resize").click()
    expect(page.get_by_text("Expected failure: this block")).to_be_visible()
    expect(cards.last).to_contain_text("Could not collate")
    assert (cards.last.inner_text()).count("torch.Size") == 4
    page.get_by_role("button", name="Repair it").click()
    page.get_by_role("button", name="All steps").click()
    expect(cards.last).to_contain_text("Normalize")


def test_faults_are_found_with_their_pictures(opened: Callable[[str], Page]) -> None:
    page = opened("check")
    page.get_by_role("button", name="Check all files").click()
    expect(page.get_by_text("was read to its end")).to_be_visible()  # no example any more
    expect(page.get_by_role("button", name="Can't be read")).to_be_visible()
    page.get_by_role("button", name="The same file twice").click()
    expect(page.get_by_role("row", name="pug_900.jpg")).to_contain_text("the same file as")
    expect(page.locator(".petwidgets-cell img").first).to_be_visible()
    go(page, "browse")
    page.get_by_label("Problem").select_option(label="Can't be read")
    expect(page.locator(".petwidgets-cell")).to_have_count(1)


@pytest.mark.parametrize("lesson", ["browse", "label", "presize", "batch", "summary"])
def test_a_phone_holds_them_without_scrolling_sideways(
    server: str, visit: Callable[..., Page], mixed: Path, lesson: str
) -> None:
    page = visit(server, "browse", width=400)
    choose_folder(page, mixed)
    expect(page.get_by_text("photographs of 37 breeds")).to_be_visible()
    go(page, lesson)
    shown = {
        "browse": ".petwidgets-cell img",
        "label": ".petwidgets-table td",
        "presize": ".petwidgets-loupe img",
        "batch": ".petwidgets-grid img",
        "summary": ".petwidgets-card",
    }
    expect(page.locator(shown[lesson]).first).to_be_visible()
    # What is wider than the screen scrolls in its own place.
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_names_that_are_no_text_have_pictures_and_can_be_chosen(
    server: str, visit: Callable[..., Page], real: Path, offered: Path
) -> None:
    photos = sorted((real / "pets-512" / "images").glob("pug_*.jpg"))
    folder = offered / "named"
    for name in (
        b"caf\xe9/a\xff.jpg",
        b"caf\xe9/two\nlines.jpg",
        b"-pug/<i>.jpg",
        b"-pug/%20#?.jpg",
    ):
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos.pop(), path)
    page = visit(server, "browse")
    go(page, "browse")
    page.get_by_label("Photographs", exact=True).select_option(label="A folder of my own")
    page.get_by_label("Breed from the name", exact=True).fill("parent-folder")
    page.get_by_label("Breed from the name", exact=True).press("Tab")
    choose_folder(page, folder)
    cells = page.locator(".petwidgets-cell")
    expect(cells).to_have_count(4)
    await_true(page, LOADED)
    assert page.locator(".petwidgets-cell img").count() == 4
    page.get_by_label("Class", exact=True).select_option(label=r"caf\xe9")
    expect(cells).to_have_count(2)
    cells.first.click()
    expect(page.get_by_role("dialog")).to_contain_text(r"a\xff.jpg")
    expect(page.get_by_role("dialog").locator("img")).to_be_visible()
    if shot := os.environ.get("SHOT"):
        page.screenshot(path=shot)


def test_an_expression_is_shown_as_it_is_and_typeset_as_no_formula(
    server: str, visit: Callable[..., Page], photographs: Path
) -> None:
    page = visit(server, "browse")
    choose_folder(page, photographs)
    expect(page.get_by_text("60 photographs of 3 breeds")).to_be_visible()
    page.get_by_label("Breed from the name", exact=True).fill(r"^(p.g)_\d+.jpg$")
    page.get_by_label("Breed from the name", exact=True).press("Tab")
    page.get_by_role("button", name="Show", exact=True).click()
    told = page.get_by_text("40 names do not match the expression")
    expect(told).to_contain_text(r"expression ^(p.g)_\d+.jpg$ and are left out")
    expect(told).to_contain_text(r"(.+)_\d+\.\w+$ matches them, too.")
    assert page.locator("mjx-container, .MathJax").count() == 0


def test_a_csv_file_gives_the_breeds_and_a_reload_keeps_them(
    opened: Callable[[str], Page], mixed: Path
) -> None:
    page = opened("browse")
    rows = [f"{path.name};{'cat' if path.name[0].isupper() else 'dog'};1" for path in
            sorted(mixed.iterdir())[:-3]]  # fmt: skip
    content = "\r\n".join(["Image;Kind;Certain;", *rows, "gone.jpg;dog;1"]).encode("utf-16")
    file = {"name": "kinds.csv", "mimeType": "text/csv", "buffer": content}
    page.locator(".petwidgets-transfer input").first.set_input_files(file)
    expect(page.get_by_text("It is not clear which column holds the labels")).to_be_visible()
    page.get_by_label("Breeds in the column").select_option("Kind")
    page.get_by_label("Names in the column").select_option("Image")
    summary = page.get_by_text("of 2 classes. The labels come from kinds.csv")
    expect(summary).to_contain_text("3 photographs have no label there and are left out")
    expect(summary).to_contain_text(f"1 of {len(rows) + 1} rows names a file that is not here")
    expect(page.get_by_label("Class from the name")).to_be_hidden()
    page.reload()
    expect(summary).to_be_visible()
    page.get_by_role("button", name="Classes from the names again").click()
    expect(page.get_by_text("photographs of 37 breeds")).to_be_visible()
