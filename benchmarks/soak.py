"""Visitors for half an hour on one `petwidgets serve`, while its processes are killed one by one.

    python benchmarks/soak.py [--minutes 30] [--visitors 20] [--photographs DIR] [--json]

Visitors write to websockets as pages do; one more client is hostile. They read the set, classify,
change lessons, train a little, leave, and come back by their session. An answer that does not come
is asked for again, as a page that reloads would; one that does not come then either is lost. Prints
a table, with `--json` one JSON object a line. `DIR` holds photographs named as in the chapter;
without it the drawn sample is used.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
from hostile_client import HostileClient
from page_client import LostError, PageClient

from petwidgets.bench.serving import memory, processes, served
from petwidgets.data.sources import SAMPLE, photographs, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS = {"worker": 0.3, "scheduler": 0.45, "kernel": 0.6, "voila": 0.75}
"""Which process is killed, and after what part of the time."""

ATTEMPTS = 5
"""How often an answer is asked for until it counts as lost."""

SECONDS_BETWEEN_ATTEMPTS = 4.0
VANISHING = 0.25
"""The part of those who leave without a word: their kernels wait for them for a while."""

SECONDS_OF_TRAINING = 600.0
LESSONS = ("check", "label", "softmax", "loss", "confusion", "calibration", "runs", "where", "top")
DEEDS = ("lesson",) * 8 + ("classify",) * 5 + ("ping",) * 3 + ("read",) * 2 + ("leave", "train")


@dataclass
class Seen:
    """What all visitors have seen; `began` and `first_fault` are of the monotonic clock."""

    began: float = field(default_factory=time.monotonic)
    first_fault: float = float("inf")
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    requests: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    crashed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, asked: float, times: int, why: str) -> None:
        """Note an answer that came at the last of so many attempts, or was lost for `why`."""
        with self.lock:
            self.requests[kind] += 1
            self.again[kind] += times > 1
            if why:
                self.lost[f"{kind}: {why}"] += 1
            else:
                when = "before" if asked < self.first_fault else "after"
                self.seconds[kind, when].append(time.monotonic() - asked)

    def rows(self) -> list[dict[str, Any]]:
        """Latencies by kind, before the first fault and after it."""
        rows = []
        for (kind, when), values in sorted(self.seconds.items()):
            p50, p95 = np.percentile(values, [50, 95])
            row = {"kind": kind, "faults": when, "n": len(values), "p50_s": p50, "p95_s": p95}
            rows.append({**row, "max_s": max(values)})
        return rows


class Visitor(threading.Thread):
    """One who uses the page until the time is over."""

    def __init__(
        self, number: int, url: str, pictures: list[Path], seen: Seen, until: float
    ) -> None:
        super().__init__(daemon=True, name=f"visitor {number}")
        self.url, self.pictures, self.seen, self.until = url, pictures, seen, until
        self.draw, self.identity, self.source = random.Random(number), "", SAMPLE  # noqa: S311
        self.page: PageClient | None = None

    def run(self) -> None:
        """Do one thing after the other; what breaks the visitor is counted."""
        time.sleep(self.draw.uniform(0, 5))
        while time.monotonic() < self.until:
            deed = self.draw.choice(DEEDS)
            try:
                getattr(self, f"_{deed}")()
            except Exception as error:  # noqa: BLE001 - each is counted
                self.seen.crashed.append(f"{deed}: {error!r}"[:200])
            time.sleep(self.draw.uniform(0.5, 4))
        with suppress(Exception):
            self._go()

    def _ask(self, kind: str, deed: Callable[[PageClient], None]) -> None:
        """Do it, again on a page that was loaded again where the answer does not come."""
        asked, why = time.monotonic(), ""
        for times in range(1, ATTEMPTS + 1):
            try:
                deed(self._here())
            except LostError as error:  # noqa: PERF203
                why = str(error)
                self._go()
                time.sleep(SECONDS_BETWEEN_ATTEMPTS * times)
            else:
                self.seen.note(kind, asked, times, "")
                return
        self.seen.note(kind, asked, ATTEMPTS, why)

    def _here(self) -> PageClient:
        if self.page is None:
            began = time.monotonic()
            self.page = PageClient(self.url, self.identity)
            kind = "come back" if self.identity else "arrive"
            self.identity = self.page.identity
            self.seen.note(kind, began, 1, "")
        return self.page

    def _go(self) -> None:
        page, self.page = self.page, None
        if page is not None:
            page.leave()

    def _leave(self) -> None:
        if self.page is not None and self.draw.random() < VANISHING:
            self.page.vanish()
            self.page = None
        self._go()

    def _lesson(self) -> None:
        key = self.draw.choice(LESSONS)
        self._ask("lesson", lambda page: page.lesson(key))

    def _classify(self) -> None:
        photo = self.draw.choice(self.pictures).read_bytes()
        self._ask("classify", lambda page: page.classify(photo))

    def _ping(self) -> None:
        self._ask("ping", PageClient.ping)

    def _read(self) -> None:
        self._ask("read", lambda page: page.read(self.source))

    def _train(self) -> None:
        def deed(page: PageClient) -> None:
            page.read(self.source)
            page.train(SECONDS_OF_TRAINING)

        self._ask("train", deed)


def measured(server: psutil.Process, around: Path) -> dict[str, Any]:
    """Processes by kind with their memory and descriptors, and files in the home and beside it."""
    result: dict[str, Any] = {}
    for kind, found in sorted(processes(server).items()):
        rss = pss = descriptors = 0.0
        for process in found:
            with suppress(psutil.Error):  # it has just ended
                rss += process.memory_info().rss / 1e6
                pss += memory(process)
                descriptors += process.num_fds()
        figures = {
            "processes": len(found),
            "rss_MB": rss,
            "pss_MB": pss,
            "descriptors": descriptors,
        }
        result[kind] = {name: round(value) for name, value in figures.items()}
    for name in ("home", "tmp"):
        files = [path for path in (around / name).rglob("*") if path.is_file()]
        result[name] = {"files": len(files)}
    return result


def kill(server: psutil.Process, kind: str) -> bool:
    """Kill a process of this kind, the youngest; returns whether there was one."""
    with suppress(psutil.Error, ValueError):
        max(processes(server)[kind], key=lambda process: process.create_time()).kill()
        return True
    return False


def settle(server: psutil.Process, count: int, seconds: float) -> float:
    """Wait until there are no more kernels than `count`; returns the seconds that it took."""
    began = time.monotonic()
    while len(processes(server)["kernel"]) > count and time.monotonic() - began < seconds:
        time.sleep(1)
    return time.monotonic() - began


def tell(what: str, *, as_json: bool, **facts: Any) -> None:
    """Print one line of the result."""
    facts = {key: round(v, 3) if isinstance(v, float) else v for key, v in facts.items()}
    if as_json:
        print(json.dumps({"what": what, **facts}), flush=True)
        return
    rows = [
        (f"{what:<8}{key:<10}", value) for key, value in facts.items() if isinstance(value, dict)
    ]
    flat = {key: value for key, value in facts.items() if not isinstance(value, dict)}
    for name, row in [*rows, *([(f"{what:<12}", flat)] if flat else [])]:
        print(name, *(f"{key} {value!s:<9}" for key, value in row.items()), flush=True)


def soak(options: argparse.Namespace, url: str, server: psutil.Process, home: Path) -> Seen:
    """Let them all in, kill what is to be killed, and tell what is left."""
    folder = options.photographs
    pictures = sorted(photographs(folder or prepare(SAMPLE)))
    before = measured(server, home.parent)
    tell("begin", as_json=options.json, **before)
    seen, over = Seen(), time.monotonic() + 60 * options.minutes
    visitors = [Visitor(n, url, pictures, seen, over) for n in range(options.visitors)]
    hostile = HostileClient(url)
    for visitor in visitors:
        visitor.source = str(folder) if folder else SAMPLE
        visitor.start()
    hostile.start()
    schedule = sorted([*((part, kind) for kind, part in FAULTS.items()), (0.5, ""), (0.97, "late")])
    for part, kind in schedule:
        time.sleep(max(0.0, seen.began + 60 * options.minutes * part - time.monotonic()))
        if kind in FAULTS:
            seen.first_fault = min(seen.first_fault, time.monotonic())
            found = kill(server, kind)
            tell("killed", as_json=options.json, kind=kind, found=found)
        else:
            name = "end" if kind else "middle"
            tell(name, as_json=options.json, **measured(server, home.parent))
    hostile.stop()
    late = time.monotonic() + min(SECONDS_OF_TRAINING, 60 * options.minutes)
    for visitor in visitors:
        visitor.join(max(0.0, late - time.monotonic()))
    stuck = sum(visitor.is_alive() for visitor in visitors)
    seconds = settle(server, before.get("kernel", {}).get("processes", 0), options.settle)
    left = measured(server, home.parent)
    tell("left", as_json=options.json, after_s=seconds, stuck_visitors=stuck, **left)
    tell("hostile", as_json=options.json, **hostile.made)
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--settle", type=float, default=400, help="seconds until kernels are gone")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends with it
    with served(options.photographs) as (url, server, home):
        os.environ["PETWIDGETS_HOME"] = str(home)  # whose sample is drawn by the server
        seen = soak(options, url, server, home)
        report(seen, as_json=options.json, serve_alive=server.is_running())


def report(seen: Seen, *, as_json: bool, serve_alive: bool) -> None:
    """Print what the visitors have seen, while they may still be asking."""
    with seen.lock:
        for row in seen.rows():
            tell("latency", as_json=as_json, **row)
        tell("again", as_json=as_json, **seen.again)
        totals = {"requests": seen.requests.total(), "lost": seen.lost.total()}
        tell(
            "in all", as_json=as_json, **totals, crashed=len(seen.crashed), serve_alive=serve_alive
        )
        for why, count in seen.lost.items():
            tell("lost", as_json=as_json, why=why, times=count)
        for why, count in Counter(seen.crashed).items():
            tell("crashed", as_json=as_json, why=why, times=count)


if __name__ == "__main__":
    main()
