"""What a request takes of a server, and how long visitors wait for each: for `capacity.py`.

    python benchmarks/demand.py --photographs DIR [--visitors 1 5 10 20] [--seconds 60]

First one visitor asks for each thing many times without thinking: that gives seconds of processors,
and of the clock, for one. Then so many visitors at a time think, ask and wait. No browser takes
part: what visitors do is written to websockets as their pages would. Prints a JSON object a line;
`rivals` is how many threads of other programs, the visitors' included, ran or wanted to on average.
Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np
from capacity import MIX, THINKING
from page_client import PageClient

from petwidgets.bench.serving import busy, kernels, memory, served, settle, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psutil

LESSONS = ("check", "label", "softmax", "loss", "confusion", "calibration", "where", "top")
CORES = os.cpu_count() or 1
SECONDS_BETWEEN_COUNTS = 0.25

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
        settle(server, 30)
        before = busy(server)
        with counting(server) as rivals:
            whole = [do(page, kind, draw, pictures) for _ in range(TIMES)]
        time.sleep(1)  # what is done after the answer counts, too
        processor = (busy(server) - before) / TIMES
        slowed = processor * max(1.0, (1 + mean(rivals)) / CORES)
        yield kind, {"processor": processor, "besides": max(0.0, mean(whole) - slowed)}
    page.leave()


@contextmanager
def counting(server: psutil.Process) -> Iterator[list[int]]:
    """Counts of the threads of all but the server that run or wait for a core in the block."""
    counts, over = [0], threading.Event()

    def count() -> None:
        while not over.wait(SECONDS_BETWEEN_COUNTS):
            stat = Path("/proc/stat").read_text()
            running = int(re.search(r"procs_running (\d+)", stat)[1])
            ours = sum(map(runnable, [server, *server.children(recursive=True)]))
            counts.append(max(0, running - ours - 1))  # 1 is this thread

    counter = threading.Thread(target=count, daemon=True)
    counter.start()
    try:
        yield counts
    finally:
        over.set()
        counter.join()


def runnable(process: psutil.Process) -> int:
    count = 0
    for stat in Path(f"/proc/{process.pid}/task").glob("*/stat"):
        with suppress(OSError):  # it has just ended
            count += stat.read_text().rpartition(")")[2].split()[0] == "R"
    return count


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

    began, taken = time.monotonic(), busy(server)
    threads = [threading.Thread(target=visit, args=(page, n)) for n, page in enumerate(pages)]
    with counting(server) as rivals:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    whole = time.monotonic() - began
    result = {
        "visitors": visitors,
        "cores": CORES,
        "rivals": round(mean(rivals), 2),
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
