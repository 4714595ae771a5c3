"""A warm classification of one photograph against `Learner.predict`, in turn, in one process.

    python benchmarks/classify.py PHOTOGRAPHS [--rounds 30]

PHOTOGRAPHS is a folder of the Oxford-IIIT Pet set's images. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from statistics import median

import numpy as np

from petwidgets.data.photo import read_photo
from petwidgets.learning.learners import learner
from petwidgets.learning.predict import classifier
from petwidgets.runs import SHIPPED_ID, RunStore


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
    ours, fastais, differences = [], [], []
    learn.predict(files[0])
    known.answer(read_photo(files[0]))
    for file in files[: options.rounds]:
        seconds, (_, _, expected) = timed(learn.predict, file)
        fastais.append(seconds)
        seconds, _ = timed(lambda f: known.answer(read_photo(f)), file)
        ours.append(seconds)
        row = known.probabilities([read_photo(file)])[0]
        differences.append(float(np.abs(row - expected.numpy()).max()))
    result = {
        "photographs": len(ours),
        "ours_ms": round(1e3 * median(ours), 1),
        "learner_predict_ms": round(1e3 * median(fastais), 1),
        "ratio": round(median(f / o for f, o in zip(fastais, ours, strict=True)), 1),
        "largest_difference_of_a_probability": max(differences),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
