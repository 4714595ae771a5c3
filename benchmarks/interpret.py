"""The most confused pairs, from kept predictions and by fastai's `ClassificationInterpretation`.

    python benchmarks/interpret.py PHOTOGRAPHS [--breeds 4] [--each 8] [--rounds 5]

PHOTOGRAPHS is a folder of the Oxford-IIIT Pet set's images. As `petwidgets bench most-confused`,
and with `ClassificationInterpretation.from_learner(learn).most_confused()`. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
from itertools import islice
from pathlib import Path
from statistics import median

from petwidgets.bench.home import own_home
from petwidgets.bench.most_confused import compared, trained
from petwidgets.bench.subset import linked, of_breeds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--breeds", type=int, default=4)
    parser.add_argument("--each", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    some = of_breeds(options.photographs, options.breeds, options.each)
    with own_home(), linked(some) as folder:
        run = trained(folder)
        found = [*islice(compared(run), options.rounds)]
    own, first, again = (1e3 * median(column) for column in zip(*found, strict=True))
    result = {
        "validated_on": len(run.info["files"]),
        "ours_ms": round(own, 3),
        "from_learner_ms": round(first, 1),
        "called_again_ms": round(again, 1),
        "ratio_from_learner": round(median(row[1] / row[0] for row in found)),
        "ratio_called_again": round(median(row[2] / row[0] for row in found)),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
