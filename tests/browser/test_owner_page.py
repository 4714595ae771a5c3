"""`petwidgets serve` on this machine alone: the owner's own folders and runs, and no stranger's."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from driving import choose_folder, fold_to, go
from playwright.sync_api import Locator, Page, expect
from relay import relayed
from servers import free_port, serving

from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REFUSED = "reads no folder of their choice"


@pytest.fixture(scope="module")
def person(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with two breeds that are no Oxford breeds, each in a folder."""
    person = tmp_path_factory.mktemp("person")
    photographs = sorted((real / "pets-512" / "images").glob("beagle_*.jpg"))
    for n, breed in enumerate(("Golden Retriever", "persian cat")):
        folder = person / "Pictures" / "<i>pets" / breed
        folder.mkdir(parents=True)
        for photograph in photographs[3 * n : 3 * n + 3]:
            shutil.copy(photograph, folder)
    for name in ("Documents", "Music", ".cache"):
        (person / name).mkdir()
    return person


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A petwidgets home in which a visitor's run lies, with the weights of the shipped one."""
    home = tmp_path_factory.mktemp("home")
    shipped, run = (
        RunStore(home).get(SHIPPED_ID),
        RunStore(home).create(RunStore(home).get(SHIPPED_ID).recipe),
    )
    for file in shipped.folder.glob("*.safetensors"):
        shutil.copy(file, run.folder)
    kept = {key: shipped.info[key] for key in ("vocab", "files")}
    run.update(state="finished", visitor="somebody", **kept)
    return home


@pytest.fixture(scope="module")
def url(person: Path, home: Path) -> Iterator[str]:
    """The address of a server that nobody told whom it is for."""
    port = free_port()
    command = ["petwidgets", "serve", "--port", str(port)]
    with serving(command, "petwidgets: http", home, HOME=str(person)):
        yield f"http://127.0.0.1:{port}/"


def models(page: Page) -> Locator:
    """The models that a page offers; a kernel from the pool adds its owner's once it knows them."""
    go(page, "classify")
    return page.get_by_label("Model").locator("option")


def test_the_owner_walks_to_a_folder_by_keyboard_and_sees_it(
    url: str, visit: Callable[..., Page], person: Path
) -> None:
    page = visit(url, "browse")
    page.get_by_label("Photographs", exact=True).select_option(label="A folder of my own")
    rows = page.locator(".petwidgets-folders li")
    expect(rows).to_have_text(
        ["Documents/no photographs", "Music/no photographs", "Pictures/1 folder"]
    )
    focused = page.locator(".petwidgets-folders li button:focus")
    rows.first.get_by_role("button").focus()
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_text("Music/")
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    expect(focused).to_have_text("<i>pets/")
    expect(rows).to_have_text(["<i>pets/2 folders"])
    page.keyboard.press("Backspace")
    expect(focused).to_have_text("Pictures/")
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_text("<i>pets/")
    page.keyboard.press("Enter")
    expect(rows).to_have_text(["Golden Retriever/3 photographs", "persian cat/3 photographs"])
    fold_to(page, 400)
    page.get_by_label("Breed from the name").fill("parent-folder")
    page.get_by_role("button", name="Show this folder").press("Enter")
    expect(page.get_by_text("6 photographs of 2 classes")).to_be_visible()
    expect(page.get_by_role("button", name="Browse folders")).to_be_focused()
    folder = page.get_by_label("Folder", exact=True)
    expect(folder).to_have_value(str(person / "Pictures" / "<i>pets"))
    expect(page.get_by_label("Species")).to_be_hidden()
    page.locator(".petwidgets-cell").first.click()
    expect(page.get_by_role("dialog").get_by_role("row", name="Class")).to_have_text(
        "ClassGolden Retriever"
    )


def test_who_comes_by_a_proxy_is_a_visitor(
    url: str, visit: Callable[..., Page], person: Path
) -> None:
    expect(models(visit(url)), "all runs of the home are the owner's").to_have_count(3)
    with relayed(url, "X-Forwarded-For: 203.0.113.7") as relay:
        page = visit(relay.url, "browse")
        choose_folder(page, person / "Pictures")
        expect(page.locator(".petwidgets-problem")).to_contain_text(REFUSED)
        expect(page.locator(".petwidgets-folders")).to_have_count(0)
        expect(models(page)).to_have_count(2)
        page.goto("about:blank")
