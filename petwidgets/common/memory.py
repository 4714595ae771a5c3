"""Memory of this machine, and the share that a worker may use."""

from __future__ import annotations

import os
from functools import cache

import psutil  # type: ignore[import-untyped]
from dask.utils import parse_bytes
from distributed.system import memory_limit

from petwidgets.common.errors import Problem

VARIABLE = "PETWIDGETS_WORKER_MEMORY"
"""Bytes that a worker's process may take, such as 6GB, or a share of the machine's, such as 50%."""

SHARE = 0.75
"""Of the machine's memory, or the container's: what a worker may take if nothing else is said."""

LEAST = 2**30
"""Bytes: a worker that has imported fastai takes nearly as many."""


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
        Problem: `PETWIDGETS_WORKER_MEMORY` says something else than an amount.
    """
    text = os.environ.get(VARIABLE, "")
    return _parsed(text) if text else int(SHARE * whole())


def whole() -> int:
    """Bytes of the machine, or of the container that this process is in."""
    return int(memory_limit())


def nearly_full(used: int, little: float, large: float) -> bool:
    """Whether little of the machine's memory is free, and a process is large enough to be to blame.

    Args:
        used: its bytes.
        little: share of the memory that is little.
        large: share of it that is large.
    """
    memory = psutil.virtual_memory()
    return bool(memory.available < little * memory.total and used > large * memory.total)


def used() -> int:
    """Bytes that this process holds."""
    return int(psutil.Process().memory_info().rss)


def room() -> int:
    """Bytes that this process may still take: of its own limit, and of what is free.

    Raises:
        Problem: as `worker_limit`.
    """
    return int(min(worker_limit() - used(), psutil.virtual_memory().available))
