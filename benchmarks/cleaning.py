"""Wrong labels planted among real photographs, and how many of them are found.

A folder of links is made in which some photographs are named as another breed; cross-validation
then ranks all photographs by suspicion. Of the first k, `precision` were planted; `recall` is the
share of all planted ones among them.

    python benchmarks/cleaning.py FOLDER [--breeds 8] [--each 40] [--wrong 0.1] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from petwidgets.baseline.cross_val import find
from petwidgets.data.dataset import load
from petwidgets.metrics.label_issues import BY_FOLDS, suspicions
from petwidgets.metrics.predictions import read
from petwidgets.recipes.presets import baseline
from petwidgets.runs.store import RunStore


def plant(folder: Path, asked: argparse.Namespace) -> set[str]:
    """Link photographs into the folder, some under a wrong name; returns these names."""
    dataset = load(str(asked.folder)).limited(asked.each)
    draw, planted = np.random.default_rng(asked.seed), set()
    n = min(asked.breeds, len(dataset.vocab))
    chosen = [str(breed) for breed in draw.choice(dataset.vocab, n, replace=False)]
    labelled = zip(dataset.paths, dataset.breeds, strict=True)
    for number, (path, breed) in enumerate(pair for pair in labelled if pair[1] in chosen):
        lies = draw.random() < asked.wrong
        said = str(draw.choice([b for b in chosen if b != breed])) if lies else breed
        name = f"{said}_{number}.jpg"
        (folder / name).symlink_to(path)
        planted |= {name} if lies else set()
    return planted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--breeds", type=int, default=8)
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--wrong", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photographs = Path(folder) / "photographs"
        photographs.mkdir()
        planted = plant(photographs, asked)
        run = RunStore(Path(folder)).create(baseline(data=str(photographs)), kind="folds")
        began = time.monotonic()
        results = find(run, lambda _event: None, lambda: False)
        seconds = time.monotonic() - began
        known = read(run.fresh())
        ranking = [doubt.file for doubt in suspicions(known, BY_FOLDS)]
    n = len(planted)
    for k in (n // 2, n, 2 * n):
        hits = len(planted.intersection(ranking[:k]))
        figures = {"precision": hits / max(1, min(k, len(ranking))), "recall": hits / n}
        print(json.dumps({"k": k, "found": hits, **figures}))
    hits = len(planted.intersection(ranking))
    said = {"planted": n, "photographs": len(known.files), "doubted": len(ranking)}
    print(json.dumps({**said, "recall": hits / n, "seconds": round(seconds, 1), **results}))


if __name__ == "__main__":
    main()
