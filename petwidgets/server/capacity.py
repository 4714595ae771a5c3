"""Capacity of a server: how many pages it can hold, and the limits of each."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import resource
except ImportError:  # there is none on Windows
    resource = None  # type: ignore[assignment]

PLACE_BYTES = 120_000_000
"""Bytes reserved for each page; a newly opened one uses a third of them."""

PLACE_FILES = 16
"""Open files of the server for each page; measured: 13."""

FILES, MOST_FILES = 200, 65_536
"""Further open files of the server, and the most that it requests, connections included."""

ENGINE_BYTES = 3_000_000_000
"""Bytes reserved for the engine and the server."""

FEWEST = 4
"""Number of pages that even the smallest machine is tried with."""

KERNEL_MB = 1000
"""Memory of one page's kernel in millions of bytes; a kernel that holds more is ended."""

SMALLEST_MB = 200
"""Smallest valid limit; a kernel that has just started holds half of it."""

IDLE_SECONDS = 180.0
"""A kernel without a connected page is ended after this time; its page comes back to where it was.
A page that is closed says so, and its kernel ends at once. `PETWIDGETS_IDLE_SECONDS` overrides
this."""

ARRIVAL_SECONDS = 30.0
"""The same for a kernel to which no page has connected yet. A page that is still loading sends
signs of life. `PETWIDGETS_ARRIVAL_SECONDS` overrides this."""

LONGEST_FOLDER = 40
"""Characters of the temporary folder's path; a longer one leaves no room for names of sockets."""


@dataclass(frozen=True)
class Limits:
    """Limits of the pages of a server.

    Args:
        kernels: the most pages at once, preheated kernels included; 0 for what the memory allows.
        each: the most pages of one address, once three quarters are taken; 0 for no such limit,
            because a whole class may share an address.
        megabytes: the most memory of one page's kernel, in millions of bytes.
    """

    kernels: int = 0
    each: int = 0
    megabytes: int = KERNEL_MB

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            Problem: one is out of range.
        """
        if self.kernels < 0:
            raise Problem(
                f"--max-kernels is a number of pages from 1 on, such as {FEWEST}; 0 for as many as"
                " the memory allows."
            )
        if self.each < 0:
            raise Problem("--max-per-address is a number of pages from 1 on; 0 for no limit.")
        if self.megabytes < SMALLEST_MB:
            raise Problem(f"--kernel-mb is a number of megabytes from {SMALLEST_MB} on.")

    def options(self) -> Iterator[str]:
        """Yield the command-line options that pass the limits to Voila.

        Raises:
            Problem: `PETWIDGETS_IDLE_SECONDS` or `PETWIDGETS_ARRIVAL_SECONDS` is not a number
                above 0.
        """
        size = self.megabytes * 1_000_000
        yield f"--PageKernels.most={self.kernels or affordable()}"
        yield f"--PageKernels.each={self.each}"
        yield f"--PageKernels.memory={size}"
        yield f"--ForkProvisioner.data_bytes={2 * size}"  # bounds it between two checks
        yield f"--PageKernels.idle_seconds={_seconds('PETWIDGETS_IDLE_SECONDS', IDLE_SECONDS)}"
        arrival = _seconds("PETWIDGETS_ARRIVAL_SECONDS", ARRIVAL_SECONDS)
        yield f"--PageKernels.arrival_seconds={arrival}"
        if sys.platform != "win32" and len(tempfile.gettempdir()) <= LONGEST_FOLDER:
            # Sockets in a private folder instead of ports, which every account can reach.
            yield "--KernelManager.transport=ipc"


def _seconds(variable: str, otherwise: float) -> float:
    text = os.environ.get(variable)
    try:
        seconds = float(text) if text else otherwise
    except ValueError:
        seconds = 0
    if not seconds > 0:
        raise Problem(f"{variable} is a number of seconds, such as {otherwise:g}.")
    return seconds


def affordable() -> int:
    """The number of pages that free memory and open files allow, here or in this container."""
    import psutil  # type: ignore[import-untyped]
    from distributed.system import MEMORY_LIMIT

    free = int(min(MEMORY_LIMIT, psutil.virtual_memory().available))
    by_memory, by_files = (
        (free - ENGINE_BYTES) // PLACE_BYTES,
        (open_files() - FILES) // PLACE_FILES,
    )
    return max(FEWEST, min(by_memory, by_files))


def allow_files() -> None:
    """Raise this process' limit of open files, often 1,024, to `open_files`.

    Otherwise idle connections of one visitor would keep all others out.
    """
    if resource is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, open_files()), hard))


def open_files() -> int:
    """The most open files that the system allows to the server, at most `MOST_FILES`."""
    if resource is None:
        return MOST_FILES
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
