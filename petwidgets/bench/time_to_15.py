"""How soon an error rate of 15 % is reached: the baseline, and the chapter's `fine_tune(2)`.

Same photographs, split, backbone and machine. Timed from the list of files on, with all imports
done, and with empty caches.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from petwidgets.baseline.train import train
from petwidgets.bench.home import own_home
from petwidgets.bench.row import Pair, Row
from petwidgets.bench.subset import linked, of_breeds
from petwidgets.metrics.intervals import wilson
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.bench.row import Pairs, Settings
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event

ENOUGH = 0.15

EACH, EACH_LARGE, MANY = 40, 200, 20
"""Photographs of each breed; from so many breeds on, all that the Oxford set has."""

Epoch = dict[str, Any]


def timed(
    recipe: Recipe,
    enough: float = ENOUGH,
    patience: float = float("inf"),
    heard: Callable[[Epoch], None] = lambda _: None,
) -> dict[str, Any]:
    """Train in the home as it is, until an epoch's error rate is `enough` or less.

    Args:
        recipe: of the training.
        enough: the error rate that ends it.
        patience: seconds after which it is ended anyhow.
        heard: called with each epoch.

    Returns:
        Whether it was `reached`, `seconds` of the clock until the epoch that did it or until the
        end, the processor's, the whole training's, and `epochs`.
    """
    epochs: list[Epoch] = []
    began, worked = time.monotonic(), time.process_time()

    def note(event: Event) -> None:
        if event["event"] == "epoch":
            epochs.append({**event, "cpu": time.process_time() - worked})
            heard(epochs[-1])

    def reached() -> bool:
        return bool(epochs) and epochs[-1]["error_rate"] <= enough

    run = RunStore().create(recipe)
    train(run, note, lambda: reached() or time.monotonic() - began > patience)
    whole = time.monotonic() - began
    last = epochs[-1] if epochs else {}
    n, error = len(run.fresh().info["files"]), last.get("error_rate")
    return {
        "reached": reached(),
        "seconds": round(last["t"] if reached() else whole, 1),
        "cpu_seconds": round(last.get("cpu", time.process_time() - worked), 1),
        "whole_seconds": round(whole, 1),
        "error_rate": error if error is None else round(error, 4),
        "interval": error and [round(end, 3) for end in wilson(round(error * n), n)],
        "validated_on": n,
        "epochs": [(e["t"], round(e["cpu"], 1), round(e["error_rate"], 4)) for e in epochs],
    }


def pairs(settings: Settings, breeds: int) -> Pairs:
    """Once for each seed of the split, since a round on the same one would be the same."""
    each = EACH_LARGE if breeds >= MANY else EACH
    with linked(of_breeds(settings.pictures, breeds, each)) as folder:
        settings_of_both = {"data": str(folder), "split": "by-breed", "batch_size": 16}
        both = make("baseline", **settings_of_both), make("fine-tune", epochs=2, **settings_of_both)
        for seed in range(42, 142):
            found = []
            for recipe in both:
                with own_home():
                    found.append(timed(replace(recipe, seed=seed), patience=settings.patience))
            ours, theirs = found
            if not ours["reached"]:
                return  # no time to compare
            yield Pair(ours["seconds"], theirs["seconds"], unfinished=not theirs["reached"])


ROW = Row(
    name="time-to-15",
    what="from the files to an error rate of 15 % on the validation set",
    unit="s",
    ours="the baseline on lite0's features",
    theirs="fine_tune(2) of lite0, fastai's input",
    measure=pairs,
    needs=("torch", "photographs"),
    rounds=1,
    grows_with="breeds",
    sizes=(2, 8),
    large=(2, 8, 37),
)
