"""Read photographs as upright RGB."""

from __future__ import annotations

import io
import logging
import os
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from petwidgets.common.errors import Problem
from petwidgets.common.os_errors import NO_MEMORY, is_refusal, refusal, require_file
from petwidgets.data.decoding import UndecodableError, decoded, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

EXTENSIONS = frozenset(
    ".jpg .jpeg .jpe .jfif .png .gif .webp .bmp .tif .tiff .heic .heif .avif .ppm .pgm".split()  # noqa: SIM905
)

LARGE_PIXELS = 16_000_000
"""Pictures with more pixels are decoded one at a time in each process.

Decoding takes up to 12 bytes per pixel, for WebP 16: 1 GB for the largest.
"""

_large = threading.Lock()


def _after_fork() -> None:
    global _large  # noqa: PLW0603 - a thread that is not there any more may have held it
    _large = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

NO_PICTURE = "This is not a picture that can be read: choose a JPEG, PNG, WebP, HEIC or GIF file."
CUT_OFF = "This picture is cut off: part of the file is missing. Get the whole file again."
NO_DECODER = "This picture is stored in a way that can't be decoded here: save it as JPEG or PNG."
DAMAGED = "This picture is damaged and can't be read: save or send it once more."


def read_photo(source: Path | bytes) -> Image.Image:
    """Read a photograph as upright RGB, by `decoding.decoded`.

    A JPEG of more than `decoding.MAX_PIXELS` gets half its width and height (`metadata.facts` gives
    the original ones); all others have their full size.

    Args:
        source: a file, or a file's bytes.

    Raises:
        Problem: it is empty, not a picture, cut off, damaged, too large, of a format without a
            decoder, or the system does not let it be read.
    """
    with judged(source):
        return _in_turn(open_photo(source))


def upright(picture: Image.Image) -> Image.Image:
    """Convert an opened picture to upright RGB, like `read_photo`.

    Raises:
        Problem: it is damaged.
    """
    with judged(b""):
        return _in_turn(picture)


def _in_turn(picture: Image.Image) -> Image.Image:
    if picture.width * picture.height <= LARGE_PIXELS:
        return decoded(picture)
    with _large:
        return decoded(picture)


@contextmanager
def judged(source: Path | bytes) -> Iterator[None]:
    """Convert every exception of reading and decoding a picture to a `Problem`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken EXIF and bombs: handled here, not printed
            yield
    except Problem:
        raise
    except Exception as error:  # decoders raise exceptions of all kinds for damage
        log.info("unreadable picture: %s", error)
        raise Problem(_reason(error, source)) from error


def _reason(error: Exception, source: Path | bytes) -> str:
    message = str(error).lower()
    if isinstance(error, UndecodableError):
        return str(error)
    if isinstance(error, UnidentifiedImageError):
        return NO_PICTURE
    if isinstance(error, OSError) and is_refusal(error) and not isinstance(source, bytes):
        return refusal(error, source)
    if isinstance(error, MemoryError) or "out of memory" in message:
        return NO_MEMORY
    if any(word in message for word in ("unsupported", "not supported", "not available")):
        return NO_DECODER
    is_cut_off = "truncated" in message or "end of file" in message
    return CUT_OFF if is_cut_off else DAMAGED


def open_photo(source: Path | bytes) -> Image.Image:
    """Open a picture of an allowed format and read its header, without decoding its pixels.

    Raises:
        Problem: there is no such file, or it is empty.
        UnidentifiedImageError: it is not a picture of these formats. Damage may raise other
            exceptions; `judged` converts them to a `Problem`.
    """
    if not (len(source) if isinstance(source, bytes) else require_file(source)):
        raise Problem("This file is empty: choose another one.")
    return opened(source)


SAVING: dict[str, dict[str, int]] = {
    "JPEG": {"quality": 88},
    "PNG": {"compress_level": 1},
    "WEBP": {"quality": 60, "method": 6},  # half of a JPEG that looks as good, for small ones
}


def encode(picture: Image.Image, longest: int, form: str = "JPEG") -> bytes:
    """Encode a picture as a file, reduced so that its longer side is at most `longest` pixels."""
    share = min(1.0, longest / max(picture.size))
    width, height = (max(1, round(side * share)) for side in picture.size)
    small = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    small.save(buffer, form, **SAVING[form])
    return buffer.getvalue()


def thumbnail(path: Path, longest: int = 160) -> bytes:
    """A small JPEG of the photograph at `path`; `longest` is its longer side in pixels.

    Raises:
        Problem: as `read_photo`.
    """
    return encode(read_photo(path), longest)
