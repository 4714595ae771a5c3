"""Files of pictures that Pillow itself does not write, made byte by byte."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import Image

PNG_START = b"\x89PNG\r\n\x1a\n"
SAMPLE_FORMATS = {"u": 1, "i": 2, "f": 3}


def scene(height: int = 48, width: int = 64) -> np.ndarray:
    """(h, w) uint8 with everything from black to white."""
    down, across = np.mgrid[0:height, 0:width]
    return ((down * 7 + across * 5) % 256).astype(np.uint8)


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def tiff(values: np.ndarray, *, white_is_zero: bool = False, order: str = "<") -> bytes:
    """An uncompressed TIFF of (h, w) or (h, w, channels) numbers, Intel's (<) or Motorola's."""
    values = values.astype(values.dtype.newbyteorder(order))
    height, width, *more = values.shape
    channels = more[0] if more else 1
    photometric = 2 if channels > 2 else int(not white_is_zero)
    bits, kind = 8 * values.dtype.itemsize, SAMPLE_FORMATS[values.dtype.kind]
    tags = [
        (256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * channels), (259, 3, [1]),
        (262, 3, [photometric]), (273, 4, [8]), (277, 3, [channels]), (278, 4, [height]),
        (279, 4, [values.nbytes]), (339, 3, [kind] * channels),
    ]  # fmt: skip
    if channels == 4:
        tags.insert(9, (338, 3, [2]))
    data = values.tobytes()
    return _with_tags(data + b"\0" * (len(data) % 2), tags, order)


def _with_tags(data: bytes, tags: list[tuple[int, int, list[int]]], order: str) -> bytes:
    at = 8 + len(data)
    beyond = at + 2 + 12 * len(tags) + 4
    entries, more = b"", b""
    for tag, kind, numbers in tags:
        packed = struct.pack(f"{order}{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)
        if len(packed) > 4:
            place = struct.pack(f"{order}I", beyond + len(more))
            more += packed
        else:
            place = packed.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", tag, kind, len(numbers)) + place
    start = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, at)
    directory = struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", 0)
    return start + data + directory + more


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG file."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png(picture: Image.Image, before: Iterable[bytes] = (), after: Iterable[bytes] = ()) -> bytes:
    """A PNG with further chunks before its pixels, and after them."""
    whole = saved(picture, "PNG")
    pixels = whole.index(b"IDAT") - 4
    end = whole.index(b"IEND") - 4
    return b"".join([whole[:33], *before, whole[pixels:end], *after, whole[end:]])


def deep_png(values: np.ndarray) -> bytes:
    """A PNG of (h, w, 3 or 4) uint16."""
    height, width, channels = values.shape
    head = struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in values.astype(">u2"))
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return PNG_START + b"".join(parts)
