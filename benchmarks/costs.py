"""What architectures cost on this machine, as the lesson shows it before one measures oneself.

    python benchmarks/costs.py petwidgets/jobs/recorded_costs.json

Takes some ten minutes on two cores. Batches of 8 photographs at 224 pixels, fp32.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from petwidgets.jobs.model_cost import CHAPTER, Measuring
from petwidgets.learning.cost.cost import cost
from petwidgets.recipes.recipe import DEFAULT_ARCH


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="the JSON file to write")
    file = parser.parse_args().file
    measured = []
    for arch in (DEFAULT_ARCH, *CHAPTER):
        measured.append(cost(arch, Measuring(size=224, batch_size=8)))
        rates = (
            f"{measured[-1][body]['images_per_second']:.1f}" for body in ("frozen", "unfrozen")
        )
        print(arch, *rates, "photographs a second, frozen and unfrozen", flush=True)
    file.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
