"""How quickly a grid of photographs fills: ours, against a notebook of `ipywidgets.Image`.

    python benchmarks/browse.py --photographs DIR [--pages 50]

On 7,390 copies of the photographs of DIR. As `petwidgets bench thumbnails`, and with nothing
cached, the growth of the kernel and of the page, and the labelling of all 7,390 names. Prints one
JSON line.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from petwidgets.bench import bear
from petwidgets.bench.browser import chromium, voila
from petwidgets.bench.home import offered
from petwidgets.bench.serving import kernels
from petwidgets.bench.thumbnails import CODE, COUNT, SCROLLED, TURNED, copies, ours, theirs
from petwidgets.data.label_report import PUZZLE, label_all
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.server.serve import notebook

if TYPE_CHECKING:
    import psutil
    from playwright.sync_api import Page

HEAP = "performance.memory.usedJSHeapSize"


def paged(page: Page, script: str, pages: int, server: psutil.Process) -> dict[str, Any]:
    """Milliseconds a page, and what the kernel and the page's heap grew by after the first ten."""
    kernel = max(kernels(server), key=lambda one: one.create_time())
    times = [page.evaluate(script) for _ in range(10)]
    before, heap = kernel.memory_info().rss, page.evaluate(HEAP)
    times += [page.evaluate(script) for _ in range(pages - 10)]
    grown = kernel.memory_info().rss - before
    return {
        "median_ms": round(median(times)),
        "p95_ms": round(quantiles(times, n=20)[-1]),
        "kernel_grew_mb": round(grown / 1e6, 1),
        "heap_grew_mb": round((page.evaluate(HEAP) - heap) / 1e6, 1),
        "images_held": page.evaluate("document.images.length"),
    }


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
    with (
        tempfile.TemporaryDirectory() as home,
        copies(options.photographs) as folder,
        offered(folder),
        chromium() as browser,
    ):
        found: dict[str, Any] = {"photographs": COUNT, "labelling": labelling(folder)}
        with voila(notebook(), Path(home)) as (url, server):
            for state in ("cold", "warm"):
                began = time.perf_counter()
                page = ours(browser, url)
                opened = round(time.perf_counter() - began, 2)
                rest = paged(page, SCROLLED, options.pages, server)
                found[state] = {"opened_to_first_page_s": opened, **rest}
        other = Path(home) / "grid.ipynb"
        bear.write_notebook(other, CODE)
        with voila(other, Path(home)) as (url, server):
            page = theirs(browser, url)
            found["ipywidgets.Image"] = paged(page, TURNED, options.pages, server)
        found["ratio_p95"] = round(found["ipywidgets.Image"]["p95_ms"] / found["warm"]["p95_ms"], 1)
        print(json.dumps(found))


if __name__ == "__main__":
    main()
