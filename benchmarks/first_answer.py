"""From a started `petwidgets serve` to the first answer, and what its processes weigh.

    python benchmarks/first_answer.py PHOTOGRAPH [--rounds 3]

Each round starts a server with an empty home, opens a page, drops the photograph, and waits until a
probability is shown. Prints a line of JSON: medians in seconds, and MB (PSS) of each process.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

from page_client import PageClient

from petwidgets.bench.serving import memory, processes, served


def _shows_bars(state: dict[str, Any]) -> bool:
    return bool(state.get("items")) and "most probable" in str(state.get("caption"))


def timed(photo: bytes) -> dict[str, float]:
    """One round: seconds of each step, and the memory of each process."""
    with served(None) as (url, server, _):
        began = time.monotonic()
        page = PageClient(url)
        opened = time.monotonic()
        page.classify(photo)
        page.hear(lambda _: any(map(_shows_bars, page.models.values())))
        answered = time.monotonic()
        weights = {kind: sum(map(memory, found)) for kind, found in processes(server).items()}
    return {"page_s": opened - began, "answer_s": answered - opened, **weights}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photograph", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rounds = [timed(options.photograph.read_bytes()) for _ in range(options.rounds)]
    result: dict[str, Any] = {"rounds": len(rounds)}
    for name in rounds[0]:
        result[name] = round(median(one[name] for one in rounds if name in one), 2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
