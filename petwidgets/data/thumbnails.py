"""Create thumbnails on first use, and cache them."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.folder_cache import FolderCache
from petwidgets.common.os_errors import refusal
from petwidgets.common.paths import identity
from petwidgets.data.image import thumbnail

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 200

KEPT = FolderCache("thumbnails", 10**9)
"""The cache, for some 100,000 thumbnails."""


def cached(path: Path) -> bytes:
    """A JPEG of at most `LONGEST` pixels per side, from the cache if the file has not changed.

    Raises:
        Problem: the photograph can't be read, or the cache can't be written.
    """
    try:
        key = f"{identity(path)}|{LONGEST}"
    except FileNotFoundError as error:  # deleted since the page listed the folder
        raise Problem(f"{path.name} can't be read any more: choose its folder again.") from error
    except (OSError, ValueError) as error:
        raise Problem(refusal(error, path)) from error
    name = hashlib.sha256(os.fsencode(key)).hexdigest()
    file = f"{name[:2]}/{name}.jpg"
    if (known := KEPT.get(file)) is not None:
        return known
    jpeg = thumbnail(path, LONGEST)
    KEPT.put(file, jpeg)
    return jpeg
