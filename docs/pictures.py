# ruff: noqa: INP001, S603, T201 - a program, which calls ours
"""Take pictures of every lesson from the running app: `python docs/pictures.py FOLDER`.

It starts `petwidgets serve` on an empty home, draws the sample there, opens each lesson in each
view and writes `FOLDER/VIEW-LESSON.webp`. It prints a line for each lesson that is wider than its
page or shows a problem, and ends with 1 if there was one. It needs the extra `dev` and Chromium.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from petwidgets.data.synthetic.sample import VERSION, draw_sample
from petwidgets.panels import PANELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, ViewportSize

VIEWS: dict[str, ViewportSize] = {
    "light": {"width": 1280, "height": 800},
    "dark": {"width": 1280, "height": 800},
    "phone": {"width": 400, "height": 800},
    "present": {"width": 1280, "height": 720},
    "wide": {"width": 1920, "height": 1080},
}
"""Sizes of the page in pixels, by the view's name."""

PATIENCE = 40
"""How often a lesson that waits for the engine is looked at again."""

SANDBOX = ["--no-sandbox", "--disable-gpu"]

SETTLED = """quiet => new Promise(done => {
    let timer;
    const seen = new MutationObserver(() => wait());
    const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => { seen.disconnect(); done(); }, quiet);
    };
    seen.observe(document.body, {subtree: true, childList: true, attributes: true});
    setTimeout(() => { seen.disconnect(); done(); }, 20 * quiet);
    wait();
})"""
"""Waits until nothing on the page has changed for so many milliseconds, 20 times that at most."""

GO = """lesson => {
    const state = new URLSearchParams(location.hash.slice(1));
    state.set("lesson", lesson);
    location.hash = state;
}"""

AT_WORK = """() => [...document.querySelectorAll(".petwidgets-note")].some(note =>
    note.checkVisibility() && /engine is starting|engine, which|\\.\\.\\.$/.test(note.innerText))"""
"""Whether a lesson waits for the engine still."""

LENGTH = """() => {
    let longest = innerHeight;
    for (let box = document.querySelector(".petwidgets-app"); box; box = box.parentElement)
        longest = Math.max(longest, box.scrollHeight);
    return longest;
}"""
"""Height of all that can be scrolled to, in pixels."""

TOO_WIDE = """() => {
    const app = document.querySelector(".petwidgets-app");
    const scrolls = box => box !== app && getComputedStyle(box).overflowX !== "visible";
    const kept = box => box && box !== app && (scrolls(box) || kept(box.parentElement));
    const over = [...app.querySelectorAll("*")].filter(box => box.checkVisibility()
        && box.getBoundingClientRect().right > innerWidth + 1 && !kept(box.parentElement));
    return over.map(box => `${box.tagName.toLowerCase()}.${box.className}`);
}"""
"""What stands out of the page, but for what scrolls within it."""


@contextmanager
def served() -> Iterator[str]:
    """The address of a server on an empty home with the drawn sample."""
    with tempfile.TemporaryDirectory() as home:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        draw_sample(Path(home, "cache", f"drawn-{VERSION}"))
        command = [sys.executable, "-m", "petwidgets", "serve", "--port", str(port)]
        environment = {**os.environ, "PETWIDGETS_HOME": home}
        server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            next(line for line in server.stderr or () if "petwidgets: http" in line)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(60)


def opened(browser: Browser, address: str, view: str) -> Page:
    """A page of the app in a view."""
    page = browser.new_context(viewport=VIEWS[view]).new_page()
    page.emulate_media(color_scheme="dark" if view == "dark" else "light")
    page.goto(address)
    page.locator(".petwidgets-title").first.wait_for(timeout=90_000)
    if view == "present":
        page.keyboard.press("p")
    return page


def taken(page: Page, lesson: str, quiet: int, size: ViewportSize, *, whole: bool) -> bytes:
    """A picture (PNG) of a lesson: what a screen shows of it, or the whole to its end."""
    page.set_viewport_size(size)
    page.evaluate(GO, lesson)
    title = page.locator(".petwidgets-stage .petwidgets-title")
    title.get_by_text(PANELS[lesson].title, exact=True).wait_for()
    page.evaluate(SETTLED, quiet)
    for _ in range(PATIENCE):
        if not page.evaluate(AT_WORK):
            break
        page.evaluate(SETTLED, quiet)
    if whole:
        page.set_viewport_size({**size, "height": page.evaluate(LENGTH)})
        page.evaluate(SETTLED, quiet)
    return page.screenshot()


def faults(page: Page) -> list[str]:
    """What a picture should not show."""
    wide = [f"{box} is wider than the page" for box in page.evaluate(TOO_WIDE)]
    told = page.locator(".petwidgets-problem:visible").all_inner_texts()
    return wide + told


def main() -> int:
    """Take them; 1 if one of them shows a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--views", nargs="+", default=[*VIEWS], choices=VIEWS)
    parser.add_argument("--lessons", nargs="+", default=[*PANELS], choices=PANELS)
    parser.add_argument("--format", default="webp", choices=("webp", "png"))
    parser.add_argument("--quiet", type=int, default=1000, help="milliseconds without a change")
    parser.add_argument("--whole", action="store_true", help="each to its end, not a screen of it")
    parser.add_argument("--url", help="of a server that runs already")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with nullcontext(asked.url) if asked.url else served() as address:
        return found_in(asked, address)


def found_in(asked: argparse.Namespace, address: str) -> int:
    """Take the pictures that are asked for from a server; whether one shows a fault."""
    found = 0
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=SANDBOX)
        for view in asked.views:
            page = opened(browser, address, view)
            for lesson in asked.lessons:
                taking = taken(page, lesson, asked.quiet, VIEWS[view], whole=asked.whole)
                picture = Image.open(io.BytesIO(taking))
                picture.save(asked.folder / f"{view}-{lesson}.{asked.format}", quality=85)
                for fault in faults(page):
                    print(f"{view} {lesson}: {fault}")
                    found = 1
            page.context.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
