# ruff: noqa: INP001, T201 - a program
"""Make the short films of the documents from the running app: `python docs/films.py FOLDER`.

Each is an animated WebP below 1 MB, of what a person would do in a lesson. It needs the extra `dev`
and Chromium.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from pictures import GO, SANDBOX, SETTLED, served
from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

SIZE = (960, 600)
"""Of a page that is filmed, in pixels."""

LARGEST = 2**20
"""Bytes of a film."""

Frames = list[tuple[Image.Image, int]]
"""Pictures, and for how many milliseconds each is shown."""


def shot(page: Page, frames: Frames, stays: int = 900) -> None:
    """Add what the page shows once it has settled."""
    page.evaluate(SETTLED, 300)
    frames.append((Image.open(io.BytesIO(page.screenshot())), stays))


def classify(page: Page, frames: Frames) -> None:
    """Two of the examples: a drawn breed, and what is none."""
    shot(page, frames)
    for example in ("Moonlit Saffron", "an astronaut"):
        page.get_by_role("button", name=example).first.click()
        page.locator(".petwidgets-answer").wait_for()
        shot(page, frames, 2200)


def layers(page: Page, frames: Frames) -> None:
    """The steps of transfer learning, and a rate that is raised."""
    shot(page, frames, 1500)
    for _ in range(4):
        page.get_by_role("button", name="Next step").click()
        shot(page, frames, 1700)
    page.get_by_label("Network").select_option("resnet34")
    shot(page, frames)
    head = page.get_by_label("Head, 10 to the power of")
    for _ in range(3):
        head.press("ArrowRight")
        shot(page, frames, 500)


def label(page: Page, frames: Frames) -> None:
    """An expression that loses its underscore, and what it captures then."""
    field = page.get_by_label("Regular expression")
    for text in (r"(.+)_\d+.jpg$", r"(.+)\d+.jpg$", r"(.+)_\d+.jpg$"):
        field.fill(text)
        shot(page, frames, 2000)


FILMS: dict[str, Callable[[Page, Frames], None]] = {
    "classify": classify,
    "label": label,
    "layers": layers,
}
"""By lesson."""


def main() -> int:
    """Make them; 1 if one is too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--films", nargs="+", default=[*FILMS], choices=FILMS)
    parser.add_argument("--url", help="of a server that runs already")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    found = 0
    with nullcontext(asked.url) if asked.url else served() as address, sync_playwright() as tool:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = tool.chromium.launch(executable_path=path, args=SANDBOX)
        for lesson in asked.films:
            page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
            page.goto(address)
            page.locator(".petwidgets-title").first.wait_for(timeout=90_000)
            page.evaluate(GO, lesson)
            page.evaluate(SETTLED, 1500)
            frames: Frames = []
            FILMS[lesson](page, frames)
            file = asked.folder / f"{lesson}.webp"
            first, *others = [frame for frame, _ in frames]
            stays = [time for _, time in frames]
            first.save(
                file, save_all=True, append_images=others, duration=stays, loop=0, quality=70
            )
            print(f"{file.name}: {len(frames)} pictures, {file.stat().st_size / 1000:.0f} kB")
            found |= file.stat().st_size > LARGEST
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
