"""The drawn sample in the cache, drawn by one process at a time; the others wait and watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from petwidgets.common.errors import Problem
from petwidgets.common.paths import cache, complaints
from petwidgets.data.synthetic import sample

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.data.synthetic.sample import Progress, Stop

SECONDS_BETWEEN_LOOKS = 0.3


def folder() -> Path:
    """Where it is, once it is drawn."""
    return cache(f"drawn-{sample.VERSION}")


def draw(progress: Progress | None = None, stop: Stop | None = None) -> Path:
    """Draw it unless it is there, or wait for the process that does; returns its folder.

    Thirty pages that are opened at once would else draw it thirty times.

    Args:
        progress: called with (pictures done, pictures in all).
        stop: called several times a second; true ends the drawing, or the wait.

    Raises:
        Problem: stopped, the disk is full, or the home can't be written.
    """
    wanted = folder()
    if sample.complete(wanted):
        return sample.draw_sample(wanted, progress=progress)
    with complaints(wanted):
        wanted.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(wanted.with_suffix(".lock"))
        while not _acquired(lock):
            if stop and stop():
                raise Problem(sample.STOPPED)
            if progress:
                progress(len(sample.drawn_so_far(wanted)), sample.COUNT)
    try:
        return sample.draw_sample(wanted, progress=progress, stop=stop)
    finally:
        lock.release()


def so_far() -> list[Path]:
    """The pictures that are drawn already while others are being drawn, in no order."""
    return sample.drawn_so_far(folder())


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=SECONDS_BETWEEN_LOOKS)
    except Timeout:
        return False
    return True
