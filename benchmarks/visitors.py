"""Many visitors on one `petwidgets serve`: what each waits for and weighs, and what is left behind.

    python benchmarks/visitors.py --photographs DIR [--visitors 1 5 10 20] [--minutes 10]

Visitors are pages in one Chromium on this same machine, which costs more than the server does. A
training goes on meanwhile. `DIR` holds photographs named as in the chapter. Prints one JSON object
for each number of visitors, then one for the time of use, then one for what was left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.async_api import Browser, Page, async_playwright

from petwidgets.bench.browser import ARGUMENTS
from petwidgets.bench.serving import kernels, memory, served, weight
from petwidgets.common.errors import Problem
from petwidgets.engine.client import Engine
from petwidgets.jobs.classify import classify
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

FASTAI = "import ipywidgets; from fastai.vision.all import *; print('ready', flush=True); input()"
LESSONS = ("Classify a photograph", "Look at the data", "Train a model")
KEYS = dict(zip(LESSONS, ("classify", "browse", "train"), strict=True))
CLICK = """async ([name, key]) => {
  const title = () => document.querySelector(".petwidgets-title")?.textContent;
  const state = new URLSearchParams(location.hash.slice(1));
  state.set("lesson", key);
  const began = performance.now();
  location.hash = state;
  while (title() !== name) await new Promise((next) => setTimeout(next, 1));
  return performance.now() - began;
}"""


def weight_of_fastai() -> dict[str, float]:
    """What a kernel weighs that imports fastai, as a notebook without an engine does."""
    command = [sys.executable, "-c", FASTAI]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        known = psutil.Process(process.pid)
        result = {"pss": memory(known), "rss": known.memory_info().rss / 1e6}
        process.kill()
    return result


async def settle(server: psutil.Process, count: int, seconds: float) -> float:
    """Wait until there are no more kernels than `count`; returns the seconds that it took."""
    began = time.monotonic()
    while len(kernels(server)) > count and time.monotonic() - began < seconds:  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(1)
    return time.monotonic() - began


async def arrive(browser: Browser, url: str) -> tuple[Page, float]:
    page = await (await browser.new_context(bypass_csp=True)).new_page()
    page.set_default_timeout(120_000)
    began = time.monotonic()
    await page.goto(url)
    await page.locator(".petwidgets-upload input[type=file]").wait_for(state="attached")
    return page, time.monotonic() - began


async def drop(page: Page, photo: Path) -> float:
    """Seconds from a photograph's drop to its answer; it must not be the one before."""
    shown = "document.querySelector('.petwidgets-result img')?.src"
    before = await page.evaluate(shown)
    began = time.monotonic()
    await page.locator(".petwidgets-upload input[type=file]").set_input_files(photo)
    await page.wait_for_function(f"(before) => {shown} && {shown} !== before", arg=before)
    return time.monotonic() - began


async def use(page: Page, photographs: list[Path], until: float, seen: dict[str, Any]) -> None:
    """What a visitor does: looks around, drops photographs, thinks for a while."""
    draw = random.Random(id(page))  # noqa: S311 - a visitor's whims
    photo = photographs[0]
    while time.monotonic() < until:
        try:
            lesson = draw.choice(LESSONS)
            if await page.locator(".petwidgets-title").inner_text() != lesson:
                seen["clicks"].append(await page.evaluate(CLICK, [lesson, KEYS[lesson]]) / 1000)
            if lesson == LESSONS[0]:
                photo = draw.choice([other for other in photographs if other != photo])
                seen["answers"].append(await drop(page, photo))
            if await page.locator(".petwidgets-link:not([hidden])").count():
                seen["failures"].append("connection lost")
        except Exception as error:  # noqa: BLE001 - each is counted
            seen["failures"].append(str(error)[:200])
        await asyncio.sleep(draw.uniform(1, 5))


def spread(values: list[float]) -> dict[str, float]:
    middle, late = np.percentile(values, [50, 95])
    return {"n": len(values), "median_s": round(middle, 3), "p95_s": round(late, 3)}


async def train(page: Page) -> None:
    """Begin what takes longer than the benchmark."""
    await page.evaluate(CLICK, [LESSONS[1], "browse"])
    await page.get_by_role("button", name="Show").click()
    await page.locator(".petwidgets-grid img").first.wait_for()
    await page.evaluate(CLICK, [LESSONS[2], "train"])
    await page.get_by_label("Recipe").select_option(index=1)
    await page.get_by_label("2. Epochs").wait_for()
    for label, value in {"2. Epochs": "200", "Size (pixels)": "64", "Batch size": "16"}.items():
        await page.get_by_label(label, exact=True).fill(value)
        await page.get_by_label(label, exact=True).press("Tab")
    await page.get_by_role("button", name="Start").click()
    await page.locator(".petwidgets-table tbody tr").first.wait_for()


def ask(engine: Engine, photo: Path) -> float:
    began = time.monotonic()
    engine.quick(classify, RunStore().get(SHIPPED_ID), photo).result()
    return time.monotonic() - began


async def predictions(server: psutil.Process, photographs: list[Path]) -> dict[str, float]:
    """Quick predictions, asked of the engine as a page's kernel asks."""
    voila = next(p for p in server.children() if "voila" in " ".join(p.cmdline()))
    engine = Engine(voila.environ()["PETWIDGETS_ENGINE"])
    warm = False
    while not warm:  # it may still be starting
        with suppress(Problem):
            await asyncio.to_thread(ask, engine, photographs[0])
            warm = True
    some = (photographs * 50)[:50]
    seconds = [await asyncio.to_thread(ask, engine, photo) for photo in some]
    engine.close()
    return spread(seconds)


async def crowd(
    browser: Browser, url: str, server: psutil.Process, n: int, here: list[Page]
) -> list[Page]:
    """Let visitors come, all at once, until there are n; print what they waited for and added."""
    before, came = weight(server), n - len(here)
    arrived = await asyncio.gather(*(arrive(browser, url) for _ in range(came)))
    added = (weight(server) - before) / came
    result = {"visitors": n, "came_at_once": came}
    result |= {"usable": spread([seconds for _, seconds in arrived]), "MB_each": round(added, 1)}
    print(json.dumps(result), flush=True)
    return here + [page for page, _ in arrived]


async def leave(pages: list[Page]) -> None:
    for page in pages:
        await page.context.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 5, 10, 20])
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    photographs = sorted(options.photographs.glob("*.jpg"))
    fastai = weight_of_fastai()
    print(json.dumps({"kernel_that_imports_fastai_MB": fastai}), flush=True)
    chromium = shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        with served(options.photographs) as (url, server, _):
            await predictions(server, photographs)  # the engine is warm from here on
            ready = len(kernels(server))
            before = weight(server)
            pages: list[Page] = []
            for n in options.visitors:
                pages = await crowd(browser, url, server, n, pages)
            await train(pages[0])
            seen: dict[str, Any] = {"clicks": [], "answers": [], "failures": []}
            until = time.monotonic() + 60 * options.minutes
            users = [use(page, photographs, until, seen) for page in pages[1:]]
            quick = asyncio.create_task(predictions(server, photographs))
            await asyncio.gather(*users)
            began = time.monotonic()
            await pages[0].get_by_role("button", name="Stop").last.click()
            await pages[0].get_by_text("Stopped after").wait_for()
            result = {
                "minutes": options.minutes,
                "click": spread(seen["clicks"]),
                "drop_to_answer": spread(seen["answers"]),
                "prediction_beside_a_training": await quick,
                "failures": seen["failures"],
                "stop_s": round(time.monotonic() - began, 2),
            }
            print(json.dumps(result), flush=True)
            await leave(pages)
            seconds = await settle(server, ready, 600)
            left = {"kernels": len(kernels(server)), "culled_after_s": round(seconds)}
            left |= {"MB_before": round(before), "MB_after": round(weight(server))}
            print(json.dumps(left), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
