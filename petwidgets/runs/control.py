"""Lock a run, and ask the process that trains it to stop or to pause, by files in its folder."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from petwidgets.common.paths import complaints

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_PAUSE = 600.0
"""Seconds that a run stays paused at most: others may wait for it."""


@dataclass(frozen=True)
class Control:
    """The files of a run's folder through which processes agree about its training.

    Args:
        folder: the run's.
    """

    folder: Path

    @contextmanager
    def lock(self, patience: float = 0.0) -> Iterator[bool]:
        """Lock the run for this process until the block ends; yield whether that succeeded.

        Only the process with the lock may train the run or write its end. The system releases the
        lock of a process that dies. `patience` is the timeout in seconds.

        Raises:
            Problem: the run's folder can't be written.
        """
        before = self.folder / "charge"  # the lock's name in 0.1: such a process may hold it
        path = before if before.exists() else self.folder / "lock"
        lock = FileLock(path)
        with complaints(path):
            try:
                lock.acquire(timeout=patience)
            except Timeout:  # an OSError that `complaints` is not to report
                ours = False
            else:
                ours = True
        try:
            yield ours
        finally:
            if ours:
                lock.release()

    def ask_to_stop(self, why: str = "") -> None:
        """Ask the process that trains this run to stop within a second.

        Args:
            why: a sentence for the page, if the program and not the user stops it.

        Raises:
            Problem: the run's folder can't be written.
        """
        with complaints(self.folder / "stop"):
            (self.folder / "stop").write_text(why, "utf-8")

    @property
    def asked_to_stop(self) -> bool:
        """Whether the training was asked to stop."""
        return (self.folder / "stop").exists()

    @property
    def why_stopped(self) -> dict[str, str]:
        """`{"sentence": why}` of `ask_to_stop`; empty without a reason."""
        try:
            why = (self.folder / "stop").read_text("utf-8")
        except (OSError, ValueError):
            why = ""
        return {"sentence": why} if why else {}

    def withdraw_stop(self) -> None:
        """Withdraw the request of `ask_to_stop`.

        Raises:
            Problem: the run's folder can't be written.
        """
        with complaints(self.folder / "stop"):
            (self.folder / "stop").unlink(missing_ok=True)

    def ask_to_pause(self, *, waits: bool) -> None:
        """Ask the process that trains this run to pause after the current batch, or to continue.

        Raises:
            Problem: the run's folder can't be written.
        """
        path = self.folder / "pause"
        with complaints(path):
            path.touch() if waits else path.unlink(missing_ok=True)

    @property
    def asked_to_pause(self) -> bool:
        """Whether the training was asked to pause."""
        return (self.folder / "pause").exists()
