"""Photographs a second of the fast input beside fastai's own, without a network behind them.

    python benchmarks/pipeline.py PHOTOGRAPHS [--photographs 256] [--rounds 3]

As `petwidgets bench pipeline`, and with an empty cache (`filling`), seconds of the processor, and
the size of the cache.
"""

from __future__ import annotations

import argparse
import json
from itertools import islice
from pathlib import Path
from statistics import median

from petwidgets.bench.home import own_home
from petwidgets.bench.pipeline import rates
from petwidgets.bench.subset import linked, spread
from petwidgets.common.paths import cache

ARMS = ("fastai", "filling", "warm")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--photographs", type=int, default=256, dest="number")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {arm: [] for arm in ARMS}
    with own_home(), linked(spread(options.photographs, options.number)) as folder:
        for arm, *both in islice(rates(folder), options.rounds * len(ARMS)):
            found[arm].append((both[0], both[1]))
            print(json.dumps({arm: both}), flush=True)
        size = sum(path.stat().st_size for path in cache("presized").rglob("*.safetensors"))
    kilobytes = size / options.number / 1e3
    print(f"{options.number} photographs, {options.rounds} rounds; cache {kilobytes:.0f} kB each")
    print(f"{'':10}{'a second':>10}{'times':>8}{'a cpu second':>14}{'times':>8}")
    first = [median(column) for column in zip(*found["fastai"], strict=True)]
    for arm, rows in found.items():
        clock, cpu = (median(column) for column in zip(*rows, strict=True))
        print(f"{arm:10}{clock:10.1f}{clock / first[0]:8.1f}{cpu:14.1f}{cpu / first[1]:8.1f}")


if __name__ == "__main__":
    main()
