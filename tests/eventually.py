"""Other processes: waiting for what they do, and what they are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable


def eventually(condition: Callable[[], object], seconds: float, what: str = "") -> None:
    """Pass as soon as a condition holds; fail, saying what did not happen, when it does not."""
    late = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < late, what
        time.sleep(0.05)


def words_of(process: psutil.Process) -> list[str]:
    """Its command, empty where it has ended."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
