"""A training's place in the line and how long it waits, from what the run store knows."""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.runs.run import Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

LONGEST = 1e9
"""Seconds, thirty years: what says that it took longer is no training."""

NEWEST = 20
"""So many past runs are looked at: each of these files may hold thousands of names."""


def outlook(run: Run, line: list[str], at_once: int = 1) -> tuple[int, float | None]:
    """When a run that waits will begin.

    The runs of others are read for it. Whatever is wrong with one costs the estimate, not the run.

    Args:
        run: in the same store as the others.
        line: ids of all that train or wait, this one's too, in the order of their turns.
        at_once: how many trainings the engine does at a time.

    Returns:
        Its place, 1 for the next and 0 for one that begins now, and the seconds until then; None
        when there was no training like one of those ahead to learn from.
    """
    store = RunStore(run.folder.parents[1])
    others = [found for identity in line if (found := _find(store, identity)) and found != run]
    before = line[: line.index(run.id)]
    # One that trains is ahead even of those that have come to go before it since.
    ahead = [other for other in others if other.id in before or other.state == "running"]
    if len(ahead) < at_once:
        return 0, 0.0
    try:
        seconds = _seconds(ahead, store, at_once)
    except Exception as error:  # noqa: BLE001 - a run of somebody else's may be of any shape
        tell_once(run.id, repr(error))
        seconds = None
    return len(ahead) - at_once + 1, seconds


@lru_cache(maxsize=100)
def tell_once(identity: str, error: str) -> None:
    """Have the log say why nothing is estimated; it is asked for every two seconds."""
    log.warning("no estimate of when run %s begins: %s", identity, error)


def _find(store: RunStore, identity: str) -> Run | None:
    try:
        return store.get(identity)
    except Problem:
        return None


def _seconds(ahead: list[Run], store: RunStore, at_once: int) -> float | None:
    lessons = [*_learned(store)]
    left = [seconds_left(other, lessons) for other in ahead]
    return None if None in left else sum(filter(None, left)) / at_once


def seconds_left(run: Run, lessons: Iterable[tuple[str, float]]) -> float | None:
    """Seconds that a training still takes: by its own word, else as long as the last one like it.

    Args:
        run: that trains or waits.
        lessons: what was asked of trainings that finished, as `asked` has it, and their seconds;
            the newest first.

    Returns:
        None when it says nothing and none is like it.
    """
    for event in reversed(run.events() if run.state == "running" else []):
        if event.get("seconds_left") is not None:
            return float(event["seconds_left"])
    wanted = asked(run)
    return next((seconds for one, seconds in lessons if one == wanted), None)


def asked(run: Run) -> str:
    """What decides how long a run takes."""
    return json.dumps([run.kind, {**run.info["recipe"], "seed": None}], sort_keys=True)


def _learned(store: RunStore) -> Iterator[tuple[str, float]]:
    """Of the newest runs that were trained here those that finished: what was asked, and seconds.

    How long an import took on its own machine says nothing of this one.
    """
    here = (run for run in store.list() if run.made_here)
    for run in islice(here, NEWEST):
        try:
            written = (run.folder / "run.json").stat().st_mtime_ns
        except OSError:  # it was deleted
            continue
        if lesson := _lesson(run.folder, written):
            yield lesson


@lru_cache(maxsize=4 * NEWEST)
def _lesson(folder: Path, _written_ns: int) -> tuple[str, float] | None:
    """What a finished run teaches; nothing if it is not finished, or tells no seconds."""
    run = Run(folder)
    results: Any = run.info.get("results", {})
    seconds = results.get("seconds")
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if run.state != "finished" or not number:
        return None
    return (asked(run), float(seconds)) if 0 <= seconds <= LONGEST else None
