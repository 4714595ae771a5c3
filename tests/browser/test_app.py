"""What a visitor, a student and a teacher see."""

from __future__ import annotations

import re
import shutil
from io import BytesIO
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from driving import ALBUM, answer, begin_long_training, choose_folder, give, go, stop
from eventually import words_of
from PIL import Image, ImageOps
from playwright.sync_api import Page, expect
from relay import relayed
from servers import free_port, serving

from petwidgets.panels import PANELS
from petwidgets.panels.classify.examples import EXAMPLES, FOLDER

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

Visit = "Callable[..., Page]"


def test_first_paint_needs_no_engine(
    bare: tuple[str, subprocess.Popen[str]], visit: Callable[..., Page]
) -> None:
    url, voila = bare
    page = visit(url)
    expect(page.locator(".petwidgets-upload input[type=file]")).to_be_attached()
    [kernel] = [
        child
        for child in psutil.Process(voila.pid).children(recursive=True)
        if "ipykernel_launcher" in " ".join(words_of(child))
    ]
    go(page, "train")
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    assert not kernel.children(), "nothing is started before it is needed"
    assert not any("libtorch" in library.path for library in kernel.memory_maps())
    assert kernel.memory_info().rss < 130e6


def test_bare_voila_starts_an_engine_at_need(
    bare: tuple[str, subprocess.Popen[str]], visit: Callable[..., Page], real: Path
) -> None:
    page = visit(bare[0])
    give(page, next((real / "pets-original" / "images").glob("pug_*.jpg")))
    expect(page.locator(".petwidgets-answer")).to_contain_text("pug")


def test_a_real_photograph_is_recognised(
    server: str, visit: Callable[..., Page], real: Path
) -> None:
    page = visit(server)
    for breed in ("beagle", "Siamese"):
        give(page, min((real / "pets-original" / "images").glob(f"{breed}_*.jpg")))
        expect(page.locator(".petwidgets-answer")).to_contain_text(breed)
        assert re.fullmatch(rf"{breed}, (> )?\d+\.\d %", answer(page))
    rows = page.locator(".petwidgets-bars tr")
    expect(rows).to_have_count(5)
    shares = [float(text.split()[-2].lstrip("<> ")) for text in rows.all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 100.5
    for part in (".petwidgets-upload", ALBUM, ".petwidgets-result .petwidgets-bars"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    expect(page.locator(".petwidgets-result .petwidgets-crops img")).to_be_in_viewport(ratio=0.95)
    seen = page.get_by_alt_text("What the network saw of it")
    assert seen.evaluate("image => image.naturalWidth") == 320
    expect(page.get_by_text("was wrong on 32 of 740 photographs")).to_be_visible()


def frame(path: Path) -> bytes:
    """A photograph as a camera of 640 x 480 pixels sees it."""
    film = BytesIO()
    with Image.open(path) as photo:
        ImageOps.fit(photo.convert("RGB"), (640, 480)).save(film, "JPEG", quality=90)
    return film.getvalue()


def test_the_camera_is_answered_as_it_looks(
    server: str, visit: Callable[..., Page], real: Path, film: Path
) -> None:
    beagle = min((real / "pets-original" / "images").glob("beagle_*.jpg"))
    astronaut = FOLDER / EXAMPLES[-1].file
    film.write_bytes(frame(beagle) * 90 + frame(astronaut) * 90)  # 3 s each, over and over
    page = visit(server)
    page.context.grant_permissions(["camera"])
    page.get_by_role("button", name="Use the camera").click()
    live = page.locator(".petwidgets-live")
    for said in ("beagle, 9", "I don't recognise this.", "beagle, 9"):
        expect(live.locator(".petwidgets-answer")).to_contain_text(said)
    expect(live.locator(".petwidgets-bars tr")).to_have_count(5)
    expect(live).to_be_in_viewport(ratio=1)
    expect(page.locator("video")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Cancel").click()
    expect(live).to_be_hidden()
    page.get_by_role("button", name="Use the camera").click()
    expect(live.locator(".petwidgets-answer")).not_to_be_empty()
    go(page, "browse")
    go(page, "classify")
    expect(live).to_be_hidden()
    expect(page.get_by_role("button", name="Use the camera")).to_be_visible()


def test_examples_are_pressed(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_role("button", name="Harlequin, drawn").click()
    said = page.locator(".petwidgets-answer")
    expect(said).to_have_text(re.compile(r"Harlequin, (> )?\d+\.\d %"))
    expect(page.get_by_alt_text("What speaks for Harlequin")).to_be_in_viewport(ratio=0.9)
    page.get_by_role("button", name="an astronaut").click()
    expect(said).to_have_text("I don't recognise this.")
    expect(page.locator(".petwidgets-result .petwidgets-bars")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Forget these photographs").click()
    page.get_by_role("button", name="Harlequin, drawn").click()
    expect(said).to_have_text(re.compile(r"Harlequin"))


def test_what_is_no_pet_is_not_recognised(
    server: str, visit: Callable[..., Page], real: Path
) -> None:
    page = visit(server)
    give(page, real / "odd-images" / "coffee.png")
    expect(page.locator(".petwidgets-answer")).to_have_text("I don't recognise this.")
    expect(page.locator(".petwidgets-result")).to_contain_text("98 of 100 right answers")


def test_bad_files_get_a_sentence_and_the_page_lives(
    server: str, visit: Callable[..., Page], real: Path, tmp_path: Path
) -> None:
    page = visit(server)
    problem = page.locator(".petwidgets-problem")
    for name, words in {
        "derived_text_renamed.jpg": "not a picture that can be read",
        "derived_truncated_cat.jpg": "cut off",
        "decompression_bomb.gif": "million pixels",
    }.items():
        give(page, real / "odd-images" / name)
        expect(problem).to_contain_text(words)
        expect(problem).to_contain_text(name)
    markup = tmp_path / "<img src=x onerror=window.pwned=1>.jpg"
    shutil.copy(real / "odd-images" / "derived_text_renamed.jpg", markup)
    give(page, markup)
    expect(problem).to_contain_text("<img src=x")
    assert page.evaluate("window.pwned") is None
    give(page, real / "odd-images" / "phone_iphone.heic")
    expect(page.locator(".petwidgets-answer")).not_to_be_empty()
    expect(problem).to_be_hidden()


def test_a_training_is_started_watched_and_used(
    server: str, visit: Callable[..., Page], photographs: Path, real: Path
) -> None:
    page = visit(server, "browse")
    choose_folder(page, photographs)
    expect(page.get_by_text("60 photographs of 3 breeds")).to_be_visible()
    expect(page.locator(".petwidgets-cell img").first).to_be_visible()
    go(page, "train")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="Stop").last).to_be_visible()
    expect(page.get_by_text("Finished after")).to_be_visible()
    expect(page.locator(".petwidgets-table tbody tr")).to_have_count(12)
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(3)
    expect(
        page.locator(".js-plotly-plot .scatterlayer .trace").first.locator(".point")
    ).to_have_count(12)
    go(page, "classify")
    expect(page.get_by_label("Model")).to_contain_text("baseline, 3 breeds")
    give(page, min((real / "pets-original" / "images").glob("pug_*.jpg")))
    expect(page.locator(".petwidgets-bars tr")).to_have_count(3)


def test_a_training_is_stopped(server: str, visit: Callable[..., Page], photographs: Path) -> None:
    page = visit(server, "browse")
    begin_long_training(page, photographs)
    stop(page)
    expect(page.get_by_role("button", name="Start")).to_be_enabled()


def test_bad_settings_and_folders_get_a_sentence(
    server: str, visit: Callable[..., Page], offered: Path
) -> None:
    page = visit(server, "browse")
    choose_folder(page, offered / "nowhere")
    problem = page.locator(".petwidgets-problem")
    expect(problem).to_contain_text("There is no folder")
    (offered / "empty").mkdir()
    choose_folder(page, offered / "empty")
    expect(problem).to_contain_text("There are no photographs")
    choose_folder(page, offered / ".." / "..")
    expect(problem).to_contain_text("reads no folder of their choice")
    go(page, "train")
    page.get_by_role("button", name="More settings").click()
    page.get_by_label("1. Learning rate").fill("-1")
    page.get_by_label("1. Learning rate").press("Tab")
    expect(page.locator(".petwidgets-problem")).to_contain_text(
        "A learning rate is a number above 0"
    )


def test_two_visitors_share_nothing(
    server: str, visit: Callable[..., Page], photographs: Path, offered: Path
) -> None:
    one, other = visit(server, "browse"), visit(server, "browse")
    choose_folder(one, photographs)
    expect(one.get_by_text("60 photographs of 3 breeds")).to_be_visible()
    go(other, "train")
    expect(other.get_by_text(f"Trains on: Folder {offered}.")).to_be_visible()
    go(one, "train")
    expect(one.get_by_text(f"Trains on: Folder {photographs}.")).to_be_visible()


def test_a_lesson_opens_at_its_top(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server)
    page.set_viewport_size({"width": 1280, "height": 720})
    go(page, "architecture")
    expect(page.get_by_role("heading", name="Choose an architecture")).to_be_visible()
    page.mouse.wheel(0, 5000)
    last = page.get_by_role("button", name="Next: Is the probability honest?")
    last.click()
    expect(page.get_by_role("heading", name="Is the probability honest?")).to_be_in_viewport()
    expect(page.get_by_role("button", name="7 Take it along")).to_be_in_viewport()
    expect(page).to_have_title("Is the probability honest? · petwidgets")


def test_chapters_tabs_and_next_lead_through_the_course(
    server: str, visit: Callable[..., Page]
) -> None:
    page = visit(server)
    title = page.locator(".petwidgets-title")
    chapters = page.get_by_role("navigation", name="Chapters")
    tabs = page.get_by_role("navigation", name="Steps of this chapter")
    expect(tabs).to_have_count(0)
    page.get_by_role("button", name="1 The data What is there").click()
    expect(title).to_have_text("Look at the data")
    expect(page.get_by_text("A file's name may hold its label")).to_be_visible()
    page.get_by_role("button", name="Next: Label by file name").click()
    expect(title).to_have_text("Label by file name")
    assert "lesson=label" in page.url
    expect(chapters.get_by_role("button", name="1 The data 2/3")).to_have_attribute(
        "aria-current", "page"
    )
    tabs.get_by_role("button", name="Check").press("Enter")
    expect(title).to_have_text("Check the files")
    expect(tabs.get_by_role("button", name="Check")).to_be_focused()
    expect(chapters.get_by_role("button", name="1 The data ✓")).to_be_visible()
    chapters.get_by_role("button", name="4 The loss").click()
    expect(title).to_have_text("From sigmoid to softmax")
    expect(tabs.get_by_role("button")).to_have_count(7)
    go(page, "gradient")
    chapters.get_by_role("button", name="4 The loss").click()  # the first that was not opened
    expect(title).to_have_text("From two classes to many")
    page.reload()
    expect(title).to_have_text("From two classes to many")
    expect(chapters.get_by_role("button", name="4 The loss 3/7")).to_be_visible()
    chapters.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("button", name="1 The data ✓")).to_have_count(2)


def test_the_lesson_stands_in_the_address(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "train")
    expect(page.locator(".petwidgets-title")).to_have_text("Train a model")
    page.get_by_role("button", name="Try it").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".petwidgets-title")).to_have_text("Classify a photograph")
    assert "lesson=classify" in page.url


def serious(page: Page) -> list[str]:
    """What axe-core finds in our part of the page that is serious or critical."""
    found = Axe().run(page, context=".petwidgets-app").response["violations"]
    return [
        f"{one['id']}: {node['html'][:80]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_dark_for_who_wants_it_and_accessible(
    server: str, visit: Callable[..., Page], scheme: Literal["light", "dark"]
) -> None:
    page = visit(server)
    page.emulate_media(color_scheme=scheme)
    shade = "Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
    assert (page.evaluate(shade) < 60) == (scheme == "dark")
    pictures = {
        "classify": ".petwidgets-cards",
        "browse": ".petwidgets-next",
        "label": ".petwidgets-marked mark",  # the photographs are read by now
        "train": ".petwidgets-next",
        "loss": ".petwidgets-next",
        "breeds": ".petwidgets-next",
        "rate": ".petwidgets-next",
        "runs": ".petwidgets-picks input",
    }
    for key, picture in pictures.items():
        go(page, key)
        expect(page.locator(".petwidgets-title")).to_have_text(PANELS[key].title)
        expect(page.locator(picture).first).to_be_attached()
        if key == "label":
            page.get_by_label("A file's name").fill("unlike.txt")
            expect(page.get_by_text("No match: this photograph would be left out.")).to_be_visible()
        assert serious(page) == [], key


@pytest.mark.parametrize("lesson", ["classify", "check", "train"])
def test_a_phone_shows_one_column(server: str, visit: Callable[..., Page], lesson: str) -> None:
    page = visit(server, lesson, width=400)
    wide = "[...document.querySelectorAll('.petwidgets-panel *')]"
    widest = page.evaluate(f"Math.max(...{wide}.map(e => e.getBoundingClientRect().right))")
    assert widest <= 400


@pytest.mark.parametrize("width", [400, 1280, 1920])
def test_a_table_scrolls_beside_its_first_column(
    server: str, visit: Callable[..., Page], width: int
) -> None:
    page = visit(server, "runs", width=width)
    box = page.locator(".petwidgets-wide", has=page.locator(".petwidgets-picks"))
    expect(page.get_by_role("checkbox", name="pets37")).to_be_visible()
    reach = "box => [box.scrollWidth - box.clientWidth, box.getBoundingClientRect().right]"
    hidden, right = box.evaluate(reach)
    assert right <= width
    assert (hidden == 0) == (width == 1920)
    box.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
    expect(page.get_by_role("checkbox", name="pets37")).to_be_in_viewport()
    lead = page.locator(".petwidgets-lead").bounding_box()
    assert lead
    assert lead["width"] < 720, "text keeps its measure"


def test_little_is_sent_of_every_lesson_when_there_are_no_photographs(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    port, nothing = free_port(), tmp_path / "nothing"
    nothing.mkdir()
    command = ["petwidgets", "serve", "--port", str(port)]
    with (
        serving(command, "petwidgets: http", tmp_path / "home", nothing),
        relayed(f"http://127.0.0.1:{port}/") as relay,
    ):
        [drawn] = (tmp_path / "home" / "cache").glob("drawn-?")  # it has pictures
        shutil.rmtree(drawn)
        page = visit(relay.url)
        # The map of kept features is a chart, which needs Plotly and no photographs.
        for panel in [panel for key, panel in PANELS.items() if key != "map"]:
            go(page, panel.key)
            expect(page.locator(".petwidgets-title")).to_have_text(panel.title)
        assert 20_000 < relay.received < 170_000, "compressed"
        page.goto("about:blank")


def test_every_lesson_asks_no_host_but_the_server(server: str, visit: Callable[..., Page]) -> None:
    asked: list[str] = []
    page = visit(server, asked=asked)
    for panel in PANELS.values():
        go(page, panel.key)
        expect(page.locator(".petwidgets-title")).to_have_text(panel.title)
        assert page.locator(".fa, [class*='fa-']").count() == 0, (
            "an icon of a font that is not here"
        )
    page.wait_for_load_state("networkidle")
    assert {urlsplit(url).hostname for url in asked} - {None} == {"127.0.0.1"}


def test_plotly_is_sent_once(server: str, visit: Callable[..., Page], photographs: Path) -> None:
    received: list[int] = []
    page = visit(server, received=received)
    choose_folder(page, photographs)
    expect(page.get_by_text("60 photographs of 3 breeds")).to_be_visible()
    go(page, "train")
    finished = page.get_by_text("Finished after")
    for before in ("no run", r"uses .+ now"):
        said = re.findall(before, finished.inner_text()) if before != "no run" else ["no run"]
        page.get_by_role("button", name="Start").click()
        expect(finished).to_be_visible()
        expect(finished).not_to_contain_text(said[0])
    assert sum(received) < 8_000_000
