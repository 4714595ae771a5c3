"""Decode a picture of any depth as a viewer shows it: upright, 8-bit RGB.

It needs only Pillow and numpy, because the `load.py` of an exported model contains the code of this
module and of `levels`.
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
"""The most pixels that are decoded: Pillow holds them in 256 MB, and rotating takes as much."""

MAX_JPEG_PIXELS = 4 * MAX_PIXELS
"""The most pixels of a JPEG. Its decoder can halve the width and height of a too large picture.

Pillow's other decoders can't. Phones save up to 200 million pixels (16,320 x 12,240).
"""

MAX_SIDE = 65_535
"""The most pixels of a side, as in JPEG: resizing takes 50 bytes for each pixel of a side."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "HEIF", "AVIF")

OPTIONAL = ("WEBP", "AVIF")
"""Formats that a build of Pillow may lack."""

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""Brands in the box `ftyp` at the start of a HEIC file (ISO/IEC 23008-12); AVIF has its own."""

SEQUENTIAL, PROGRESSIVE, SCAN = (0xC0, 0xC1, 0xC9), (0xC2, 0xC6, 0xCA, 0xCE), 0xDA
"""JPEG markers (ITU T.81, table B.1): start of frame, by kind, and start of scan."""

MARK, ALONE = 0xFF, (0x01, *range(0xD0, 0xDA))
"""First byte of a marker, and the markers without content."""

TILE_WIDTH, TILE_LENGTH = 322, 323
"""Tags of TIFF 6.0."""

NOTES, MOST_NOTES = (b"tEXt", b"zTXt", b"iTXt", b"iCCP"), 2**20
"""Text and colour profile chunks of a PNG, and the bytes of them that are kept if too large."""


ORIENTATION, TURNED = 0x0112, range(2, 9)
"""EXIF's tag for the orientation, and its values for pictures that are not upright."""


class UndecodableError(ValueError):
    """The picture has too many pixels, or no decoder; the message is one sentence."""


@cache
def formats() -> tuple[str, ...]:
    """The allowed formats: Pillow knows forty more, one of which starts Ghostscript."""
    try:  # on first use, because it loads libheif, which is rarely needed
        import pillow_heif

        pillow_heif.register_heif_opener()
    except ImportError:
        log.info("HEIC is not read: pillow-heif is not installed")
    Image.init()
    missing = [name for name in OPTIONAL if not features.check(name.lower())]
    return tuple(name for name in FORMATS if name in Image.OPEN and name not in missing)


def opened(source: Path | bytes) -> Image.Image:
    """Open a picture and read its header, without decoding its pixels.

    Args:
        source: a file, or a file's bytes.

    Raises:
        UndecodableError: it has too many pixels, or there is no decoder for its format.
        UnidentifiedImageError: it is none of `formats`. Damage may raise other exceptions.
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
    """Pixels of a tile of a TIFF, which may be larger than the picture."""
    tags: Mapping[int, Any] = getattr(picture, "tag_v2", {})
    return int(tags.get(TILE_WIDTH, 0)) * int(tags.get(TILE_LENGTH, 0))


def _whole_at_once(file: Path | io.BytesIO) -> bool:
    """Whether a JPEG has several scans, so that its decoder needs 6 bytes for every pixel.

    That holds even if only a reduced size is decoded. Also True if the header is cut off or a
    marker is misplaced, because a decoder would search for it.
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
    """Open a JPEG with more pixels than Pillow allows, twice its `MAX_IMAGE_PIXELS`."""
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
    """The exception that explains why a picture of a known format can't be opened."""
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
    """Name, Pillow's format and decoder of a format that may lack one; None for other formats."""
    pillow = "install the newest Pillow"
    if start[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF", "AVIF", pillow
    if start[4:8] == b"ftyp" and start[8:12] in HEIF_BRANDS:
        return "HEIC", "HEIF", "install the package pillow-heif"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP", "WEBP", pillow
    return ("TIFF", "TIFF", pillow) if start[:4] in (b"II*\0", b"MM\0*", b"II+\0") else None


def _of_many_notes(source: Path | bytes, error: Exception) -> Image.Image:
    """Open a PNG with larger text chunks than Pillow allows (`PngImagePlugin.MAX_TEXT_CHUNK`)."""
    if "MAX_TEXT" not in str(error):
        raise error
    data = source if isinstance(source, bytes) else source.read_bytes()
    return Image.open(io.BytesIO(b"".join(_without_large_notes(data))), formats=("PNG",))


def _without_large_notes(png: bytes) -> Iterator[memoryview]:
    """Parts of a PNG without too large text chunks; small ones may hold the EXIF orientation."""
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
    """Decompressed size of a text chunk, of which at most `most + 1` bytes are decompressed."""
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
    """Decode an opened picture to upright RGB.

    EXIF rotation is applied, transparency is put on white, CMYK and palettes are converted, and of
    an animation the first frame is used. A JPEG of more than `MAX_PIXELS` that is not decoded yet
    gets half its width and height. Numbers of more than 8 bits, and fractions, become `levels`.

    Raises:
        Exception: any exception of a decoder, for damage.
    """
    if picture.width * picture.height > MAX_PIXELS:
        picture.draft(None, (max(1, picture.width // 2), max(1, picture.height // 2)))
    numbers = Numbers.of(picture)  # before rotating, which loses the tags
    _load(picture)
    return _rgb(_upright(picture), numbers)


def _load(picture: Image.Image) -> None:
    try:
        picture.load()
    except ValueError as error:
        if "MAX_TEXT" not in str(error):
            raise
        picture.load()  # the text of a PNG may follow its pixels, which are already decoded


def _upright(picture: Image.Image) -> Image.Image:
    try:
        if picture.getexif().get(ORIENTATION) not in TURNED:
            return picture  # exif_transpose would copy it
        return ImageOps.exif_transpose(picture)
    except (OSError, SyntaxError, ValueError, TypeError, ZeroDivisionError, KeyError) as error:
        # The pixels are intact, only the EXIF data is not: show the picture as it is stored.
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
