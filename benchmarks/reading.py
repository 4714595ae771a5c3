"""What a baseline takes to read and prepare a photograph, without its network.

    python benchmarks/reading.py PHOTOGRAPHS [--photographs 96] [--rounds 5]

Milliseconds of the processor in one thread, the median of some rounds: the work of other processes
does not count. `benchmarks/pipeline.py` measures the other ways to read.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median

from petwidgets.bench.subset import spread
from petwidgets.data.image import read_photo
from petwidgets.inference.preparation import Preparation
from petwidgets.recipes.recipe import PRESIZE

SIZE = 224


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--photographs", type=int, default=96, dest="number")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    paths = spread(options.photographs, options.number)
    prepare = Preparation(PRESIZE, SIZE, (0.5,) * 3, (0.5,) * 3)
    rounds = []
    for _ in range(options.rounds):
        began = time.process_time()
        for path in paths:
            prepare.batch([read_photo(path)])
        rounds.append((time.process_time() - began) / len(paths) * 1e3)
    print(json.dumps({"milliseconds": round(median(rounds), 2), "photographs": len(paths)}))


if __name__ == "__main__":
    main()
