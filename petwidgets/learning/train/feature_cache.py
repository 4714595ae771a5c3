"""Features of photographs, kept: a baseline whose photographs were seen before begins at once."""

from __future__ import annotations

import hashlib
import logging
import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from fastai.vision.all import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from petwidgets.common.errors import Problem
from petwidgets.common.folder_cache import FolderCache
from petwidgets.common.paths import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from petwidgets.learning.models.backbones import Pretrained
    from petwidgets.recipes.recipe import Recipe

log = logging.getLogger(__name__)

KEPT = FolderCache("features", 5 * 10**8)
"""Some 100,000 photographs with 1,280 features each."""


def with_kept(
    recipe: Recipe,
    stats: Pretrained,
    paths: Sequence[Path],
    compute: Callable[[list[Path]], torch.Tensor],
) -> torch.Tensor:
    """(n, features) float32 of n photographs, of which only those are computed that are not kept.

    Each call that computes leaves one file, whole or not at all, so that any number of processes
    may share the folder, and any of it may be deleted at any time. A file that is damaged is not
    believed; where there are too many bytes, the oldest go.

    Args:
        recipe: whose architecture and sizes made the features.
        stats: of the body that did.
        paths: the photographs; those that have changed since are computed anew.
        compute: the features of some of them, row by row.
    """
    body, keys = _body(recipe, stats), [_identity(path) for path in paths]
    known = _read(body, set(keys))
    missing = [i for i, key in enumerate(keys) if key not in known]
    if missing:
        rows = compute([paths[i] for i in missing])
        found = dict(zip((keys[i] for i in missing), rows, strict=True))
        _keep(body, found)
        known |= found
    return torch.stack([known[key] for key in keys])


def lacking(recipe: Recipe, stats: Pretrained, paths: Sequence[Path]) -> list[int]:
    """Positions of the photographs whose features are not kept; the arguments are those above."""
    keys = [_identity(path) for path in paths]
    known = _read(_body(recipe, stats), set(keys))
    return [i for i, key in enumerate(keys) if key not in known]


def _body(recipe: Recipe, stats: Pretrained) -> str:
    made = (recipe.arch, stats.source, stats.mean, stats.std, recipe.presize, recipe.size)
    return hashlib.sha256(repr((*made, recipe.precision)).encode()).hexdigest()[:32]


def _identity(path: Path) -> bytes:
    try:
        text = identity(path)
    except OSError:
        text = str(path.absolute())  # computing will say what is wrong
    return hashlib.sha256(os.fsencode(text)).digest()


def _read(body: str, wanted: set[bytes]) -> dict[bytes, torch.Tensor]:
    known: dict[bytes, torch.Tensor] = {}
    for file in (KEPT.folder / body).glob("*.safetensors"):
        with suppress(OSError, SafetensorError, KeyError, ValueError, RuntimeError):
            kept = load(file.read_bytes())
            if _checksum(kept["keys"], kept["rows"]) == int(kept["crc32"]):
                keys = map(bytes, kept["keys"].numpy())
                pairs = zip(keys, kept["rows"], strict=True)
                known |= {key: row for key, row in pairs if key in wanted}
    return known


def _keep(body: str, found: dict[bytes, torch.Tensor]) -> None:
    keys = torch.tensor([list(key) for key in found], dtype=torch.uint8)
    rows = torch.stack([*found.values()])
    checksum = _checksum(keys, rows)
    content = save({"keys": keys, "rows": rows, "crc32": torch.tensor(checksum)})
    try:
        KEPT.put(f"{body}/{checksum:08x}{len(found)}.safetensors", content)
    except Problem as problem:
        log.warning("features are not kept: %s", problem)


def _checksum(keys: torch.Tensor, rows: torch.Tensor) -> int:
    return zlib.crc32(rows.contiguous().numpy(), zlib.crc32(keys.numpy()))
