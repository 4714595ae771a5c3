"""Remove the leftovers of killed processes: temporary folders, partial files, partial runs."""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from petwidgets.common.paths import home

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

PREFIX = "petwidgets-"
"""How the names of our folders in the system's temporary folder begin."""

ALIVE = ".alive"
"""A file in such a folder, locked by the process that works there as long as it does."""

STALE = 3600.0
"""Seconds without a write after which a partial file or folder is removed."""

HALF = re.compile(r"\..+\.[0-9a-f]{8}")
"""Files as of `home.replacing`."""

HALF_RUN = re.compile(r"\.(import\.[0-9a-f]{16}|new\.[\w-]+|[A-Za-z0-9][\w-]*\.\d+)")
"""Folders beside the runs: of an import, of a run that is being made, or deleted."""


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder in the system's temporary folder; gone afterwards, or with the next `sweep`."""
    temporary = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
    with temporary as folder, FileLock(Path(folder) / ALIVE):
        yield Path(folder)


def sweep() -> list[Path]:
    """Remove what processes that are gone have left in the home, and in the temporary folder.

    Returns:
        What was removed.
    """
    removed = [path for path in _half_files() if _remove(path)]
    removed += sweep_runs(home() / "runs")
    removed += [path for path in _workplaces() if _is_abandoned(path) and _remove(path)]
    if removed:
        log.info("left behind by processes that are gone, and removed: %d", len(removed))
    return removed


def _half_files() -> list[Path]:
    paths = [path for path in home().rglob(".*") if HALF.fullmatch(path.name)]
    return [path for path in paths if path.is_file() and _is_stale(path)]


def sweep_runs(runs: Path) -> list[Path]:
    """Remove what a process left that was killed as it imported, made or deleted a run.

    Args:
        runs: the folder of a store.

    Returns:
        What was removed.
    """
    paths = [path for path in runs.glob(".*") if HALF_RUN.fullmatch(path.name)]
    return [path for path in paths if path.is_dir() and _is_stale(path) and _remove(path)]


def _workplaces() -> list[Path]:
    return [
        path
        for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
        if (path / ALIVE).is_file() and not path.is_symlink() and _is_stale(path)
    ]


def _is_stale(path: Path) -> bool:
    with suppress(OSError):
        facts = path.lstat()
        own = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
        return own and time.time() - facts.st_mtime > STALE
    return False


def _is_abandoned(folder: Path) -> bool:
    """Whether its lock is free; the system releases the lock of a process that dies."""
    try:
        with FileLock(folder / ALIVE, timeout=0):
            return True
    except (Timeout, OSError):
        return False


def _remove(path: Path) -> bool:
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError as error:  # another process may do so, too
        log.info("left behind: %s", error)
        return False
    return True
