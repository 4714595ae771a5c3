"""What a request takes of a server, and how long visitors wait for each: for `capacity.py`.

    python benchmarks/demand.py --photographs DIR [--visitors 1 5 10 20] [--seconds 60]

First one visitor asks for each thing many times without thinking: that gives seconds of processors,
and of the clock, for one. Then so many visitors at a time think, ask and wait. No browser takes
part: what visitors do is written to websockets as their pages would. Prints a JSON object a line;
`cores_left` is what other processes, the visitors' own included, left of the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import threading
import time
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
from capacity import MIX, THINKING
from page_client import PageClient

from petwidgets.bench.serving import busy, kernels, memory, served, settle, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

LESSONS = ("check", "label", "softmax", "loss", "confusion", "calibration", "where", "top")
TIMES = 24
"""How often one visitor asks for each thing, after asking once for each lesson."""


def photograph(draw: random.Random, pictures: list[Path]) -> bytes:
    return draw.choice(pictures).read_bytes()


def do(page: PageClient, kind: str, draw: random.Random, pictures: list[Path]) -> float:
    """Ask for one thing; the seconds until it is there."""
    photo = photograph(draw, pictures)
    began = time.monotonic()
    page.lesson(draw.choice(LESSONS)) if kind == "lesson" else page.classify(photo)
    return time.monotonic() - began


def demand(url: str, server: psutil.Process, pictures: list[Path]) -> Iterator[tuple[str, Any]]:
    """Seconds of each kind: of processors, and besides."""
    draw, page = random.Random(0), PageClient(url)  # noqa: S311
    for key in LESSONS:
        page.lesson(key)
    page.classify(photograph(draw, pictures))
    for kind in MIX:
        settle(server)
        before = busy(server)
        whole = [do(page, kind, draw, pictures) for _ in range(TIMES)]
        time.sleep(1)  # what is done after the answer counts, too
        processor = (busy(server) - before) / TIMES
        yield kind, {"processor": processor, "besides": max(0.0, mean(whole) - processor)}
    page.leave()


def others(server: psutil.Process) -> float:
    """Seconds of processors that have been taken by all but the server, since the machine began."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice) - busy(
        server
    )


def crowd(
    url: str, server: psutil.Process, visitors: int, pictures: list[Path], seconds: float
) -> dict[str, Any]:
    """So many visitors for so long."""
    before = weight(server)
    pages = [PageClient(url, patience=120) for _ in range(visitors)]
    waits: dict[str, list[float]] = {kind: [] for kind in MIX}
    late = time.monotonic() + seconds

    def visit(page: PageClient, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311
        time.sleep(draw.uniform(0, THINKING[1]))
        while time.monotonic() < late:
            kind = draw.choices([*MIX], [*MIX.values()])[0]
            waits[kind].append(do(page, kind, draw, pictures))
            time.sleep(draw.uniform(*THINKING))

    began, taken, elsewhere = time.monotonic(), busy(server), others(server)
    threads = [threading.Thread(target=visit, args=(page, n)) for n, page in enumerate(pages)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = time.monotonic() - began
    result = {
        "visitors": visitors,
        "cores_left": round((os.cpu_count() or 1) - (others(server) - elsewhere) / whole, 2),
        "cores_taken": round((busy(server) - taken) / whole, 2),
        "answers_per_s": round(sum(map(len, waits.values())) / whole, 2),
        "MB_each": round((weight(server) - before) / visitors, 1),
        "kernel_MB": round(float(np.median([*map(memory, kernels(server))])), 1),
        "all_MB": round(weight(server)),
        **{kind: spread(values) for kind, values in waits.items()},
    }
    for page in pages:
        page.leave()
    return result


def spread(values: list[float]) -> dict[str, float]:
    middle, late = np.percentile(values, [50, 95])
    return {"n": len(values), "median_s": round(middle, 2), "p95_s": round(late, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 5, 10, 20])
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    pictures = sorted(options.photographs.glob("*.jpg"))
    with served(options.photographs) as (url, server, _):
        settle(server)
        found = dict(demand(url, server, pictures))
        print(json.dumps({"what": "demand", **found}), flush=True)
        for visitors in options.visitors:
            settle(server, 60)
            row = crowd(url, server, visitors, pictures, options.seconds)
            print(json.dumps({"what": "crowd", **row}), flush=True)


if __name__ == "__main__":
    main()
