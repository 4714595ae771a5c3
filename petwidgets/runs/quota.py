"""Quotas of visitors: runs and bytes per visitor, and bytes of all visitors together."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.common import limits
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.runs.info import ENDED

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.runs.run import Run
    from petwidgets.runs.store import RunStore

log = logging.getLogger(__name__)

KEPT_SEARCHES = 20
"""Searches (of rates or labels) kept per visitor. No page lists them, so older ones are removed."""

DELETE = "delete some of them under Compare runs first."


@dataclass(frozen=True)
class Usage:
    """Storage that visitors use.

    Args:
        runs: number of one visitor's runs.
        own: bytes of that visitor's runs.
        all: bytes of all visitors' runs and sessions.
    """

    runs: int = 0
    own: int = 0
    all: int = 0


def usage(store: RunStore, visitor: str) -> Usage:
    """Compute the storage of a visitor and of all visitors, without reading any run.json."""
    runs = own = 0
    everything = _size(store.folder.with_name("sessions"))
    for run in store.list():
        if not run.owner.visitor:
            continue
        size = _size(run.folder)
        everything += size
        if run.owner.visitor == visitor:
            runs, own = runs + 1, own + size
    return Usage(runs, own, everything)


def check_room(store: RunStore, visitor: str, more: int = 0) -> None:
    """Check that a visitor may have one more run.

    Args:
        store: the run store of the home.
        visitor: the owner of the new run.
        more: minimum size of the new run in bytes.

    Raises:
        Problem: the visitor keeps too many runs or bytes, or all visitors together do.
    """
    _forget_searches(store, visitor)
    now, most = usage(store, visitor), limits.RUNS.count
    if now.runs >= most:
        raise Problem(f"You keep {counted(now.runs, 'run')}, and {most:,} are the most: {DELETE}")
    _check_bytes(now, more)


def check_kept(store: RunStore, visitor: str) -> None:
    """Check that a visitor's present runs are within the quotas.

    Raises:
        Problem: the visitor's runs or those of all visitors together take too many bytes.
    """
    _check_bytes(usage(store, visitor), 0)


def _check_bytes(now: Usage, more: int) -> None:
    if _megabytes(now.own + more) > limits.RUNS_MB.value:
        raise Problem(
            f"Your runs take {_megabytes(now.own):,.0f} MB of the {limits.RUNS_MB.value:,.0f} MB"
            f" that a visitor has: {DELETE}"
        )
    if _megabytes(now.all + more) > limits.HOME_MB.value:
        raise Problem(
            f"What all visitors keep fills the {limits.HOME_MB.value:,.0f} MB that there are for"
            " it: delete runs that you don't need, or come back another day."
        )


def _forget_searches(store: RunStore, visitor: str) -> None:
    for run in _searches(store, visitor)[KEPT_SEARCHES:]:
        with suppress(Problem):  # it is running after all
            store.delete(run.id)
            log.info("the search %s gave way to newer ones", run.id)


def _searches(store: RunStore, visitor: str) -> list[Run]:
    """A visitor's searches that have ended, the newest first."""
    own = [run for run in store.list() if run.owner.visitor == visitor]
    return [run for run in own if run.kind != "training" and run.state in ENDED]


def _megabytes(size: int) -> float:
    return size / limits.MB


def _size(folder: Path) -> int:
    """Total size of the files in a folder, in bytes."""
    size = 0
    with suppress(OSError), os.scandir(folder) as entries:  # it may be deleted meanwhile
        for entry in entries:
            with suppress(OSError):
                size += entry.stat(follow_symlinks=False).st_size
    return size
