"""A class opens the page at once; then one of them opens every lesson.

    python benchmarks/crowd.py [--pages 20] [--photographs DIR] [--json]

The server has been started some time before: it has warmed up its engine and drawn its sample.
A page counts as usable once the server has sent it, its websocket is open, it was told its widgets,
it has arrived, and its kernel has answered it once more. Memory is the part of a kernel that it
shares with no other process, and its part of what it shares (PSS). `DIR` holds photographs named as
in the chapter; without it the drawn sample is read.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from page_client import PageClient

from petwidgets.bench.serving import kernels, memory, served, settle
from petwidgets.data.sources import SAMPLE
from petwidgets.panels import PANELS


def come(url: str) -> tuple[PageClient, float]:
    """Open a page; it, and the seconds until it was usable."""
    began = time.monotonic()
    page = PageClient(url, patience=120)
    page.ping()
    return page, time.monotonic() - began


def main() -> None:
    """Open all, measure, and print one line or one JSON object for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with served(options.photographs) as (url, server, _):
        settle(server)
        with ThreadPoolExecutor(options.pages) as crowd:
            came = list(crowd.map(come, [url] * options.pages))
        seconds = sorted(each for _, each in came)
        fresh = statistics.median(map(memory, kernels(server)))
        [visitor, _], *_ = came
        visitor.read(str(options.photographs or SAMPLE))
        for key in PANELS:
            visitor.lesson(key)
        facts = {
            "pages": options.pages,
            "usable_median_s": round(statistics.median(seconds), 1),
            "usable_last_s": round(seconds[-1], 1),
            "kernel_median_mb": round(fresh, 1),
            "kernel_every_lesson_mb": round(max(map(memory, kernels(server))), 1),
        }
    for name, value in facts.items():
        print(json.dumps({name: value}) if options.json else f"{name:24} {value}")


if __name__ == "__main__":
    main()
