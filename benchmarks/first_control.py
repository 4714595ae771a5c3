"""How soon a page can be used under Voila: the app against a bare ipywidgets notebook, in turn.

    python benchmarks/first_control.py [--rounds 7]

Both are served by `voila` on 127.0.0.1 and opened in Chromium. Also prints what the app's kernel
weighs, and whether torch is in it. Prints one JSON line. `petwidgets bench first-control` compares
the app with a notebook that loads fastai.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from petwidgets.bench import bear
from petwidgets.bench.browser import chromium, voila
from petwidgets.bench.first_control import arrivals
from petwidgets.bench.row import summarised
from petwidgets.server.serve import notebook

BARE = "import ipywidgets as widgets\nwidgets.Button(description='Ready')"


def kernel_after_lessons(home: Path) -> dict[str, Any]:
    """MB of the app's kernel, and whether it holds torch."""
    with chromium() as browser, voila(notebook(), home) as (url, server):
        page = browser.new_page()
        page.goto(url)
        for key, name in (("browse", "Look at the data"), ("train", "Train a model")):
            page.evaluate("key => { location.hash = `lesson=${key}`; }", key)
            page.locator(".petwidgets-title", has_text=name).wait_for()
        kernel = psutil.Process(server.pid).children()[-1]
        torch = any("torch" in part.path for part in kernel.memory_maps())
        return {"kernel_mb": round(kernel.memory_info().rss / 1e6), "torch_in_kernel": torch}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bare, home = Path(folder) / "bare.ipynb", Path(folder) / "home"
        bear.write_notebook(bare, BARE)
        pairs = arrivals(bare, "button:has-text('Ready')", home)
        figure = summarised([*islice(pairs, options.rounds)], more_is_better=False)
        pairs.close()
        weight = kernel_after_lessons(home)
    result = {
        "rounds": figure.rounds,
        "bare_s": round(figure.theirs, 2),
        "app_s": round(figure.ours, 2),
        "ratio": round(1 / figure.ratio, 2),
        **weight,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
