"""A warm classification of one photograph against `Learner.predict`, in turn, in one process.

    python benchmarks/classify.py PHOTOGRAPHS [--rounds 30]

PHOTOGRAPHS is a folder of the Oxford-IIIT Pet set's images. Prints two JSON lines: on a machine
that does nothing else, and beside a training in another process, as a visitor of a class meets it.
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
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from fastai.callback.progress import ProgressCallback

from petwidgets.data.image import read_photo
from petwidgets.inference.classify import classifier
from petwidgets.learning.train.learner import learner
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastai.learner import Learner

    from petwidgets.inference.classify import Classifier


def timed(work: object, *args: object) -> tuple[float, object]:
    began = time.perf_counter()
    result = work(*args)
    return time.perf_counter() - began, result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    os.environ["PETWIDGETS_DATA"] = str(options.photographs)
    run = RunStore().get(SHIPPED_ID)
    learn, known = learner(run), classifier(run)
    files = [options.photographs / name for name in run.info["files"][:: 740 // options.rounds]]
    learn.remove_cb(ProgressCallback)
    learn.predict(files[0])
    known.answer(read_photo(files[0]))
    print(json.dumps(measured("alone", learn, known, files[: options.rounds])), flush=True)
    with tempfile.TemporaryDirectory() as home, training(options.photographs, home):
        print(json.dumps(measured("beside a training", learn, known, files[: options.rounds])))


def measured(where: str, learn: Learner, known: Classifier, files: list[Path]) -> dict[str, Any]:
    ours, fastais, differences = [], [], []
    for file in files:
        seconds, (_, _, expected) = timed(learn.predict, file)
        fastais.append(seconds)
        seconds, _ = timed(lambda f: known.answer(read_photo(f)), file)
        ours.append(seconds)
        row = known.probabilities([read_photo(file)])[0]
        differences.append(float(np.abs(row - expected.numpy()).max()))
    return {
        "where": where,
        "photographs": len(ours),
        "ours_ms": round(1e3 * median(ours), 1),
        "learner_predict_ms": round(1e3 * median(fastais), 1),
        "ratio": round(median(f / o for f, o in zip(fastais, ours, strict=True)), 1),
        "largest_difference_of_a_probability": max(differences),
    }


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
