"""How soon 15 % error is there: the chapter's `fine_tune`, and shorter ways, one after another.

    python benchmarks/minutes_to_15.py PHOTOGRAPHS [--arms chapter baseline ...] [--per-breed N]

Same photographs, split, backbone and machine. Timed from the list of files on, with all imports
done; the cache begins empty, but for arms called `...-again`. Seconds of the processor stand beside
those of the clock, for machines on which others compute, too. Prints JSON lines, then a table.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.baseline.train import train
from petwidgets.learning.models.backbones import pretrained
from petwidgets.metrics.intervals import wilson
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from petwidgets.recipes.recipe import Recipe

ENOUGH = 0.15

ARMS: dict[str, dict[str, Any]] = {
    "chapter": {"name": "fine-tune", "epochs": 2},
    "baseline": {"name": "baseline"},
}


def timed(recipe: Recipe, home: str, enough: float) -> dict[str, Any]:
    """Train until an epoch's error rate is `enough` or less."""
    os.environ["PETWIDGETS_HOME"] = home
    epochs: list[dict[str, Any]] = []
    began, worked = time.monotonic(), time.process_time()

    def heard(event: dict[str, Any]) -> None:
        if event["event"] == "epoch":
            epochs.append({**event, "cpu": time.process_time() - worked})
            print(event["t"], event["error_rate"], file=sys.stderr, flush=True)

    def reached() -> bool:
        return bool(epochs) and epochs[-1]["error_rate"] <= enough

    run = RunStore().create(recipe)
    train(run, heard, reached)
    last, n = epochs[-1], len(run.fresh().info["files"])
    return {
        "reached": reached(),
        "seconds": round(last["t"], 1),
        "cpu_seconds": round(last["cpu"], 1),
        "whole_seconds": round(time.monotonic() - began, 1),
        "error_rate": round(last["error_rate"], 4),
        "interval": [round(end, 3) for end in wilson(round(last["error_rate"] * n), n)],
        "validated_on": n,
        "epochs": [(e["t"], round(e["cpu"], 1), round(e["error_rate"], 4)) for e in epochs],
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
            recipe = make(**ARMS[arm.removesuffix("-again")], **common)
            home = str(Path(folder) / arm.removesuffix("-again"))
            found[arm] = timed(recipe, home, options.enough)
            print(json.dumps({"arm": arm, **found[arm]}), flush=True)
    table(found)


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
