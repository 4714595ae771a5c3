"""Test images of unusual kinds, to check that `load.py` reads files as the run does.

They vary in bit depth, number type, colours, transparency, rotation, frames and size.
"""

from __future__ import annotations

import io
from functools import cache
from runpy import run_path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data.decoding import MAX_PIXELS
from petwidgets.data.image import read_photo

if TYPE_CHECKING:
    from pathlib import Path

ON_ITS_SIDE = 6
"""EXIF's orientation value of a picture that was taken with a rotated camera."""


@cache
def made() -> dict[str, bytes]:
    """The bytes of a file of each kind, by its name; all but the largest show the same scene."""
    grey, colours = _grey(), _colours()
    clear = colours.copy()
    clear.putalpha(Image.fromarray(grey))
    exif = Image.Exif()
    exif[0x0112] = ON_ITS_SIDE
    side = int(MAX_PIXELS**0.5) + 100
    shares = (grey / 255).astype(np.float32)
    return {
        "a JPEG": _file(colours, "JPEG"),
        "a JPEG that is on its side": _file(colours, "JPEG", exif=exif),
        "a JPEG of more pixels than are decoded": _file(Image.new("L", (side, side)), "JPEG"),
        "a CMYK JPEG": _file(colours.convert("CMYK"), "JPEG"),
        "a PNG of 16 bits": _file(Image.fromarray(grey.astype(np.uint16) * 257), "PNG"),
        "a PNG of one bit": _file(Image.fromarray(grey > grey.mean()), "PNG"),
        "a PNG with a palette": _file(colours.quantize(32), "PNG", transparency=3),
        "a PNG with transparency": _file(clear, "PNG"),
        "a grey PNG with transparency": _file(clear.convert("LA"), "PNG"),
        "a PNG that is on its side": _file(colours, "PNG", exif=exif),
        "a TIFF of shares": _file(Image.fromarray(shares), "TIFF"),
        "a TIFF around zero": _file(Image.fromarray(shares * 2 - 1), "TIFF"),
        "a TIFF of 12 bits": _file(Image.fromarray((shares * 4095).astype(np.uint16)), "TIFF"),
        "a TIFF of 32 bits": _file(Image.fromarray(grey.astype(np.int32) * 1000), "TIFF"),
        "an animated GIF": _file(
            colours, "GIF", save_all=True, append_images=[colours.rotate(180)]
        ),
    }


def _grey() -> np.ndarray:
    """(48, 64) uint8 with all levels."""
    down, across = np.mgrid[0:48, 0:64]
    return ((down * 7 + across * 5) % 256).astype(np.uint8)


def _colours() -> Image.Image:
    grey = _grey()
    return Image.fromarray(np.stack([grey, grey[::-1], grey[:, ::-1]], axis=2))


def _file(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def check_reading(loader: Path) -> None:
    """Check that a model's `load.py` reads each of these files as the run does.

    Raises:
        Problem: it reads one of them differently.
    """
    read = run_path(str(loader))["seen"]
    for name, data in made().items():
        expected, computed = read_photo(data), read(data)
        if expected.size != computed.size or expected.tobytes() != computed.tobytes():
            raise Problem(
                f"The folder's load.py reads {name} in another way than the run: install petwidgets"
                " anew, for its files do not belong together."
            )
