"""How soon 15 % error is there: the chapter's `fine_tune`, and shorter ways, one after another.

    python benchmarks/minutes_to_15.py PHOTOGRAPHS [--arms chapter baseline ...] [--per-breed N]

As `petwidgets bench time-to-15`, to the end of the slower one. The cache begins empty, but for arms
called `...-again`. Seconds of the processor stand beside those of the clock, for machines on which
others compute, too. Prints JSON lines, then a table.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from petwidgets.bench.home import own_home
from petwidgets.bench.time_to_15 import ENOUGH, timed
from petwidgets.learning.models.backbones import pretrained
from petwidgets.recipes.presets import make

ARMS: dict[str, dict[str, Any]] = {
    "chapter": {"name": "fine-tune", "epochs": 2},
    "baseline": {"name": "baseline"},
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--arms", nargs="+", default=list(ARMS))
    parser.add_argument("--per-breed", type=int, default=None)
    parser.add_argument("--enough", type=float, default=ENOUGH)
    options = parser.parse_args()
    common = {"data": str(options.photographs), "limit_per_breed": options.per_breed}
    pretrained("tf_efficientnet_lite0")
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for arm in options.arms:
            kind = arm.removesuffix("-again")
            with own_home(Path(folder) / kind):
                recipe = make(**ARMS[kind], **common)
                found[arm] = timed(recipe, options.enough, heard=told)
            print(json.dumps({"arm": arm, **found[arm]}), flush=True)
    table(found)


def told(epoch: dict[str, Any]) -> None:
    print(epoch["t"], epoch["error_rate"], file=sys.stderr, flush=True)


def table(found: dict[str, dict[str, Any]]) -> None:
    first = next(iter(found.values()))
    print(f"{'arm':16}{'error':>8}{'seconds':>10}{'times':>8}{'cpu s':>9}{'times':>8}")
    for arm, row in found.items():
        times = [first[key] / row[key] for key in ("seconds", "cpu_seconds")]
        print(
            f"{arm:16}{row['error_rate']:8.3f}{row['seconds']:10.1f}{times[0]:8.1f}"
            f"{row['cpu_seconds']:9.1f}{times[1]:8.1f}{'' if row['reached'] else '  not reached'}"
        )


if __name__ == "__main__":
    main()
