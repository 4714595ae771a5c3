"""Thumbnails, made when they are looked at and kept in the cache."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.os_errors import refusal
from petwidgets.common.paths import cache, identity, replacing
from petwidgets.data.image import thumbnail

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
    except FileNotFoundError as error:  # the page lists what was there when it was read
        raise Problem(f"{path.name} can't be read any more: choose its folder again.") from error
    except (OSError, ValueError) as error:
        raise Problem(refusal(error, path)) from error
    name = hashlib.sha256(os.fsencode(key)).hexdigest()
    kept = cache("thumbnails") / name[:2] / f"{name}.jpg"
    with suppress(OSError):  # not made yet, or the cache has just been emptied
        return kept.read_bytes()
    jpeg = thumbnail(path, LONGEST)
    with replacing(kept) as temporary:
        temporary.write_bytes(jpeg)
    return jpeg
