"""Read the origin and purpose of a request from the browser's headers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

FRAMES = ("iframe", "frame", "embed", "object")
"""Elements that embed a page in another one."""


def is_document(headers: Mapping[str, str]) -> bool:
    """Whether a request is for a page in a tab.

    Pictures and scripts in other sites' pages are not, nor frames in them, nor prefetched pages. A
    client without these headers is accepted.

    Args:
        headers: of the request.

    Example:
        >>> is_document({"Sec-Fetch-Dest": "image"}), is_document({})
        (False, True)
    """
    if "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", "")):
        return False
    foreign = headers.get("Sec-Fetch-Site") == "cross-site"
    if foreign and headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return False
    wanted = headers.get("Sec-Fetch-Dest", "document")
    return wanted == "document" or (wanted in FRAMES and not foreign)


def is_same_origin(headers: Mapping[str, str], host: str) -> bool:
    """Whether a page of this server sent a request; without a header that says so it did not.

    Args:
        headers: of the request.
        host: the server's name and port, as the request has it.
    """
    if site := headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    return urlsplit(headers.get("Origin", "")).netloc.lower() == host.lower() != ""
