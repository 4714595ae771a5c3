"""Find problems of one picture: its format, brightness, sharpness and shape."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from petwidgets.data.checks.findings import Finding
from petwidgets.data.metadata import ODD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from petwidgets.data.checks.measure import Look

FORMATS = {
    ".jpg": {"JPEG", "MPO"},
    ".jpeg": {"JPEG", "MPO"},
    ".png": {"PNG"},
    ".gif": {"GIF"},
    ".webp": {"WEBP"},
    ".bmp": {"BMP"},
    ".heic": {"HEIF"},
    ".heif": {"HEIF"},
}
"""Pillow's formats for each extension (a phone's panorama JPEG is MPO)."""

DARK = 0.25
"""Threshold of the brightness of the brightest parts, below which a photograph is dark.

The darkest of 3,700 Oxford-IIIT Pet photographs has 0.35. cleanvision uses 0.32.
"""

BLURRED = 0.31
"""Threshold of the sharpness, below which a photograph is blurred.

The least sharp of the same 3,700 has 0.34. Of 37 photographs blurred by a Gaussian of 1 % of the
longer side all have less than 0.31, with 0.8 % about 33.
"""

TINY = 32 * 32  # pixels; a smaller picture is an icon, and enlarging makes no photograph of it


def picture_findings(seen: Look) -> Iterator[Finding]:
    """Find problems of one picture, without comparing it with others."""
    extension = os.path.splitext(seen.file)[1]  # noqa: PTH122 - no Path is needed for it
    if seen.format not in FORMATS.get(extension.lower(), {seen.format}):
        sentence = f"This is a {seen.format} file named {extension}: rename or convert it."
        yield Finding(seen.file, "format", sentence)
    if seen.brightness < DARK:
        sentence = "This picture is very dark: look whether anything can be made out in it."
        yield Finding(seen.file, "dark", sentence)
    elif seen.sharpness < BLURRED:  # only if not dark, where edges can't be told from noise
        sentence = "This picture is blurred: no edge in it is sharp."
        yield Finding(seen.file, "blurred", sentence)
    if sentence := _shape(seen.width, seen.height):
        yield Finding(seen.file, "shape", sentence)


def _shape(width: int, height: int) -> str:
    if width * height < TINY:
        return f"This picture has only {width} x {height} pixels: find a larger one."
    if max(width, height) > ODD * min(width, height):
        return (
            f"This picture has {width} x {height} pixels, more than two to one: crop it to the"
            " animal, for training sees only a square of it."
        )
    return ""
