"""Reading a photograph as a person would expect to see it."""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from petwidgets.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

MAX_PIXELS = 64_000_000
"""The most pixels that are decoded: 192 MB as RGB, more than any phone's camera takes."""

EXTENSIONS = frozenset(
    ".jpg .jpeg .jpe .jfif .png .gif .webp .bmp .tif .tiff .heic .heif .avif .ppm .pgm".split()  # noqa: SIM905
)


FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "HEIF", "AVIF")


@cache
def _formats() -> tuple[str, ...]:
    # Only these: Pillow knows forty more, some of which start Ghostscript on what a visitor sends.
    # Imported on first use: it loads libheif, which most pages never need.
    import pillow_heif

    pillow_heif.register_heif_opener()
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def read_photo(source: Path | bytes) -> Image.Image:
    """The photograph as upright RGB, in full size.

    EXIF rotation is applied, transparency is laid on white, CMYK, palette and 16-bit pictures
    are converted, of an animation the first frame is taken.

    Args:
        source: a file, or a file's bytes.

    Raises:
        Problem: empty, not a picture, cut off, damaged or larger than `MAX_PIXELS`.
    """
    with judged():
        return _rgb(_upright(open_photo(source)))


def upright(picture: Image.Image) -> Image.Image:
    """An opened picture as `read_photo` gives it: upright RGB.

    Raises:
        Problem: it is damaged.
    """
    with judged():
        return _rgb(_upright(picture))


@contextmanager
def judged() -> Iterator[None]:
    """Turns everything that a picture's bytes raise into a `Problem`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken EXIF and bombs: judged here, not printed
            yield
    except Problem:
        raise
    except UnidentifiedImageError as error:
        raise Problem(
            "This is not a picture that can be read: choose a JPEG, PNG, WebP, HEIC or GIF file."
        ) from error
    except Exception as error:  # damage makes decoders raise all sorts of things
        log.info("unreadable picture: %s", error)
        raise Problem(_damage(error)) from error


def _damage(error: BaseException) -> str:
    if "truncated" in str(error).lower():
        return "This picture is cut off: part of the file is missing. Get the whole file again."
    return "This picture is damaged and can't be read: save or send it once more."


def open_photo(source: Path | bytes) -> Image.Image:
    """The picture with its header read and its pixels not, of the few formats that are allowed.

    Raises:
        Problem: no such file, empty, or larger than `MAX_PIXELS`.
        UnidentifiedImageError: not a picture of these formats; damage raises other things, too,
            of which `judged` makes a `Problem`.
    """
    if isinstance(source, Path) and not source.is_file():
        raise Problem(f"There is no file {source}: check its name.")
    if not (source.stat().st_size if isinstance(source, Path) else len(source)):
        raise Problem("This file is empty: choose another one.")
    try:
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        picture = Image.open(file, formats=_formats())
    except Image.DecompressionBombError as error:
        raise Problem(_too_large()) from error
    if picture.width * picture.height > MAX_PIXELS:
        raise Problem(_too_large())
    return picture


def _too_large() -> str:
    return f"This picture has more than {MAX_PIXELS // 10**6} million pixels: make it smaller."


def _upright(picture: Image.Image) -> Image.Image:
    picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except (OSError, SyntaxError, ValueError, TypeError, ZeroDivisionError, KeyError) as error:
        # The pixels are sound, only the camera's notes are not: show the picture as it is stored.
        log.info("ignored broken EXIF: %s", error)
        return picture


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        return _eight_bits(picture).convert("RGB")
    if picture.mode in ("LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    # Pillow's own conversion clips 16-bit values at 255, which makes them all white.
    values = np.asarray(picture).astype(np.float64)
    top = 65535.0 if values.max(initial=0) > 1 else 1.0
    return Image.fromarray((values.clip(0, top) / top * 255).round().astype(np.uint8))


SAVING: dict[str, dict[str, int]] = {"JPEG": {"quality": 88}, "PNG": {"compress_level": 1}}


def encode(picture: Image.Image, longest: int, form: str = "JPEG") -> bytes:
    """`picture` as the bytes of a file, shrunk so that its longer side is at most `longest`."""
    small = picture.copy()
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    small.save(buffer, form, **SAVING[form])
    return buffer.getvalue()


def thumbnail(path: Path, longest: int = 160) -> bytes:
    """A small JPEG of the photograph at `path`; `longest` is its longer side in pixels.

    Raises:
        Problem: as `read_photo`.
    """
    return encode(read_photo(path), longest)
