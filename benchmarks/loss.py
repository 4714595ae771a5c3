"""How quickly an edited activation is answered in a batch of 64 x 37: ours, against a notebook.

    python benchmarks/loss.py [--edits 60]

Both are edited in Chromium, in the same run: ours under `petwidgets serve` and under plain `voila`,
the other under plain `voila`. Ours is the step table with all of its steps; the time ends when the
changed loss stands in the table and was painted. The other is what one would write with ipywidgets
alone: a `FloatText`, and an `HTML` in which pandas writes activations, exp, softmax and loss anew.
Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from petwidgets.bench import bear
from petwidgets.bench.browser import chromium, voila
from petwidgets.bench.serving import served
from petwidgets.server.serve import notebook

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOTEBOOK = """
import ipywidgets as widgets, numpy as np, pandas as pd
numbers = np.random.RandomState(42)
acts, targ = (numbers.randn(64, 37) * 2).astype(np.float32), numbers.randint(37, size=64)
field, table = widgets.FloatText(step=0.1), widgets.HTML()
def draw(_=None):
    acts[0, 0] = field.value
    exp = np.exp(acts)
    sm = exp / exp.sum(1, keepdims=True)
    loss = -np.log(sm[range(64), targ])
    frame = pd.DataFrame(np.hstack([acts, exp, sm, loss[:, None]])).round(4)
    table.value = frame.to_html()
field.observe(draw, "value")
draw()
widgets.VBox([field, table])
"""

# In the page, so that no round trip of the test's own is counted; a frame later it is painted.
PAINTED = """
  const last = () => document.querySelector(LAST)?.textContent;
  const before = last(), began = performance.now();
  EDIT
  const look = () => last() !== before
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)))
    : setTimeout(look, 1);
  look();
"""
KEY = (
    'document.querySelector(\'td[data-group=acts][data-row="0"][data-column="0"]\')'
    ".dispatchEvent(new KeyboardEvent('keydown',"
    " {key: 'ArrowUp', altKey: true, bubbles: true, cancelable: true}));"
)
STEP = (
    "const field = document.querySelector('input[type=number]'); field.value = +field.value + 0.1;"
    "field.dispatchEvent(new Event('input', {bubbles: true}));"
    "field.dispatchEvent(new Event('change', {bubbles: true}));"
)


def edited(page: Page, edit: str, last: str, edits: int) -> dict[str, float]:
    """Milliseconds from an edit until its loss is painted."""
    script = PAINTED.replace("EDIT", edit).replace("LAST", json.dumps(last))
    times = [page.evaluate(f"() => new Promise(done => {{{script}}})") for _ in range(edits + 5)]
    times = times[5:]
    return {"median_ms": round(median(times), 1), "p95_ms": round(quantiles(times, n=20)[-1], 1)}


def ours(page: Page, url: str, edits: int) -> dict[str, float]:
    page.goto(f"{url}#lesson=loss")
    for label, value in (("Columns", "37"), ("Rows", "64")):
        page.get_by_label(label, exact=True).fill(value)
        page.get_by_label(label, exact=True).press("Tab")
        page.get_by_text("63" if label == "Rows" else "c36", exact=True).first.wait_for()
    page.get_by_role("button", name="mean", exact=True).click()
    page.locator("td[data-group=mean_loss]").wait_for()
    return edited(page, KEY, 'td[data-group=loss][data-row="0"]', edits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=60)
    options = parser.parse_args()
    found: dict[str, Any] = {"batch": "64 x 37"}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        home = Path(folder)
        with served(None) as (url, _, _):
            found["step table"] = ours(browser.new_page(), url, options.edits)
        with voila(notebook(), home) as (url, _):
            found["step table, plain voila"] = ours(browser.new_page(), url, options.edits)
        other = home / "baseline.ipynb"
        bear.write_notebook(other, NOTEBOOK)
        with voila(other, home) as (url, _):
            page = browser.new_page()
            page.goto(url)
            page.locator("table.dataframe").wait_for()
            found["pandas in HTML"] = edited(page, STEP, "td:last-child", options.edits)
    ratio = found["pandas in HTML"]["median_ms"] / found["step table"]["median_ms"]
    print(json.dumps({**found, "ratio": round(ratio, 1)}))


if __name__ == "__main__":
    main()
