"""The most confused pairs, from kept predictions and by fastai's `ClassificationInterpretation`.

    python benchmarks/interpret.py PHOTOGRAPHS [--breeds 4] [--each 8] [--rounds 5]

PHOTOGRAPHS is a folder of the Oxford-IIIT Pet set's images. A baseline is trained on a few of them,
and asked in turn, in one process: by our `most_confused` on what the run has kept, read anew from
its file each time; by `ClassificationInterpretation.from_learner(learn).most_confused`; and by
`interp.most_confused` called again. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from fastai.callback.progress import ProgressCallback
from fastai.interpret import ClassificationInterpretation

from petwidgets.baseline.train import train
from petwidgets.learning.train.learner import learner
from petwidgets.metrics.confusion import matrix_of, most_confused
from petwidgets.metrics.predictions import read
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.runs.run import Run

Pairs = list[tuple[str, str, int]]


def timed(work: Callable[[], Pairs]) -> tuple[float, Pairs]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--breeds", type=int, default=4)
    parser.add_argument("--each", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["PETWIDGETS_HOME"] = home
        folder = few(options.photographs, Path(home) / "few", options.breeds, options.each)
        run = RunStore().create(make("baseline", data=str(folder), epochs=3))
        train(run, lambda _: None, lambda: False)
        print(json.dumps(measured(run.fresh(), options.rounds)))


def few(photographs: Path, folder: Path, breeds: int, each: int) -> Path:
    """A folder of links to photographs of the first breeds."""
    folder.mkdir()
    names = sorted({path.name.rsplit("_", 1)[0] for path in photographs.glob("*.jpg")})
    for name in names[:breeds]:
        for path in sorted(photographs.glob(f"{name}_*.jpg"))[:each]:
            (folder / path.name).symlink_to(path.resolve())
    return folder


def ours(run: Run) -> Pairs:
    """From the run's file."""
    found = read(run)
    return most_confused(matrix_of(found), found.vocab)


def measured(run: Run, rounds: int) -> dict[str, object]:
    learn = learner(run)
    learn.remove_cb(ProgressCallback)
    interp = ClassificationInterpretation.from_learner(learn)
    first, again, own, same = [], [], [], True
    for _ in range(rounds):
        seconds, whole = timed(
            lambda: ClassificationInterpretation.from_learner(learn).most_confused()
        )
        first.append(seconds)
        seconds, repeated = timed(interp.most_confused)
        again.append(seconds)
        seconds, found = timed(lambda: ours(run))
        own.append(seconds)
        same = same and found == whole == repeated
    return {
        "validated_on": len(run.info["files"]),
        "same_pairs": same,
        "ours_ms": round(1e3 * median(own), 3),
        "from_learner_ms": round(1e3 * median(first), 1),
        "called_again_ms": round(1e3 * median(again), 1),
        "ratio_from_learner": round(median(f / o for f, o in zip(first, own, strict=True))),
        "ratio_called_again": round(median(a / o for a, o in zip(again, own, strict=True))),
    }


if __name__ == "__main__":
    main()
