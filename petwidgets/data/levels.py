"""Convert one-channel pictures of 16 bits, 32 bits, signed numbers or fractions to 8-bit grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PHOTOMETRIC, SAMPLE_FORMAT = 262, 339  # tags of TIFF 6.0, and values of theirs
WHITE_IS_ZERO, UNSIGNED, SIGNED = 0, 1, 2

FULL_SCALE, BYTE, MOST_BITS = 65535.0, 255.0, 32
"""White in 16 bits (Pillow scales PPM of any depth to these), white in 8; most bits of a number."""

STRIP = 2**20
"""Pixels that are converted at a time, so that a large picture takes little extra memory."""


class Numbers(NamedTuple):
    """The meaning of a one-channel picture's numbers; all but `declared` come from TIFF tags."""

    declared: bool
    """Whether the format defines white as `FULL_SCALE`."""
    signed_bytes: bool
    unsigned: bool
    white_is_zero: bool

    @classmethod
    def of(cls, picture: Image.Image) -> Numbers:
        """Read them from the header of an opened picture."""
        tags: Mapping[int, Any] = getattr(picture, "tag_v2", {})
        kind, is_integer = tags.get(SAMPLE_FORMAT, (1,))[0], picture.mode.startswith("I")
        return cls(
            declared=is_integer and picture.format in ("PNG", "PPM"),
            signed_bytes=picture.mode == "L" and kind == SIGNED,
            unsigned=bool(tags) and is_integer and kind == UNSIGNED,
            white_is_zero=tags.get(PHOTOMETRIC) == WHITE_IS_ZERO,
        )


def strips(picture: Image.Image) -> Iterator[tuple[Image.Image, tuple[int, int]]]:
    """Strips of a picture, top to bottom, of `STRIP` pixels or one row, with their positions."""
    width, height = picture.size
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        yield picture.crop((0, top, width, min(top + rows, height))), (0, top)


def levels(picture: Image.Image, numbers: Numbers) -> Image.Image:
    """Convert a picture of one channel of numbers to mode L.

    - In 16-bit PNG and PPM, white is 65535 by definition.
    - A TIFF does not define white, and viewers derive it from the values. White is 1 if no value is
      larger, 255 if no value is larger, else the largest number with as many bits as the largest
      value. If that value is less than half of it, or has more than 32 bits, the value itself is
      white. If values are negative, the smallest is black and the largest white.
    - nan is black, infinity white, and minus infinity black.
    """
    black, white = (0.0, FULL_SCALE) if numbers.declared else _range(picture, numbers)
    canvas = Image.new("L", picture.size)
    for strip, place in strips(picture):
        values = _values(strip, numbers)
        shares = (values.astype(np.float64) - black) / (white - black)
        shares = np.nan_to_num(shares, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1)
        shown = (shares * 255).round().astype(np.uint8)
        inverted = numbers.white_is_zero and values.dtype.kind in "uf"
        canvas.paste(Image.fromarray(255 - shown if inverted else shown), place)
    return canvas


def _values(strip: Image.Image, numbers: Numbers) -> np.ndarray:
    values = np.asarray(strip)
    if numbers.signed_bytes:
        return values.view(np.int8)
    # Pillow has no unsigned 32 bits.
    return values.view(np.uint32) if numbers.unsigned and values.dtype == np.int32 else values


def _range(picture: Image.Image, numbers: Numbers) -> tuple[float, float]:
    """The values of black and white, if the format does not define them."""
    low, high = np.inf, -np.inf
    for strip, _ in strips(picture):
        values = _values(strip, numbers)
        finite = values[np.isfinite(values)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if low > high:  # none is finite
        return 0.0, 1.0
    if low < 0:
        return low, high if high > low else low + 1
    return 0.0, _white(high) or 1.0


def _white(high: float) -> float:
    usual = 1.0 if high <= 1 else BYTE
    if high > BYTE:
        usual = 2.0 ** int(high).bit_length() - 1
    return usual if high < 2**MOST_BITS and 2 * high >= usual else high
