"""Write results to stdout and progress to stderr, and turn the first interrupt into an event.

With `--json` a result is one JSON object a line.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from petwidgets.common.text import on_one_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping


def say(options: argparse.Namespace, value: Mapping[str, Any], text: str) -> None:
    line = json.dumps(value, ensure_ascii=False) if options.json else on_one_line(text)
    print(line, flush=True)


@contextmanager
def progress_bar(unit: str, *, scale: bool = False) -> Iterator[Callable[[int, int], None]]:
    from tqdm import tqdm

    # tqdm's own lock is for several processes; it may start one that imports the working folder's
    # modules.
    tqdm.set_lock(threading.RLock())
    with tqdm(unit=unit, unit_scale=scale, file=sys.stderr, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield progress


@contextmanager
def interrupted() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C or termination sets; the second ends the process."""
    event = threading.Event()

    def ask(number: int, _frame: Any) -> None:
        event.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
