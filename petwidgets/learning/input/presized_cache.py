"""Photographs decoded and presized once, and kept: what the fast input reads in every epoch.

Kept are raw pixels. A square of 460 pixels is read and checked in 0.15 ms of one processor; as a
JPEG of quality 95 it takes a ninth of the space, but 1.2 ms to decode, and the photograph itself
takes 3.2 ms to decode and resize (measured on 512x512 pixels).
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import zlib
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from fastai.vision.all import image2tensor, torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load, save

from petwidgets.common.errors import Problem
from petwidgets.common.paths import cache, identity, replacing
from petwidgets.learning.input.photograph import Photo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

LIMIT = 8 * 10**9
"""Bytes of all sets together; the whole Oxford set takes some 6 of these 8 GB at 460 pixels."""

CHANNELS = 3


MOST_BESIDE = 7
"""Squares that are kept on either side of the middle one: what is longer is cut off there.

A picture of 65,535 x 1 pixels would take 40 GB else.
"""


class Presized:
    """Photographs whose shorter side is `presize` pixels, made when they are first asked for.

    A set is what is kept of one folder at one size. When there is no room for more, those that
    were used longest ago go first; what finds none, or can't be written, is made each time. Any
    number of threads and processes may share a set, and all of it may be deleted at any time.

    Args:
        paths: the photographs; files that have changed since are made anew.
        presize: in pixels.
    """

    def __init__(self, paths: Sequence[Path], presize: int) -> None:
        self.presize = presize
        self._kept = {path: self._place(path) for path in paths}
        self._lock = Lock()
        folders = {kept.parent for kept in self._kept.values()}
        self._room = _room(folders, len(paths) * presize * presize * CHANNELS)

    def whole(self, path: Path) -> torch.Tensor:
        """(3, h, w) uint8, in the middle of which lies the square that `Resize` validates on.

        Raises:
            Problem: the photograph can't be read; it names the photograph.
        """
        kept = self._kept[path]
        pixels = _read(kept)
        if pixels is None:
            pixels = presized(Photo.create(path), self.presize)
            self._keep(kept, pixels)
        return pixels

    def square(self, path: Path, place: tuple[float, float] = (0.5, 0.5)) -> torch.Tensor:
        """(3, presize, presize) uint8: what `Resize` cuts out.

        Args:
            path: of a photograph.
            place: where, across and down, as shares of what it leaves over: `Resize`'s `pcts`.

        Raises:
            Problem: as `whole`.
        """
        pixels, side = self.whole(path), self.presize
        (left, top) = (
            int(share * (length - side) + 0.5)
            for share, length in zip(place, reversed(pixels.shape[1:]), strict=True)
        )
        return pixels[:, top : top + side, left : left + side]

    def _place(self, path: Path) -> Path:
        """Where a photograph is kept: by its file's identity."""
        try:
            key = f"{identity(path)}|{self.presize}"
        except OSError:
            key = f"{path.absolute()}|{self.presize}"  # reading it will say what is wrong
        folder = f"{self.presize}-{_hash(str(path.absolute().parent))[:16]}"
        return cache("presized") / folder / f"{_hash(key)}.safetensors"

    def _keep(self, kept: Path, pixels: torch.Tensor) -> None:
        content = save({"pixels": pixels, "crc32": torch.tensor(_checksum(pixels))})
        with self._lock:
            if len(content) > self._room:
                return
            self._room -= len(content)
        try:
            with replacing(kept) as temporary:
                temporary.write_bytes(content)
        except Problem as problem:
            log.warning("presized photographs are not kept: %s", problem)
            self._room = 0


def presized(photo: Image.Image, presize: int) -> torch.Tensor:
    """(3, h, w) uint8: the photograph, its shorter side resized to `presize` pixels.

    Less than a pixel of its margin is left out, so that the square in the middle is made of the
    very pixels that fastai's `Resize` makes it of, at the same places: but for the square's margin,
    beyond which `Resize` does not look, they differ by Pillow's rounding, 1 of 256, or not at all.
    Of what is longer than `MOST_BESIDE` says the ends are left out.
    """
    cut = int(min(photo.size) / presize * presize)  # as `Resize` has it, roundings and all
    (left, right, beside), (top, bottom, above) = (_side(n, cut, presize) for n in photo.size)
    size, box = (presize + 2 * beside, presize + 2 * above), (left, top, right, bottom)
    # Not fastai's own `resize`: it has no box.
    resized = Image.Image.resize(photo, size, Image.Resampling.BILINEAR, box)
    return torch.Tensor(image2tensor(resized)).contiguous()


def _side(length: int, cut: int, presize: int) -> tuple[float, float, int]:
    """Start and end of what is resized of a side; the presized pixels beside its middle square."""
    start, scale = (length - cut) // 2, cut / presize
    more = min(int(start / scale), MOST_BESIDE * presize)
    return max(0.0, start - more * scale), min(length, start + cut + more * scale), more


def _hash(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()


def _checksum(pixels: torch.Tensor) -> int:
    return zlib.crc32(pixels.numpy())


def _read(kept: Path) -> torch.Tensor | None:
    """What is kept there; None if that is nothing, or not what was written."""
    with suppress(OSError, SafetensorError, KeyError, ValueError, RuntimeError):
        # Not load_file: what it returns maps the file, which Windows then lets nobody replace.
        tensors = load(kept.read_bytes())
        if _checksum(tensors["pixels"]) == int(tensors["crc32"]):
            return tensors["pixels"]
    return None


def _room(own: set[Path], wanted: int) -> int:
    """Bytes that may be written, after sets that were used longest ago made room for `wanted`."""
    root = cache("presized")
    try:
        for folder in own:
            folder.mkdir(parents=True, exist_ok=True)
            os.utime(folder)  # marks it as used
        sets = {folder: _size(folder) for folder in root.iterdir()}
        for folder in sorted(sets.keys() - own, key=lambda folder: folder.stat().st_mtime):
            if LIMIT - sum(sets.values()) < wanted - sum(sets.get(folder, 0) for folder in own):
                shutil.rmtree(folder, ignore_errors=True)
                sets[folder] = 0
        return min(LIMIT - sum(sets.values()), shutil.disk_usage(root).free // 2)
    except OSError as error:
        log.warning("presized photographs are not kept: %s", error)
        return 0


def _size(folder: Path) -> int:
    return sum(entry.stat().st_size for entry in os.scandir(folder))
