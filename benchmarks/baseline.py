"""How soon the baseline's error rate is there, and when the chapter's `fine_tune` is as good.

    python benchmarks/baseline.py PHOTOGRAPHS [--per-breed 27] [--epochs 8]

Same photographs, split, backbone and machine; the baseline first, then `fine_tune(epochs)` at its
default rates, both timed from the list of files on, with all imports done. Prints JSON lines.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.baseline.train import train
from petwidgets.learning.models.backbones import pretrained
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from petwidgets.recipes.recipe import Recipe


def timed(recipe: Recipe, store: RunStore, enough: float = 0.0) -> dict[str, Any]:
    """Train; the seconds until an epoch's error rate is `enough` or less, and all epochs."""
    epochs: list[dict[str, Any]] = []

    def heard(event: dict[str, Any]) -> None:
        if event["event"] == "epoch":
            epochs.append(event)

    run = store.create(recipe)
    began = time.monotonic()
    results = train(run, heard, lambda: bool(epochs) and epochs[-1]["error_rate"] <= enough)
    reached = [event["t"] for event in epochs if event["error_rate"] <= enough]
    return {
        "recipe": recipe.name,
        "seconds": round(time.monotonic() - began, 1),
        "error_rate": results["error_rate"],
        "reached_after": reached[0] if reached else None,
        "epochs": [(event["t"], round(event["error_rate"], 4)) for event in epochs],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--per-breed", type=int, default=27)
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    common = {"data": str(options.photographs), "limit_per_breed": options.per_breed}
    pretrained("tf_efficientnet_lite0")
    with tempfile.TemporaryDirectory() as home:
        store = RunStore(Path(home))
        first = timed(make("baseline", **common), store)
        print(json.dumps(first), flush=True)
        recipe = make("fine-tune", epochs=options.epochs, **common)
        chapter = timed(recipe, store, first["error_rate"])
    print(json.dumps(chapter))
    until = chapter["reached_after"] or chapter["seconds"]
    result = {
        "ratio": round(until / first["seconds"], 1),
        "reached": chapter["reached_after"] is not None,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
