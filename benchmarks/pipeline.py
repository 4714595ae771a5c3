"""Photographs a second of the fast input beside fastai's own, without a network behind them.

    python benchmarks/pipeline.py PHOTOGRAPHS [--photographs 256] [--rounds 3]

Same photographs, sizes (460, 224) and batches of 64; an epoch of each in turn, so that what else
the machine does meets both. `fastai` is the chapter's `DataBlock`; `filling` the fast input with an
empty cache, `warm` with a full one. Seconds of the processor stand beside those of the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from petwidgets.common.paths import cache
from petwidgets.data.dataset import load
from petwidgets.learning.input.dataloaders import dataloaders
from petwidgets.learning.input.fast_loader import fast_dataloaders
from petwidgets.learning.models.backbones import pretrained
from petwidgets.recipes.presets import make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Seconds = tuple[float, float]


def timed(batches: Iterable[object]) -> Seconds:
    """Of the clock and of the processor, for all batches."""
    began, worked = time.monotonic(), time.process_time()
    for _ in batches:
        pass
    return time.monotonic() - began, time.process_time() - worked


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--photographs", type=int, default=256, dest="number")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    recipe = make("fine-tune", data=str(options.photographs))
    dataset = load(recipe.data, recipe.pattern)
    step = max(1, len(dataset.paths) // options.number)
    dataset = dataset.keep(range(0, len(dataset.paths), step)[: options.number])
    n, stats = len(dataset.paths), pretrained(recipe.arch)
    parts = list(range(n)), [0]
    with tempfile.TemporaryDirectory() as home:
        os.environ["PETWIDGETS_HOME"] = home
        fast, plain = (
            make_(recipe, dataset, stats, parts) for make_ in (fast_dataloaders, dataloaders)
        )
        arms: dict[str, Callable[[], Seconds]] = {
            "fastai": lambda: timed(plain.train),
            "filling": lambda: (shutil.rmtree(cache("presized")), timed(fast.train))[1],
            "warm": lambda: timed(fast.train),
        }
        timed(plain.valid)  # reads the files into memory and starts the threads
        found = {arm: [] for arm in arms}
        for _ in range(options.rounds):
            for arm, run in arms.items():
                found[arm].append(run())
                print(json.dumps({arm: found[arm][-1]}), flush=True)
        size = sum(path.stat().st_size for path in cache("presized").rglob("*.safetensors"))
    batches = len(fast.train) * recipe.batch_size
    print(f"{n} photographs, {options.rounds} rounds; the cache takes {size / n / 1e3:.0f} kB each")
    print(f"{'':10}{'a second':>10}{'times':>8}{'a cpu second':>14}{'times':>8}")
    first = [median(column) for column in zip(*found["fastai"], strict=True)]
    for arm, rows in found.items():
        clock, cpu = (median(column) for column in zip(*rows, strict=True))
        print(
            f"{arm:10}{batches / clock:10.1f}{first[0] / clock:8.1f}"
            f"{batches / cpu:14.1f}{first[1] / cpu:8.1f}"
        )


if __name__ == "__main__":
    main()
