"""A warm classification of one photograph against `Learner.predict`, in turn, in one process.

    python benchmarks/classify.py PHOTOGRAPHS [--rounds 30]

PHOTOGRAPHS is a folder of the Oxford-IIIT Pet set's images. Prints two JSON lines: on a machine
that does nothing else (as `petwidgets bench classify`), and beside a training in another process,
as a visitor of a class meets it. The largest difference of a probability follows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.bench.classify import both, rounds
from petwidgets.bench.row import summarised
from petwidgets.data.image import read_photo
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    known, predict = both(options.photographs)
    names = RunStore().get(SHIPPED_ID).info["files"]
    files = [options.photographs / name for name in names[:: len(names) // options.rounds]]
    files = files[: options.rounds]

    def told(where: str) -> None:
        figure = summarised([*rounds(known, predict, files)], more_is_better=False)
        facts = {"ours_ms": figure.ours, "learner_predict_ms": figure.theirs, "ratio": figure.ratio}
        rounded = {name: round(value, 1) for name, value in facts.items()}
        print(json.dumps({"where": where, "photographs": len(files), **rounded}), flush=True)

    told("alone")
    with tempfile.TemporaryDirectory() as home, training(options.photographs, home):
        told("beside a training")
    differences = [
        np.abs(known.probabilities([read_photo(file)])[0] - predict(file)[2].numpy()).max()
        for file in files
    ]
    print(json.dumps({"largest_difference_of_a_probability": float(max(differences))}))


@contextmanager
def training(photographs: Path, home: str) -> Iterator[None]:
    """A fine-tuning in a process of its own, from its first batch on."""
    command = [sys.executable, "-m", "petwidgets", "train", "--data", str(photographs)]
    command += ["--recipe", "fine-tune", "--epochs", "50", "--limit-per-breed", "4"]
    process = subprocess.Popen(
        command, stderr=subprocess.DEVNULL, env={**os.environ, "PETWIDGETS_HOME": home}
    )
    try:
        began = False
        while not began:
            time.sleep(0.5)
            began = any('"batch"' in path.read_text() for path in Path(home).rglob("events.jsonl"))
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
