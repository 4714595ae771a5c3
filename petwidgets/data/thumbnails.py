"""Thumbnails, made when they are looked at and kept in the cache."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from petwidgets.data.photo import thumbnail
from petwidgets.home import cache, identity, replacing
from petwidgets.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 200


def cached(path: Path) -> bytes:
    """A JPEG of at most `LONGEST` pixels a side, from the cache if the file has not changed.

    Raises:
        Problem: the photograph can't be read, or the cache can't be written.
    """
    try:
        key = f"{identity(path)}|{LONGEST}"
    except OSError as error:
        raise Problem(f"{path.name} can't be read any more: choose its folder again.") from error
    name = hashlib.sha256(key.encode()).hexdigest()
    kept = cache("thumbnails") / name[:2] / f"{name}.jpg"
    with suppress(OSError):  # not made yet, or the cache has just been emptied
        return kept.read_bytes()
    jpeg = thumbnail(path, LONGEST)
    with replacing(kept) as temporary:
        temporary.write_bytes(jpeg)
    return jpeg
