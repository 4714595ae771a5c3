"""Find the files that can't be decoded."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def unreadable(
    paths: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> dict[Path, str]:
    """Find the files that can't be decoded completely, each with the reason.

    It takes about 4 ms per photograph and core. Pillow decodes without holding the GIL, so threads
    share the work.

    Args:
        paths: the files.
        progress: called with (files done, files in all).
        stop: true ends the check.
    """
    bad: dict[Path, str] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, (path, reason) in enumerate(zip(paths, pool.map(_reason, paths)), 1):  # noqa: B905
            if reason:
                bad[path] = reason
            if progress:
                progress(done, len(paths))
            if stop and stop():
                pool.shutdown(cancel_futures=True)
                break
    return bad


def _reason(path: Path) -> str:
    try:
        read_photo(path)
    except Problem as problem:
        return str(problem)
    return ""
