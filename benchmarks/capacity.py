"""A model of one server: how long visitors wait, by their number and the machine's cores.

    python benchmarks/capacity.py MEASURED.jsonl [--cores 2 8 32] [--wait 1]

MEASURED.jsonl is what `benchmarks/demand.py` prints. A visitor thinks, asks for something, and
waits for it. What is asked takes seconds of a processor, and some of the clock that no processor
makes shorter. All that is asked at a time shares the cores evenly, as Linux shares them among
processes, and with what else runs on the machine (`rivals`); one request keeps at most one core
busy. The demands are those of one visitor alone, and all larger numbers are predicted by them.
Prints predicted beside measured, and for each number of cores the most visitors whose answers come
within `--wait` seconds in 95 of 100 cases.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

MIX = {"lesson": 2 / 3, "classify": 1 / 3}
"""How often each thing is asked for."""

THINKING = 1.0, 5.0
"""Seconds between an answer and the next question, drawn evenly; `demand.py` does the same."""


@dataclass(frozen=True)
class Demand:
    """What one request takes: seconds of a processor, and of the clock besides."""

    processor: float
    besides: float


@dataclass
class Server:
    """Cores that all requests under way share evenly with their rivals, at most one for each.

    What each has been given since the start is the same for all, so only that is counted, and each
    request has a mark at which it is done.
    """

    cores: float
    rivals: float = 0.0
    now: float = 0.0
    given: float = 0.0
    running: list[tuple[float, int]] = field(default_factory=list)

    def speed(self) -> float:
        """Seconds of a processor that each request gets in a second."""
        return min(1.0, self.cores / (len(self.running) + self.rivals))

    def done_at(self) -> float:
        """When the next request will be done if none comes before."""
        if not self.running:
            return float("inf")
        return self.now + (self.running[0][0] - self.given) / self.speed()

    def pass_to(self, time: float) -> None:
        """Give all requests their part of the time until then."""
        if self.running:
            self.given += (time - self.now) * self.speed()
        self.now = time

    def begin(self, processor: float, visitor: int) -> None:
        """A request begins now."""
        heapq.heappush(self.running, (self.given + processor, visitor))


def simulate(
    visitors: int,
    cores: float,
    demands: dict[str, Demand],
    *,
    rivals: float = 0.0,
    seconds: float = 600,
    seed: int = 1,
) -> dict[str, list[float]]:
    """Seconds that the answers of each kind took.

    Args:
        visitors: who come within the longest time of thinking and stay.
        cores: of the machine.
        demands: of each kind in `MIX`.
        rivals: how many threads of other programs want a core, on average.
        seconds: how long they stay; the first tenth is not counted.
        seed: of what they do.
    """
    draw, server = random.Random(seed), Server(cores, rivals)  # noqa: S311 - visitors' whims
    waits: dict[str, list[float]] = {kind: [] for kind in MIX}
    asking = [(draw.uniform(0, THINKING[1]), visitor) for visitor in range(visitors)]
    heapq.heapify(asking)
    asked: dict[int, tuple[str, float]] = {}
    while (time := min(asking[0][0] if asking else float("inf"), server.done_at())) < seconds:
        server.pass_to(time)
        if asking and asking[0][0] == time:
            visitor = heapq.heappop(asking)[1]
            kind = draw.choices([*MIX], [*MIX.values()])[0]
            asked[visitor] = kind, time
            # Exponential: most requests are short, and a few take several times as long.
            server.begin(draw.expovariate(1 / demands[kind].processor), visitor)
            continue
        visitor = heapq.heappop(server.running)[1]
        kind, began = asked.pop(visitor)
        answered = time + demands[kind].besides
        if began > seconds / 10:
            waits[kind].append(answered - began)
        heapq.heappush(asking, (answered + draw.uniform(*THINKING), visitor))
    return waits


def most(cores: float, demands: dict[str, Demand], wait: float) -> int:
    """The most visitors for whom 95 of 100 answers about a photograph come within `wait`."""

    def fits(visitors: int) -> bool:
        return bool(np.percentile(simulate(visitors, cores, demands)["classify"], 95) <= wait)

    low, high = 0, 1
    while fits(high):
        low, high = high, 2 * high
    while high - low > max(1, low // 50):
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def demands_of(measured: list[dict[str, Any]]) -> dict[str, Demand]:
    """Those of one visitor alone."""
    alone = next(row for row in measured if row["what"] == "demand")
    return {kind: Demand(**alone[kind]) for kind in MIX}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measured", type=Path)
    parser.add_argument("--cores", type=float, nargs="+", default=[2, 4, 8, 16, 32])
    parser.add_argument("--wait", type=float, default=1.0)
    options = parser.parse_args()
    measured = [json.loads(line) for line in options.measured.read_text().splitlines()]
    demands = demands_of(measured)
    print(json.dumps({kind: vars(demand) for kind, demand in demands.items()}))
    for row in measured:
        if row["what"] == "crowd":
            waits = simulate(row["visitors"], row["cores"], demands, rivals=row["rivals"])
            for kind, seconds in waits.items():
                middle, late = (round(float(q), 2) for q in np.percentile(seconds, [50, 95]))
                told = {key: row[key] for key in ("visitors", "cores", "rivals")}
                told |= {"kind": kind, "measured": row[kind]}
                print(json.dumps({**told, "model": {"median_s": middle, "p95_s": late}}))
    for cores in options.cores:
        print(json.dumps({"cores": cores, "visitors": most(cores, demands, options.wait)}))


if __name__ == "__main__":
    main()
