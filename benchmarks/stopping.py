"""Stop a fine-tuning early, or train again: as the lesson on epochs shows it before one presses.

    python benchmarks/stopping.py petwidgets/jobs/recorded_stopping.json

All layers of lite0 on the drawn sample at 64 pixels: one frozen epoch, then a cycle of 12, of 8, of
4 and of 2 epochs. Takes some ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from petwidgets.baseline.stopping import compared
from petwidgets.baseline.train import train
from petwidgets.jobs.stopping import Stopping, budgets
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

LONGEST = 12
SETTINGS = {
    "data": "sample",
    "size": 64,
    "presize": 80,
    "input": "fast",
    "batch_size": 32,
    "base_lr": 4e-3,
}


def wrong_of(epochs: int) -> tuple[np.ndarray, Stopping]:
    """(epochs, n): whether each photograph is wrong after each unfrozen epoch; and the frame."""
    recipe = make("fine-tune", epochs=epochs, **SETTINGS)
    run, kept = RunStore().create(recipe), []

    def heard(event: dict[str, object]) -> None:
        if event["event"] == "epoch":
            validation = run.fresh().validation()
            kept.append(validation.probabilities.argmax(1) != validation.targets)
            print(epochs, event["epoch"], event["error_rate"], flush=True)

    train(run, heard, lambda: False)
    found, stage = run.fresh().info, recipe.stages[-1]
    rate = float(np.max(stage.rate))
    frame = Stopping(len(found["files"]), len(found["train_files"]), rate, (), ())
    return np.array(kept[-epochs:]), frame


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="the JSON file to write")
    file = parser.parse_args().file
    long, frame = wrong_of(LONGEST)
    shorter = {n: wrong_of(n)[0][-1] for n in budgets(LONGEST)}
    stage = make("fine-tune", epochs=LONGEST, **SETTINGS).stages[-1]
    found = compared(frame, stage, long, shorter)
    file.write_text(json.dumps(asdict(found), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
