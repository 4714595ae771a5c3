"""How many pages a machine has room for."""

from __future__ import annotations

import os

from petwidgets.problem import Problem

KERNEL_BYTES = 120_000_000
"""What is set aside for each page; one weighs 30 MB when it opens, and grows with its photographs."""

ENGINE_BYTES = 3_000_000_000
"""What is left to the engine and the server."""

FEWEST = 4
"""Even the smallest machine is tried with so many."""


def max_kernels(chosen: int = 0) -> int:
    """The number of pages that may be open at once.

    Args:
        chosen: by a person; 0 for `PETWIDGETS_MAX_KERNELS`, else what the memory allows.

    Raises:
        Problem: the number is none, or below 1.
    """
    said = str(chosen or os.environ.get("PETWIDGETS_MAX_KERNELS", ""))
    if not said:
        return max(FEWEST, (free_bytes() - ENGINE_BYTES) // KERNEL_BYTES)
    if not said.isdecimal() or int(said) < 1:
        raise Problem(f"--max-kernels is a number of pages from 1 on, such as {FEWEST}.")
    return int(said)


def free_bytes() -> int:
    """The memory that is free on this machine, or may be used by this container if that is less."""
    import psutil  # type: ignore[import-untyped]
    from distributed.system import MEMORY_LIMIT

    return int(min(MEMORY_LIMIT, psutil.virtual_memory().available))
