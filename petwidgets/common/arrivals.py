"""Tell pages that a browser on this machine opened directly from all others.

`petwidgets serve` on loopback serves its owner, but a proxy or a tunnel may bring others to the
same port. The server therefore checks the headers of each page's request, and writes the result to
a file for the kernel, which does not see the request. Without that file the page counts as a
visitor's.
"""

from __future__ import annotations

import ipaddress
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

VARIABLE = "PETWIDGETS_ARRIVALS"
"""Environment variable with the folder of the records; unset or empty: all pages are visitors'."""

STRAIGHT, PASSED_ON = "straight", "passed on"

PROXIES = ("forwarded", "via", "x-forwarded", "x-real-ip", "x-original", "cf-", "true-client-ip")
"""Prefixes of the headers that a proxy or a tunnel adds."""

log = logging.getLogger(__name__)


def is_loopback(host: str) -> bool:
    """Whether an address or a name means the machine itself, as `127.0.0.1` and `localhost` do.

    Example:
        >>> is_loopback("[::1]"), is_loopback("0.0.0.0"), is_loopback("pets.example.org")
        (True, False, False)
    """
    name = host.strip("[]").lower()
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_straight(host: str, headers: Iterable[str]) -> bool:
    """Whether a request comes from a browser on this machine, without a proxy.

    The host name reveals a foreign page that resolves its own name to this machine (DNS rebinding).

    Args:
        host: the `Host` header, with or without a port.
        headers: names of the request's headers.
    """
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    passed_on = any(header.lower().startswith(PROXIES) for header in headers)
    return is_loopback(name) and not passed_on


def note(kernel: str, host: str, headers: Iterable[str]) -> None:
    """Record how a kernel's first page was opened. A record is never changed."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    try:
        with (Path(folder) / kernel).open("x") as file:
            file.write(STRAIGHT if is_straight(host, headers) else PASSED_ON)
    except FileExistsError:
        return
    except OSError:
        log.exception("a page counts as a visitor's, for nothing can be written in %s", folder)


def forget(kernel: str) -> None:
    """Remove the record of a kernel that has ended."""
    if folder := os.environ.get(VARIABLE):
        with suppress(OSError):
            (Path(folder) / kernel).unlink(missing_ok=True)


def came_straight() -> bool:
    """Whether this kernel's page was opened directly on this machine, by the server's record."""
    from ipykernel.connect import get_connection_file

    try:
        kernel = Path(get_connection_file()).stem.removeprefix("kernel-")
        return (Path(os.environ[VARIABLE]) / kernel).read_text("utf-8") == STRAIGHT
    except (OSError, RuntimeError):  # no request has arrived yet, or this is no kernel
        return False
