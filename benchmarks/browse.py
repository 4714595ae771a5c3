"""How quickly a grid of photographs fills: ours, against a notebook of `ipywidgets.Image`.

    python benchmarks/browse.py --photographs DIR [--pages 50]

From the photographs of DIR a folder of 7,390 files is made (copies), named like the
Oxford set; both sides are served by plain `voila` and scrolled in Chromium. A page is as many
photographs as are in sight; its time ends when all of them are decoded. Also times the labelling of
all 7,390 names. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import nbformat
import psutil
from first_control import ARGUMENTS, TOP, voila
from playwright.sync_api import Page, sync_playwright

from petwidgets.data.label_report import PUZZLE, label_all
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

COUNT = 7390
BASELINE = """
import os
from pathlib import Path
import ipywidgets as widgets
paths, at = sorted(Path(os.environ["PETWIDGETS_DATA"]).glob("*.jpg")), [0]
grid = widgets.GridBox(layout=widgets.Layout(grid_template_columns="repeat(8, 116px)"))
button = widgets.Button(description="Next")
def turn(_=None):
    part = paths[at[0] : at[0] + 32]
    at[0] += 32
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


def tree(photographs: Path, folder: Path) -> None:
    vocab = RunStore().get(SHIPPED_ID).info["vocab"]
    real = sorted(photographs.glob("*.jpg"))
    names = [f"{breed}_{n}.jpg" for n in range(1, 201) for breed in vocab][:COUNT]
    for at, name in enumerate(names):
        shutil.copy(real[at % len(real)], folder / name)


def kernel(pid: int) -> psutil.Process:
    children = psutil.Process(pid).children(recursive=True)
    return max(
        (one for one in children if "ipykernel_launcher" in " ".join(one.cmdline())),
        key=lambda one: one.create_time(),
    )


def paged(page: Page, script: str, pages: int, pid: int) -> dict[str, Any]:
    """Milliseconds a page, and what the kernel and the page's heap grew by after the first ten."""
    times = [page.evaluate(script) for _ in range(10)]
    before, heap = kernel(pid).memory_info().rss, page.evaluate("performance.memory.usedJSHeapSize")
    times += [page.evaluate(script) for _ in range(pages - 10)]
    grown = kernel(pid).memory_info().rss - before
    heap = page.evaluate("performance.memory.usedJSHeapSize") - heap
    return {
        "median_ms": round(median(times)),
        "p95_ms": round(quantiles(times, n=20)[-1]),
        "kernel_grew_mb": round(grown / 1e6, 1),
        "heap_grew_mb": round(heap / 1e6, 1),
        "images_held": page.evaluate("document.images.length"),
    }


def ours(page: Page, url: str, pid: int, pages: int) -> dict[str, Any]:
    page.goto(url)
    page.locator(".petwidgets-title").wait_for()
    began = time.perf_counter()
    page.evaluate("location.hash = 'lesson=browse'")
    page.wait_for_function(FULL)
    page.evaluate(SCROLLED.replace("view.scrollTop += view.clientHeight", ""))
    opened = time.perf_counter() - began
    rest = paged(page, SCROLLED, pages, pid)
    return {"first_page_s": round(opened, 2), **rest}


def labelling(folder: Path) -> dict[str, float]:
    paths = sorted(folder.iterdir())
    return {
        name: round(median(1000 * label_all(paths, pattern).seconds for _ in range(9)), 1)
        for name, pattern in (("chapter_ms", CHAPTER_PATTERN), ("misprint_ms", PUZZLE))
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        folder = Path(home) / "images"
        folder.mkdir()
        tree(options.photographs, folder)
        os.environ["PETWIDGETS_DATA"] = str(folder)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        found: dict[str, Any] = {"photographs": COUNT, "labelling": labelling(folder)}
        with voila(TOP / "app.ipynb", home) as (url, pid):
            found["cold"] = ours(browser.new_page(bypass_csp=True), url, pid, options.pages)
            found["warm"] = ours(browser.new_page(bypass_csp=True), url, pid, options.pages)
        notebook = Path(home) / "baseline.ipynb"
        cells = [nbformat.v4.new_code_cell(BASELINE)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
        with voila(notebook, home) as (url, pid):
            page = browser.new_page(bypass_csp=True)
            page.goto(url)
            page.locator(".widget-image").first.wait_for()
            found["ipywidgets.Image"] = paged(page, TURNED, options.pages, pid)
        found["ratio_p95"] = round(found["ipywidgets.Image"]["p95_ms"] / found["warm"]["p95_ms"], 1)
        print(json.dumps(found))


if __name__ == "__main__":
    main()
