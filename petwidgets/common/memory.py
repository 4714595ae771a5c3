"""Memory of this machine, and the share that a worker may use."""

from __future__ import annotations

import os
from functools import cache

import psutil  # type: ignore[import-untyped]
from dask.utils import parse_bytes
from distributed.system import memory_limit

from petwidgets.common.errors import Problem

VARIABLE = "PETWIDGETS_WORKER_MEMORY"
"""Environment variable: memory of a worker, in bytes such as 6GB or as a share such as 50%."""

SHARE = 0.75
"""Default share of the machine's or container's memory that a worker may take."""

LEAST = 2**30
"""Least valid bytes; a worker that has imported fastai takes nearly as many."""


@cache
def _parsed(text: str) -> int:
    try:
        share = float(text.rstrip("% ")) / 100 if text.strip().endswith("%") else None
        limit = min(int(parse_bytes(text) if share is None else share * whole()), whole())
    except (ValueError, OverflowError):
        limit = 0
    if limit < LEAST:
        raise Problem(
            f"{VARIABLE} is {text!r}: give the memory of a worker as bytes such as 6GB, or as a"
            " share of the machine's such as 50%, and a gigabyte at least."
        )
    return limit


def worker_limit() -> int:
    """Bytes that a worker's process may take.

    Raises:
        Problem: `PETWIDGETS_WORKER_MEMORY` is no amount, or less than `LEAST`.
    """
    text = os.environ.get(VARIABLE, "")
    return _parsed(text) if text else int(SHARE * whole())


def whole() -> int:
    """Bytes of the machine, or of the container that this process is in."""
    return int(memory_limit())


def nearly_full(used: int, little: float, large: float) -> bool:
    """Whether the machine's memory is nearly full, and a process uses much of it.

    Args:
        used: bytes of the process.
        little: the memory is nearly full when less than this share of it is free.
        large: the process uses much when it holds more than this share of the memory.
    """
    memory = psutil.virtual_memory()
    return bool(memory.available < little * memory.total and used > large * memory.total)


def used() -> int:
    """Bytes that this process holds."""
    return int(psutil.Process().memory_info().rss)


def room() -> int:
    """Bytes that this process may still take, within its own limit and the free memory.

    Raises:
        Problem: as `worker_limit`.
    """
    return int(min(worker_limit() - used(), psutil.virtual_memory().available))
