"""An epoch of fine-tuning with the fast input beside fastai's own, and the error at the end.

    python benchmarks/finetune.py PHOTOGRAPHS [--arms fastai fast ...] [--per-breed 20] [--seeds 42]

Same backbone, photographs, split and machine. Training of each epoch is timed without validation.
The cache of the fast arms is filled in their first epoch. Seconds of the processor stand beside
those of the clock, for machines on which others compute, too. Prints JSON lines, then a table; its
intervals are Wilson's, of all seeds' validations together, which may share photographs.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from petwidgets.bench.finetune import timed
from petwidgets.bench.home import own_home
from petwidgets.learning.models.backbones import pretrained
from petwidgets.learning.train import train as training
from petwidgets.metrics.intervals import wilson
from petwidgets.recipes.presets import make

ARMS: dict[str, tuple[dict[str, Any], tuple[int | None, ...]]] = {
    "fastai": ({}, (None, None)),
    "fast": ({"input": "fast"}, (None, None)),
    "fast-bf16": ({"input": "fast", "precision": "bf16"}, (None, None)),
    "growing": ({"input": "fast"}, (128, 160)),
}
"""Settings of a recipe, and the sizes of its two stages."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--per-breed", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 43])
    parser.add_argument("--threads", type=int, default=training.CORES, help="1 on a busy machine")
    options = parser.parse_args()
    training.CORES = options.threads
    pretrained("tf_efficientnet_lite0")
    found: dict[str, list[dict[str, Any]]] = {arm: [] for arm in options.arms}
    for seed in options.seeds:
        for arm in options.arms:  # in turn, so that what else the machine does meets all
            settings, sizes = ARMS[arm]
            recipe = make(
                "fine-tune",
                data=str(options.photographs),
                limit_per_breed=options.per_breed,
                epochs=options.epochs,
                seed=seed,
                **settings,
            )
            stages = [replace(s, size=size) for s, size in zip(recipe.stages, sizes, strict=True)]
            with own_home():
                found[arm].append(timed(replace(recipe, stages=tuple(stages))))
            print(json.dumps({"arm": arm, "seed": seed, **found[arm][-1]}), flush=True)
    table(found)


def table(found: dict[str, list[dict[str, Any]]]) -> None:
    print(f"{'arm':11}{'frozen s':>9}{'unfrozen':>9}{'all':>8}{'times':>7}", end="")
    print(f"{'cpu s':>8}{'times':>7}  error, 95 %")
    first: list[float] = []
    for arm, rows in found.items():
        frozen = mean(row["epochs"][0][0] for row in rows)
        unfrozen = mean(epoch[0] for row in rows for epoch in row["epochs"][1:])
        whole = [mean(sum(e[i] for e in row["epochs"]) for row in rows) for i in range(2)]
        first = first or whole
        errors, n = (sum(row[key] for row in rows) for key in ("errors", "n"))
        low, high = wilson(errors, n)
        print(
            f"{arm:11}{frozen:9.1f}{unfrozen:9.1f}{whole[0]:8.1f}{first[0] / whole[0]:7.2f}"
            f"{whole[1]:8.1f}{first[1] / whole[1]:7.2f}"
            f"  {errors / n:.3f} ({low:.3f} to {high:.3f}; {errors} of {n})"
        )


if __name__ == "__main__":
    main()
