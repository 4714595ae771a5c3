"""How soon the baseline's error rate is there, and when the chapter's `fine_tune` is as good.

    python benchmarks/baseline.py PHOTOGRAPHS [--per-breed 27] [--epochs 8]

Same photographs, split, backbone and machine; the baseline first, then `fine_tune(epochs)` at its
default rates, both timed from the list of files on, with all imports done. Prints JSON lines.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from petwidgets.bench.home import own_home
from petwidgets.bench.time_to_15 import timed
from petwidgets.learning.models.backbones import pretrained
from petwidgets.recipes.presets import make


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--per-breed", type=int, default=27)
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    common = {"data": str(options.photographs), "limit_per_breed": options.per_breed}
    pretrained("tf_efficientnet_lite0")
    with own_home():
        first = timed(make("baseline", **common), enough=0.0)
        print(json.dumps({"recipe": "baseline", **first}), flush=True)
        recipe = make("fine-tune", epochs=options.epochs, **common)
        chapter = timed(recipe, first["error_rate"])
    print(json.dumps({"recipe": "fine-tune", **chapter}))
    ratio = round(chapter["seconds"] / first["whole_seconds"], 1)
    print(json.dumps({"ratio": ratio, "reached": chapter["reached"]}))


if __name__ == "__main__":
    main()
