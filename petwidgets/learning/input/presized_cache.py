"""Cache of decoded and presized photographs, which the fast input reads in every epoch.

It holds raw pixels. Reading and checking a square of 460 pixels takes 0.15 ms of one core. A JPEG
of quality 95 would take a ninth of the space but 1.2 ms to decode. Decoding and resizing the
photograph itself takes 3.2 ms (measured on 512x512 pixels).
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
"""Bytes of all sets together; the complete Oxford set takes some 6 of these 8 GB at 460 pixels."""

CHANNELS = 3


MOST_BESIDE = 7
"""Squares that are kept on either side of the centre square; longer pictures are cut off there.

Without this limit a picture of 65,535 x 1 pixels would take 40 GB.
"""


class Presized:
    """Photographs whose shorter side is `presize` pixels, made on first use and cached.

    The photographs of one folder at one size form a set. When the cache is full, the least recently
    used sets are deleted. A photograph that does not fit or can't be written is made each time. Any
    number of threads and processes may share a set, and all of it may be deleted at any time.

    Args:
        paths: the photographs; changed files are made anew.
        presize: in pixels.
    """

    def __init__(self, paths: Sequence[Path], presize: int) -> None:
        self.presize = presize
        self._files = {path: self._place(path) for path in paths}
        self._lock = Lock()
        folders = {file.parent for file in self._files.values()}
        self._room = _room(folders, len(paths) * presize * presize * CHANNELS)

    def whole(self, path: Path) -> torch.Tensor:
        """(3, h, w) uint8: the presized photograph; its centre square is `Resize`'s in validation.

        Raises:
            Problem: the photograph can't be read; the sentence names it.
        """
        file = self._files[path]
        pixels = _read(file)
        if pixels is None:
            pixels = presized(Photo.create(path), self.presize)
            self._write(file, pixels)
        return pixels

    def square(self, path: Path, place: tuple[float, float] = (0.5, 0.5)) -> torch.Tensor:
        """(3, presize, presize) uint8: the square that `Resize` cuts out.

        Args:
            path: of a photograph.
            place: position, across and down, as a share of the free length (`Resize`'s `pcts`).

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
        """The cache file of a photograph, named by the photograph's identity."""
        try:
            key = f"{identity(path)}|{self.presize}"
        except OSError:
            key = f"{path.absolute()}|{self.presize}"  # the error comes up on reading
        folder = f"{self.presize}-{_hash(str(path.absolute().parent))[:16]}"
        return cache("presized") / folder / f"{_hash(key)}.safetensors"

    def _write(self, file: Path, pixels: torch.Tensor) -> None:
        content = save({"pixels": pixels, "crc32": torch.tensor(_checksum(pixels))})
        with self._lock:
            if len(content) > self._room:
                return
            self._room -= len(content)
        try:
            with replacing(file) as temporary:
                temporary.write_bytes(content)
        except Problem as problem:
            log.warning("presized photographs are not kept: %s", problem)
            self._room = 0


def presized(photo: Image.Image, presize: int) -> torch.Tensor:
    """(3, h, w) uint8: the photograph, its shorter side resized to `presize` pixels.

    Less than a pixel of its margin is cut off, so that the centre square is made of the same source
    pixels at the same places as with fastai's `Resize`. The results differ at most by Pillow's
    rounding (1 of 256), except at the square's margin, beyond which `Resize` reads no pixels. The
    ends of pictures longer than `MOST_BESIDE` allows are cut off.
    """
    cut = int(min(photo.size) / presize * presize)  # with the same rounding as `Resize`
    (left, right, beside), (top, bottom, above) = (_side(n, cut, presize) for n in photo.size)
    size, box = (presize + 2 * beside, presize + 2 * above), (left, top, right, bottom)
    # Not fastai's own `resize`: it has no box.
    resized = Image.Image.resize(photo, size, Image.Resampling.BILINEAR, box)
    return torch.Tensor(image2tensor(resized)).contiguous()


def _side(length: int, cut: int, presize: int) -> tuple[float, float, int]:
    """Start and end of the resized part of a side; presized pixels beside its centre square."""
    start, scale = (length - cut) // 2, cut / presize
    beside = min(int(start / scale), MOST_BESIDE * presize)
    return max(0.0, start - beside * scale), min(length, start + cut + beside * scale), beside


def _hash(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()


def _checksum(pixels: torch.Tensor) -> int:
    return zlib.crc32(pixels.numpy())


def _read(file: Path) -> torch.Tensor | None:
    """The cached pixels; None if the file is missing or damaged."""
    with suppress(OSError, SafetensorError, KeyError, ValueError, RuntimeError):
        # Not load_file: it maps the file into memory, and Windows does not replace mapped files.
        tensors = load(file.read_bytes())
        if _checksum(tensors["pixels"]) == int(tensors["crc32"]):
            return tensors["pixels"]
    return None


def _room(in_use: set[Path], needed: int) -> int:
    """Delete the least recently used sets until `needed` bytes fit; returns the bytes free."""
    root = cache("presized")
    try:
        for folder in in_use:
            folder.mkdir(parents=True, exist_ok=True)
            os.utime(folder)  # marks it as used
        sets = {folder: _size(folder) for folder in root.iterdir()}
        for folder in sorted(sets.keys() - in_use, key=lambda folder: folder.stat().st_mtime):
            if LIMIT - sum(sets.values()) < needed - sum(sets.get(folder, 0) for folder in in_use):
                shutil.rmtree(folder, ignore_errors=True)
                sets[folder] = 0
        return min(LIMIT - sum(sets.values()), shutil.disk_usage(root).free // 2)
    except OSError as error:
        log.warning("presized photographs are not kept: %s", error)
        return 0


def _size(folder: Path) -> int:
    return sum(entry.stat().st_size for entry in os.scandir(folder))
