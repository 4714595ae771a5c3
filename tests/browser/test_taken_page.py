"""The page that a run is taken along as: in a browser it says what the run says here."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps
from playwright.sync_api import Browser, Page, expect
from test_export_page import complaints

from petwidgets.data.image import read_photo
from petwidgets.inference import web_page
from petwidgets.inference.classify import classifier
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from petwidgets.jobs.classify import Decision

NEAR = 1e-4
"""Of a probability. Measured: 2e-6 on 370 JPEG files, whose pixels Chromium decodes alike."""

HEAR = """
window.answers = [];
document.addEventListener("petwidgets-answer", ({ detail }) => window.answers.push(detail));
"""

GIVE = """async ([kind, name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name));
  const given = kind === "drop" ? { dataTransfer: data } : { clipboardData: data };
  const Kind = kind === "drop" ? DragEvent : ClipboardEvent;
  const place = kind === "drop" ? document.querySelector(".petwidgets-upload-zone") : document;
  place.dispatchEvent(new Kind(kind, { ...given, bubbles: true, cancelable: true }));
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("taken") / "page"
    web_page.write(RunStore().get(SHIPPED_ID), place)
    return place


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """As `python -m http.server` serves the folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """Open the page; it asks for nothing but its own files, and complains of nothing."""
    context = browser.new_context(**options)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request",
        lambda request: (
            request.url.startswith((address, "blob:", "data:")) or said.append(request.url)
        ),
    )
    page.add_init_script(HEAR)
    page.goto(address)
    expect(page.get_by_text("Drop a photograph here")).to_be_visible(timeout=60_000)
    yield page
    assert said == []
    context.close()


def answered(page: Page, total: int) -> dict[str, Any]:
    page.wait_for_function("total => window.answers.length === total", arg=total, timeout=60_000)
    answer: dict[str, Any] = page.evaluate("window.answers.at(-1)")
    return answer


def expect_alike(there: dict[str, Any], here: Decision, near: float = NEAR) -> None:
    assert [name for name, _ in there["top"]] == [name.replace("_", " ") for name, _ in here.top]
    apart = [abs(p - q) for (_, p), (_, q) in zip(there["top"], here.top, strict=True)]
    assert max(apart) < near
    assert (there["recognised"], there["doubt"]) == (here.recognised, here.doubt)
    assert there["reason"] == here.reason
    assert there["likeness"] == pytest.approx(here.likeness, abs=near)


def odd_pictures(place: Path) -> list[Path]:
    """A drawing, and noise."""
    drawing = Image.new("RGB", (500, 400), "white")
    ImageDraw.Draw(drawing).polygon([(90, 300), (250, 60), (410, 300)], fill="teal", outline="red")
    noise = np.random.default_rng(0).integers(0, 256, (300, 420, 3), np.uint8)
    paths = [place / "drawing.png", place / "noise.png"]
    for picture, path in zip((drawing, Image.fromarray(noise)), paths, strict=True):
        picture.save(path)
    return paths


def test_it_says_what_the_run_says(
    browser: Browser, address: str, real: Path, tmp_path: Path
) -> None:
    images = real / "pets-original" / "images"
    breeds = ("Abyssinian", "Siamese", "beagle", "pug", "samoyed", "yorkshire_terrier")
    photographs = [min(images.glob(f"{breed}_*.jpg")) for breed in breeds]
    known = classifier(RunStore().get(SHIPPED_ID))
    with opened(browser, address) as page:
        for i, path in enumerate([*photographs, *odd_pictures(tmp_path)]):
            page.get_by_label("Choose a photograph").set_input_files(path)
            here = known.answer(read_photo(path)).decision
            expect_alike(answered(page, i + 1), here)
            said = "I don't recognise this." if here.doubt else here.breed.replace("_", " ")
            expect(page.locator(".answer h2")).to_contain_text(said)
            assert here.recognised == (path in photographs)
            expect(page.locator(".petwidgets-bars tr")).to_have_count(5)
            expect(page.get_by_role("img", name="What speaks for")).to_be_visible()


@pytest.mark.parametrize(
    "name",
    ["exif_orientation6_portrait.jpg", "rgba_transparent.png", "camera_gray.png", "animated.webp",
     "palette_transparent.png", "phone_nokia.jpg"],
)  # fmt: skip
def test_odd_files_are_read_alike(browser: Browser, address: str, real: Path, name: str) -> None:
    path = real / "odd-images" / name
    here = classifier(RunStore().get(SHIPPED_ID)).answer(read_photo(path)).decision
    with opened(browser, address) as page:
        page.get_by_label("Choose a photograph").set_input_files(path)
        expect_alike(answered(page, 1), here, 1e-3)


def test_a_photograph_is_dropped_pasted_or_taken(
    browser: Browser, address: str, real: Path, film: Path
) -> None:
    beagle = min((real / "pets-original" / "images").glob("beagle_*.jpg"))
    frame = BytesIO()
    with Image.open(beagle) as photo:
        ImageOps.fit(photo.convert("RGB"), (640, 480)).save(frame, "JPEG", quality=90)
    film.write_bytes(frame.getvalue() * 90)
    with opened(browser, address, permissions=["camera"]) as page:
        for i, kind in enumerate(("drop", "paste")):
            page.evaluate(GIVE, [kind, f"{kind}.jpg", [*beagle.read_bytes()]])
            assert answered(page, i + 1)["file"] == f"{kind}.jpg"
        page.get_by_role("button", name="Use the camera").click()
        page.get_by_role("button", name="Take photo").click()
        taken = answered(page, 3)
        assert (taken["breed"], taken["file"]) == ("beagle", "camera.jpg")
        page.evaluate(GIVE, ["drop", "<b>.txt", [1, 2, 3]])
        expect(page.get_by_role("status")).to_have_text(
            "<b>.txt: This browser can't read it as a picture: choose a JPEG, PNG, WebP or GIF file"
            " that is whole."
        )
        expect(page.locator(".answer")).to_be_hidden()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 400)])
def test_it_can_be_read(
    browser: Browser, address: str, tmp_path: Path, scheme: Any, width: int
) -> None:
    size = {"width": width, "height": 720}
    with opened(browser, address, color_scheme=scheme, viewport=size, bypass_csp=True) as page:
        assert complaints(page) == []
        button = page.locator(".petwidgets-upload-choose").bounding_box()
        assert button
        assert (button["width"] > 300) == (width < 440), "on a phone it is as wide as the page"
        page.get_by_label("Choose a photograph").set_input_files(odd_pictures(tmp_path)[0])
        answered(page, 1)
        page.get_by_text("About this model").click()
        expect(page.get_by_text("wrong on 32 of 740 photographs")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert complaints(page) == []


def test_opened_from_the_disk_it_says_how_to_serve_it(browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    expect(page.get_by_role("status")).to_contain_text("python -m http.server")
    page.close()


def test_a_missing_file_is_told(browser: Browser, address: str, folder: Path) -> None:
    body = folder / "body.onnx"
    away = body.rename(folder / "away")
    try:
        page = browser.new_page()
        page.goto(address)
        expect(page.get_by_role("status")).to_contain_text("export it once more. (body.onnx)")
        page.close()
    finally:
        away.rename(body)
