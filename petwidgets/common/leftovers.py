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
"""Prefix of the names of our folders in the system's temporary folder."""

ALIVE = ".alive"
"""Lock file in such a folder; the process that works there holds the lock."""

STALE = 3600.0
"""Seconds without a write after which a partial file or folder is removed."""

HALF = re.compile(r"\..+\.[0-9a-f]{8}")
"""Names of temporary files of `paths.replacing`."""

HALF_RUN = re.compile(r"\.(import\.[0-9a-f]{16}|new\.[\w-]+|[A-Za-z0-9][\w-]*\.\d+)")
"""Names of folders beside the runs: of a run that is being imported, made or deleted."""


@contextmanager
def workplace() -> Iterator[Path]:
    """Yield a new temporary folder; it is removed after the block, or by a later `sweep`."""
    temporary = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
    with temporary as folder, FileLock(Path(folder) / ALIVE):
        yield Path(folder)


def sweep() -> list[Path]:
    """Remove the leftovers of ended processes from the home and the temporary folder.

    Returns:
        The removed files and folders.
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
    """Remove the folders left by processes killed while importing, making or deleting a run.

    Args:
        runs: the folder of a store.

    Returns:
        The removed folders.
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
    except OSError as error:  # another process may have removed it
        log.info("left behind: %s", error)
        return False
    return True
