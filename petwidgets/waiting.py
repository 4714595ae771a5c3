"""A training's place in the line and how long it waits, from what the run store knows."""

from __future__ import annotations

from typing import Any

from petwidgets.problem import Problem
from petwidgets.runs import Run, RunStore

NEWEST = 20
"""So many past runs are looked at: each of these files may hold thousands of names."""


def outlook(run: Run, line: list[str], at_once: int = 1) -> tuple[int, float | None]:
    """When a run that waits will begin.

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
    ended = [other for other in store.list()[:NEWEST] if other.state == "finished"]
    left = [seconds_left(other, ended) for other in ahead]
    seconds = None if None in left else sum(filter(None, left)) / at_once
    return len(ahead) - at_once + 1, seconds


def _find(store: RunStore, identity: str) -> Run | None:
    try:
        return store.get(identity)
    except Problem:
        return None


def seconds_left(run: Run, ended: list[Run]) -> float | None:
    """Seconds that a training still takes: by its own word, else as long as the last one like it.

    Returns:
        None when it says nothing and none is like it.
    """
    for event in reversed(run.events() if run.state == "running" else []):
        if event.get("seconds_left") is not None:
            return float(event["seconds_left"])
    for other in ended:
        seconds = other.info.get("results", {}).get("seconds")
        if seconds is not None and _like(run) == _like(other):
            return float(seconds)
    return None


def _like(run: Run) -> dict[str, Any]:
    return {**run.info["recipe"], "seed": None}
