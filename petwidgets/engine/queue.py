"""A training's position in the queue and its estimated waiting time, from the run store."""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.runs.info import ENDED
from petwidgets.runs.run import Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

LONGEST = 1e9
"""Seconds (thirty years): a run with a longer duration is ignored as damaged."""

OVER = {*ENDED} - {"damaged"}
"""States of runs that wait no more; of a damaged one that is not known."""

NEWEST = 20
"""Past runs that are read for an estimate; each run.json may hold thousands of names."""


def position_and_eta(run: Run, line: list[str], at_once: int = 1) -> tuple[int, float | None]:
    """Estimate when a queued run will begin.

    The runs ahead are read for it. A damaged one costs the estimate, but not this run.

    Args:
        run: in the same store as the others.
        line: ids of all runs that train or wait, including this one, in scheduling order.
        at_once: how many trainings the engine runs at a time.

    Returns:
        The position (0: begins now, 1: next), and the seconds until the run begins. The seconds are
        None if a run ahead is paused, or resembles no finished training.
    """
    store = RunStore(run.folder.parents[1])
    ahead = _ahead(run, line, store)
    if len(ahead) < at_once:
        return 0, 0.0
    try:
        seconds = _seconds(ahead, store, at_once)
    except Exception as error:  # noqa: BLE001 - another user's run.json may hold anything
        log_once(run.id, repr(error))
        seconds = None
    return len(ahead) - at_once + 1, seconds


def waits_for_paused(run: Run, line: list[str]) -> bool:
    """Whether a run ahead of a queued one is paused; arguments as of `position_and_eta`."""
    return any(map(_is_paused, _ahead(run, line, RunStore(run.folder.parents[1]))))


def _ahead(run: Run, line: list[str], store: RunStore) -> list[Run]:
    others = [entry for identity in line if (entry := _find(store, identity)) and entry != run]
    before = line[: line.index(run.id)]
    # A running training is ahead even of queued runs with a higher priority. One that was stopped
    # as it waited stays in line until the engine has come to it.
    return [
        entry
        for entry in others
        if entry.state == "running" or (entry.id in before and entry.state not in OVER)
    ]


def _is_paused(run: Run) -> bool:
    """Whether a run waits with its next batch; its last event says so, not the request alone."""
    if run.state != "running" or not run.control.asked_to_pause:
        return False
    return [event["event"] for event in run.events()][-1:] == ["paused"]


@lru_cache(maxsize=100)
def log_once(identity: str, error: str) -> None:
    """Log why there is no estimate, once per run and error: it is computed every two seconds."""
    log.warning("no estimate of when run %s begins: %s", identity, error)


def _find(store: RunStore, identity: str) -> Run | None:
    try:
        return store.get(identity)
    except Problem:
        return None


def _seconds(ahead: list[Run], store: RunStore, at_once: int) -> float | None:
    finished = [*_finished(store)]
    waits = [seconds_left(other, finished) for other in ahead]
    return None if None in waits else sum(filter(None, waits)) / at_once


def seconds_left(run: Run, finished: Iterable[tuple[str, float]]) -> float | None:
    """Seconds that a training still takes.

    Taken from its latest event; without one, from the newest finished run with the same settings.

    Args:
        run: a run that trains or waits.
        finished: settings (as of `settings_key`) and seconds of finished runs, the newest first.

    Returns:
        None if neither is known, or the run is paused: only its owner knows for how long.
    """
    if _is_paused(run):
        return None
    for event in reversed(run.events() if run.state == "running" else []):
        if event.get("seconds_left") is not None:
            return float(event["seconds_left"])
    key = settings_key(run)
    return next((seconds for settings, seconds in finished if settings == key), None)


def settings_key(run: Run) -> str:
    """The settings that decide how long a run takes: its kind and its recipe without the seed."""
    return json.dumps([run.kind, {**run.info["recipe"], "seed": None}], sort_keys=True)


def _finished(store: RunStore) -> Iterator[tuple[str, float]]:
    """Settings and seconds of the newest finished runs of this machine.

    Imported runs are left out: their durations are those of another machine.
    """
    runs = (run for run in store.list() if run.made_here)
    for run in islice(runs, NEWEST):
        try:
            modified_ns = (run.folder / "run.json").stat().st_mtime_ns
        except OSError:  # the run was deleted
            continue
        if pair := _settings_and_seconds(run.folder, modified_ns):
            yield pair


@lru_cache(maxsize=4 * NEWEST)
def _settings_and_seconds(folder: Path, _modified_ns: int) -> tuple[str, float] | None:
    """Settings and seconds of a finished run; None for any other run."""
    run = Run(folder)
    results: Any = run.info.get("results", {})
    seconds = results.get("seconds")
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if run.state != "finished" or not number:
        return None
    return (settings_key(run), float(seconds)) if 0 <= seconds <= LONGEST else None
