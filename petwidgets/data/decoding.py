"""Decode a picture of any depth as a viewer shows it: upright, 8-bit RGB.

It needs only Pillow and numpy, because the `load.py` of an exported model contains this code and
that of `levels`.
"""

from __future__ import annotations

import io
import logging
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageOps, JpegImagePlugin, UnidentifiedImageError, features

from petwidgets.data.levels import Numbers, levels, strips

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

log = logging.getLogger(__name__)

MAX_PIXELS = 64_000_000
"""The most pixels that are decoded: Pillow holds them as 256 MB, and turning them takes as much."""

MAX_JPEG_PIXELS = 4 * MAX_PIXELS
"""The most pixels of a JPEG, whose decoder halves the width and height of what has too many.

No other decoder of Pillow's can. Phones save up to 200 million pixels (16,320 x 12,240).
"""

MAX_SIDE = 65_535
"""The most pixels of a side, as of JPEG: to resize a longer one takes 50 bytes for each."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "HEIF", "AVIF")

OPTIONAL = ("WEBP", "AVIF")
"""Formats that Pillow may have been built without."""

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""In the box `ftyp` that a HEIC file begins with (ISO/IEC 23008-12); AVIF has its own."""

SEQUENTIAL, PROGRESSIVE, SCAN = (0xC0, 0xC1, 0xC9), (0xC2, 0xC6, 0xCA, 0xCE), 0xDA
"""Markers in a JPEG (ITU T.81, table B.1): of a frame by its kind, and of a scan."""

MARK, ALONE = 0xFF, (0x01, *range(0xD0, 0xDA))
"""First byte of a marker, and the markers without content."""

TILE_WIDTH, TILE_LENGTH = 322, 323
"""Tags of TIFF 6.0."""

NOTES, MOST_NOTES = (b"tEXt", b"zTXt", b"iTXt", b"iCCP"), 2**20
"""A PNG's texts and colour profile, and how many bytes of them are kept of one with too many."""


ORIENTATION, TURNED = 0x0112, range(2, 9)
"""EXIF's word for how a camera was held, and what it says where it was not upright."""


class UndecodableError(ValueError):
    """The picture has too many pixels, or no decoder; the message is one sentence."""


@cache
def formats() -> tuple[str, ...]:
    """The formats that are opened: Pillow knows forty more, one of which starts Ghostscript."""
    try:  # on first use: it loads libheif, which most never need
        import pillow_heif

        pillow_heif.register_heif_opener()
    except ImportError:
        log.info("HEIC is not read: pillow-heif is not installed")
    Image.init()
    missing = [name for name in OPTIONAL if not features.check(name.lower())]
    return tuple(name for name in FORMATS if name in Image.OPEN and name not in missing)


def opened(source: Path | bytes) -> Image.Image:
    """The picture with its header read and its pixels not.

    Args:
        source: a file, or a file's bytes.

    Raises:
        UndecodableError: it has too many pixels, or there is no decoder for its kind.
        UnidentifiedImageError: it is none of `formats`; damage raises other things, too.
    """
    picture = _opened(source)
    is_jpeg = isinstance(picture, JpegImagePlugin.JpegImageFile)
    pixels = max(picture.width * picture.height, _tile(picture))
    if pixels > (MAX_JPEG_PIXELS if is_jpeg else MAX_PIXELS):
        raise UndecodableError(_too_large(is_jpeg=is_jpeg))
    if max(picture.size) > MAX_SIDE:
        raise UndecodableError(
            f"A side of this picture has more than {MAX_SIDE:,} pixels: make it smaller."
        )
    if pixels > MAX_PIXELS and _whole_at_once(_file(source)):
        raise UndecodableError(
            f"This JPEG comes in several scans, as a progressive one does, and may then have"
            f" {MAX_PIXELS // 10**6} million pixels: save it without, or make it smaller."
        )
    return picture


def _tile(picture: Image.Image) -> int:
    """Pixels of each tile of a TIFF, which may be larger than the picture."""
    tags: Mapping[int, Any] = getattr(picture, "tag_v2", {})
    return int(tags.get(TILE_WIDTH, 0)) * int(tags.get(TILE_LENGTH, 0))


def _whole_at_once(file: Path | io.BytesIO) -> bool:
    """Whether a JPEG's decoder holds all of it in 6 bytes a pixel, for it comes in several scans.

    However little of it is asked for. True where the header ends before it says so, and where a
    marker is not in its place: a decoder would look for it elsewhere.
    """
    with file if isinstance(file, io.BytesIO) else file.open("rb") as stream:
        stream.seek(2)
        channels = 0
        while len(head := stream.read(4)) == len(b"\xff\xc0\0\0"):
            mark, kind, length = struct.unpack(">BBH", head)
            content = stream.read(max(0, length - 2))
            if mark != MARK or kind in (0, MARK, *ALONE, *PROGRESSIVE):
                return True
            if kind in SEQUENTIAL:
                channels = content[5] if len(content) > 5 else 0  # noqa: PLR2004
            if kind == SCAN:
                return not content or content[0] < channels
    return True


def _opened(source: Path | bytes) -> Image.Image:
    try:
        return Image.open(_file(source), formats=formats())
    except Image.DecompressionBombError as error:
        return _large_jpeg(source, error)
    except UnidentifiedImageError as error:
        raise _unidentified(source, error) from error
    except ValueError as error:
        return _of_many_notes(source, error)


def _file(source: Path | bytes) -> Path | io.BytesIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source


def _start(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source[:16]
    with source.open("rb") as file:
        return file.read(16)


def _large_jpeg(source: Path | bytes, error: Exception) -> Image.Image:
    """A JPEG of more pixels than Pillow opens of itself, twice its `MAX_IMAGE_PIXELS`."""
    if not _start(source).startswith(b"\xff\xd8\xff"):
        raise UndecodableError(_too_large(is_jpeg=False)) from error
    return JpegImagePlugin.jpeg_factory(_file(source))  # type: ignore[arg-type] # it takes paths


def _too_large(*, is_jpeg: bool) -> str:
    most, most_of_jpeg = MAX_PIXELS // 10**6, MAX_JPEG_PIXELS // 10**6
    if is_jpeg:
        return f"This picture has more than {most_of_jpeg} million pixels: make it smaller."
    return (
        f"This picture has more than {most} million pixels: make it smaller, or save it as JPEG,"
        f" which may have {most_of_jpeg} million."
    )


def _unidentified(source: Path | bytes, error: Exception) -> Exception:
    """Explain why a picture of a known kind can't be opened."""
    kind = _kind(_start(source))
    if kind is None:
        return error
    name, form, remedy = kind
    if form in formats():
        return UndecodableError(
            f"This {name} picture is damaged, or stored in a way that can't be decoded here: save"
            " it as JPEG or PNG."
        )
    return UndecodableError(
        f"This {name} picture needs a decoder that is missing here: {remedy}, or save it as JPEG."
    )


def _kind(start: bytes) -> tuple[str, str, str] | None:
    """Name, Pillow's format and what decodes it, of the kinds that may lack a decoder."""
    pillow = "install the newest Pillow"
    if start[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF", "AVIF", pillow
    if start[4:8] == b"ftyp" and start[8:12] in HEIF_BRANDS:
        return "HEIC", "HEIF", "install the package pillow-heif"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP", "WEBP", pillow
    return ("TIFF", "TIFF", pillow) if start[:4] in (b"II*\0", b"MM\0*", b"II+\0") else None


def _of_many_notes(source: Path | bytes, error: Exception) -> Image.Image:
    """A PNG whose notes are more than Pillow takes (`PngImagePlugin.MAX_TEXT_CHUNK`)."""
    if "MAX_TEXT" not in str(error):
        raise error
    data = source if isinstance(source, bytes) else source.read_bytes()
    return Image.open(io.BytesIO(b"".join(_without_large_notes(data))), formats=("PNG",))


def _without_large_notes(png: bytes) -> Iterator[memoryview]:
    """The parts of a PNG without the notes that are too large; others may say how it is turned."""
    whole, start, room = memoryview(png), 8, MOST_NOTES
    yield whole[:start]
    while start + 8 <= len(whole):
        length, kind = struct.unpack_from(">I4s", whole, start)
        end = start + length + 12  # the length, the kind and a checksum
        size = _unpacked(kind, bytes(whole[start + 8 : end - 4]), room) if kind in NOTES else 0
        if size <= room:
            room -= size
            yield whole[start:end]
        start = end


def _unpacked(kind: bytes, note: bytes, most: int) -> int:
    """Bytes of a note once it is decompressed, and no more than `most + 1` are."""
    _, _, packed = note.partition(b"\0")  # a keyword comes first
    if kind == b"iTXt":
        is_packed, rest = packed[:1] == b"\1", packed[1:].split(b"\0", 3)  # its language, its title
        packed = b"\0" + rest[-1] if is_packed else b""
    if kind == b"tEXt" or not packed:
        return len(note)
    try:
        return len(zlib.decompressobj().decompress(packed[1:], most + 1))
    except zlib.error:
        return most + 1


def decoded(picture: Image.Image) -> Image.Image:
    """An opened picture as upright RGB.

    EXIF rotation is applied, transparency is laid on white, CMYK and palettes are converted, of an
    animation the first frame is taken. A JPEG of more than `MAX_PIXELS` that is not decoded yet
    comes in half its width and height. Numbers of more than 8 bits, and fractions, become `levels`.

    Raises:
        Exception: whatever a decoder raises for damage.
    """
    if picture.width * picture.height > MAX_PIXELS:
        picture.draft(None, (max(1, picture.width // 2), max(1, picture.height // 2)))
    numbers = Numbers.of(picture)  # a picture that is turned has forgotten them
    _load(picture)
    return _rgb(_upright(picture), numbers)


def _load(picture: Image.Image) -> None:
    try:
        picture.load()
    except ValueError as error:
        if "MAX_TEXT" not in str(error):
            raise
        picture.load()  # a PNG's text may follow its pixels, which are decoded by now


def _upright(picture: Image.Image) -> Image.Image:
    try:
        if picture.getexif().get(ORIENTATION) not in TURNED:
            return picture  # not the copy that is made of it there
        return ImageOps.exif_transpose(picture)
    except (OSError, SyntaxError, ValueError, TypeError, ZeroDivisionError, KeyError) as error:
        # The pixels are sound, only the camera's notes are not: show the picture as it is stored.
        log.info("ignored broken EXIF: %s", error)
        return picture


def _rgb(picture: Image.Image, numbers: Numbers) -> Image.Image:
    if picture.mode.startswith(("I", "F")) or numbers.signed_bytes:
        return levels(picture, numbers).convert("RGB")
    if picture.mode in ("La", "LA", "PA", "RGBa", "RGBA") or "transparency" in picture.info:
        return _on_white(picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    canvas = Image.new("RGB", picture.size)
    for strip, place in strips(picture):
        seen = (strip.convert("LA") if strip.mode == "La" else strip).convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        canvas.paste(Image.alpha_composite(white, seen).convert("RGB"), place)
    return canvas
