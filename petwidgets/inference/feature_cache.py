"""Cache of features: a baseline on photographs that were used before starts at once."""

from __future__ import annotations

import hashlib
import logging
import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from petwidgets.common.errors import Problem
from petwidgets.common.folder_cache import FolderCache
from petwidgets.common.paths import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from petwidgets.jobs.network import Stats
    from petwidgets.recipes.recipe import Recipe

log = logging.getLogger(__name__)

KEPT = FolderCache("features", 5 * 10**8)
"""Holds the features of some 100,000 photographs, 1,280 each."""


def with_kept(
    recipe: Recipe,
    stats: Stats,
    paths: Sequence[Path],
    compute: Callable[[list[Path]], np.ndarray],
) -> np.ndarray:
    """(n, features) float32 of n photographs; only those that are not cached are computed.

    Each call that computes features writes one file atomically. Any number of processes may share
    the folder, and any file may be deleted at any time. Damaged files are ignored. When the folder
    grows too large, the oldest files are deleted.

    Args:
        recipe: gives architecture and sizes.
        stats: of the body.
        paths: the photographs; changed ones are computed anew.
        compute: returns the features of some paths, row by row.
    """
    body, keys = _body(recipe, stats), [_identity(path) for path in paths]
    cached = _read(body, set(keys))
    missing = [i for i, key in enumerate(keys) if key not in cached]
    if missing:
        rows = compute([paths[i] for i in missing])
        computed = dict(zip((keys[i] for i in missing), rows, strict=True))
        _write(body, computed)
        cached |= computed
    return np.stack([cached[key] for key in keys])


def lacking(recipe: Recipe, stats: Stats, paths: Sequence[Path]) -> list[int]:
    """Positions of the photographs whose features are not cached; arguments as of `with_kept`."""
    keys = [_identity(path) for path in paths]
    cached = _read(_body(recipe, stats), set(keys))
    return [i for i, key in enumerate(keys) if key not in cached]


def _body(recipe: Recipe, stats: Stats) -> str:
    settings = (recipe.arch, stats.source, stats.mean, stats.std, recipe.presize, recipe.size)
    return hashlib.sha256(repr((*settings, recipe.precision)).encode()).hexdigest()[:32]


def _identity(path: Path) -> bytes:
    try:
        text = identity(path)
    except OSError:
        text = str(path.absolute())  # the error comes up when the features are computed
    return hashlib.sha256(os.fsencode(text)).digest()


def _read(body: str, keys_wanted: set[bytes]) -> dict[bytes, np.ndarray]:
    rows: dict[bytes, np.ndarray] = {}
    for file in (KEPT.folder / body).glob("*.safetensors"):
        with suppress(OSError, SafetensorError, KeyError, ValueError):
            content = load(file.read_bytes())
            if _checksum(content["keys"], content["rows"]) == int(content["crc32"]):
                keys = map(bytes, content["keys"])
                pairs = zip(keys, content["rows"], strict=True)
                rows |= {key: row for key, row in pairs if key in keys_wanted}
    return rows


def _write(body: str, computed: dict[bytes, np.ndarray]) -> None:
    keys = np.array([list(key) for key in computed], np.uint8)
    rows = np.stack([*computed.values()])
    checksum = _checksum(keys, rows)
    content = save({"keys": keys, "rows": rows, "crc32": np.array(checksum)})
    try:
        KEPT.put(f"{body}/{checksum:08x}{len(computed)}.safetensors", content)
    except Problem as problem:
        log.warning("features are not kept: %s", problem)


def _checksum(keys: np.ndarray, rows: np.ndarray) -> int:
    return zlib.crc32(rows.tobytes(), zlib.crc32(keys.tobytes()))
