"""How quickly a grid of photographs turns a page: ours, and a notebook of `ipywidgets.Image`.

Both are served by plain Voila and scrolled in Chromium. A page is as many photographs as are in
sight; its time ends when all of them are decoded.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from petwidgets.bench import bear
from petwidgets.bench.browser import PATIENCE, chromium, voila
from petwidgets.bench.home import offered
from petwidgets.bench.row import Pair, Row
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore
from petwidgets.server.serve import notebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from petwidgets.bench.row import Pairs, Settings

COUNT = 7390
"""Photographs of the Oxford set."""

PAGES = 10
"""Pages that are turned before any is timed, and after that."""

CODE = """
import os
from pathlib import Path
import ipywidgets as widgets
paths, at = sorted(Path(os.environ["PETWIDGETS_DATA"]).glob("*.jpg")), [0]
grid = widgets.GridBox(layout=widgets.Layout(grid_template_columns="repeat(8, 116px)"))
button = widgets.Button(description="Next")
def turn(_=None):
    part = paths[at[0] : at[0] + 32]
    at[0] = (at[0] + 32) % (len(paths) - 31)
    grid.children = [widgets.Image(value=path.read_bytes(), width=110) for path in part]
button.on_click(turn)
turn()
widgets.VBox([button, grid])
"""

# In the page, so that no round trip of the test's own is counted.
SCROLLED = """() => new Promise(done => {
  const view = document.querySelector('.petwidgets-scroller > div');
  const began = performance.now();
  view.scrollTop += view.clientHeight;
  const look = () => {
    const box = view.getBoundingClientRect();
    const seen = [...view.querySelectorAll('.petwidgets-cell')].filter(cell => {
      const at = cell.getBoundingClientRect();
      return at.bottom > box.top && at.top < box.bottom;
    });
    const here = seen.length && seen.every(cell => cell.querySelector('img')?.naturalWidth);
    here ? done(performance.now() - began) : requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""
TURNED = """() => new Promise(done => {
  const before = document.querySelector('.widget-image');
  const began = performance.now();
  document.querySelector('.jupyter-button').click();
  const look = () => {
    const seen = [...document.querySelectorAll('.widget-image')];
    const here = seen.length && seen[0] !== before && seen.every(one => one.naturalWidth);
    here ? done(performance.now() - began) : requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""
FULL = "[...document.querySelectorAll('.petwidgets-cell')].some(c => c.querySelector('img'))"


@contextmanager
def copies(photographs: Path, count: int = COUNT) -> Iterator[Path]:
    """A folder of so many files, copies of the photographs, named like the Oxford set."""
    vocab = RunStore().get(SHIPPED_ID).info["vocab"]
    real = sorted(photographs.glob("*.jpg"))
    names = [f"{breed}_{n}.jpg" for n in range(1, 201) for breed in vocab][:count]
    with tempfile.TemporaryDirectory(prefix="petwidgets-") as folder:
        for at, name in enumerate(names):
            shutil.copy(real[at % len(real)], Path(folder) / name)
        yield Path(folder)


def ours(browser: Browser, url: str) -> Page:
    """The grid of the app, with its first page in sight."""
    page = browser.new_page(bypass_csp=True)
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(url)
    page.locator(".petwidgets-title").wait_for()
    page.evaluate("location.hash = 'lesson=browse'")
    page.wait_for_function(FULL)
    page.evaluate(SCROLLED.replace("view.scrollTop += view.clientHeight", ""))
    return page


def theirs(browser: Browser, url: str) -> Page:
    """The notebook's grid."""
    page = browser.new_page(bypass_csp=True)
    page.goto(url)
    page.locator(".widget-image").first.wait_for(timeout=1000 * PATIENCE)
    return page


def pairs(settings: Settings, size: int) -> Pairs:
    """Pages that were turned once already, so that the thumbnails are cached."""
    other, home = settings.folder / "grid.ipynb", settings.folder / "home"
    bear.write_notebook(other, CODE)
    with (
        copies(settings.pictures, size) as folder,
        offered(folder),
        voila(notebook(), home) as (own, _),
        voila(other, home) as (url, _),
        chromium() as browser,
    ):
        first = ours(browser, own)
        for _ in range(PAGES):
            first.evaluate(SCROLLED)
        first.close()
        here, there = ours(browser, own), theirs(browser, url)
        for _ in range(PAGES):
            yield Pair(here.evaluate(SCROLLED), there.evaluate(TURNED))


ROW = Row(
    name="thumbnails",
    what="a page of the grid of photographs turned, thumbnails cached",
    unit="ms",
    ours="the app's grid",
    theirs="a grid of ipywidgets.Image, 32 a page",
    measure=pairs,
    needs=("app", "chromium", "photographs"),
    rounds=PAGES,
    grows_with="photographs",
    sizes=(500, 2000),
    large=(500, 2000, COUNT),
)
