"""A small file takes a bounded number of bytes while it is decoded, or is refused before."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import threading
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_files import PNG_START, chunk, saved, tiff
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data import decoding, image
from petwidgets.data.decoding import MAX_PIXELS, MAX_SIDE
from petwidgets.data.image import encode, read_photo

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 3000
MOST = 15
"""Bytes a pixel: what is decoded, and what is made of it; a WebP's decoder alone takes more."""

PEAK = """
import resource, sys
from pathlib import Path
from petwidgets.data.decoding import formats
from petwidgets.data.image import encode, read_photo
def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
formats()
encode(read_photo(Path(sys.argv[1])), 100)
before = used()
encode(read_photo(Path(sys.argv[2])), 1000)
print(used() - before)
"""


def png(width: int, height: int, depth: int, colour: int, *before: bytes) -> bytes:
    """Nothing but zeros: a thousandth of what it is decoded to."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = zlib.compress((b"\0" + bytes(width * channels * depth // 8)) * height, 1)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *before, chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    return b"".join([PNG_START, *parts])


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


def jpeg(side: int, mode: str = "RGB", **options: object) -> bytes:
    return saved(Image.new(mode, (side, side)), "JPEG", quality=20, **options)


FILES = {
    "RGBA, turned": lambda: png(SIDE, SIDE, 8, 6, chunk(b"eXIf", turned()[6:])),
    "RGBA of 16 bits": lambda: png(SIDE, SIDE, 16, 6),
    "grey of 16 bits, turned": lambda: png(SIDE, SIDE, 16, 0, chunk(b"eXIf", turned()[6:])),
    "a palette with transparency": lambda: png(
        SIDE, SIDE, 8, 3, chunk(b"PLTE", bytes(768)), chunk(b"tRNS", bytes(256))
    ),
    "a wide one of 16 bits": lambda: png(MAX_SIDE, SIDE * SIDE // MAX_SIDE, 16, 0),
    "fractions": lambda: tiff(np.zeros((SIDE, SIDE), np.float32)),
    "32 bits": lambda: tiff(np.zeros((SIDE, SIDE), np.int32)),
    "a progressive JPEG": lambda: jpeg(SIDE, progressive=True, subsampling=0, exif=turned()),
    "a progressive CMYK JPEG": lambda: jpeg(SIDE, "CMYK", progressive=True, subsampling=0),
}


@pytest.mark.skipif(sys.platform != "linux", reason="others count memory in other ways")
@pytest.mark.parametrize("kind", FILES)
def test_bytes_a_pixel(kind: str, tmp_path: Path) -> None:
    small, large = tmp_path / "small.png", tmp_path / "large"
    small.write_bytes(png(600, 600, 8, 6))  # what is loaded once, whatever is decoded
    large.write_bytes(FILES[kind]())
    asked = [sys.executable, "-c", PEAK, small, large]
    done = subprocess.run(asked, capture_output=True, check=True)
    assert int(done.stdout) / SIDE**2 < MOST


def sentence(data: bytes) -> str:
    with pytest.raises(Problem) as caught:
        read_photo(data)
    return str(caught.value)


def test_a_side_that_is_too_long_is_refused() -> None:
    assert "A side of this picture has more than 65,535" in sentence(png(MAX_SIDE + 1, 1, 8, 0))
    assert read_photo(png(MAX_SIDE, 1, 8, 0)).size == (MAX_SIDE, 1)


def test_tiles_that_are_larger_than_the_picture_are_refused() -> None:
    picture = tiff(np.zeros((4, 4), np.uint8))
    side = int(MAX_PIXELS**0.5) + 1
    tags = [(322, 4, [side]), (323, 4, [side])]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, *n) for tag, kind, n in tags)
    at = struct.unpack_from("<I", picture, 4)[0]
    count = struct.unpack_from("<H", picture, at)[0]
    old = picture[at + 2 : at + 2 + 12 * count]
    whole = picture[:at] + struct.pack("<H", count + 2) + old + entries + bytes(4)
    assert "million pixels" in sentence(whole)


def scans(**options: object) -> bool:
    """Whether a JPEG is told to come in several scans."""
    data = saved(Image.effect_noise((64, 64), 50).convert("RGB"), "JPEG", **options)
    return decoding._whole_at_once(io.BytesIO(data))


def test_a_jpeg_in_several_scans_may_have_no_more_pixels_than_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not scans()
    assert scans(progressive=True)
    assert decoding._whole_at_once(io.BytesIO(b"\xff\xd8\xff"))
    monkeypatch.setattr(decoding, "MAX_PIXELS", 100 * 100)
    monkeypatch.setattr(decoding, "MAX_JPEG_PIXELS", 400 * 400)
    assert read_photo(jpeg(200)).size == (100, 100)
    assert "comes in several scans" in sentence(jpeg(200, progressive=True))
    filled = jpeg(200).replace(b"\xff\xdb", b"\xff\xff\xdb", 1)
    assert "comes in several scans" in sentence(filled)
    apart = bytearray(jpeg(200))
    at = apart.index(b"\xff\xda") + 4
    apart[at] = 1  # a scan of one channel, of three
    assert "comes in several scans" in sentence(bytes(apart))


def test_large_pictures_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "LARGE_PIXELS", 100)
    at_once, most, lock = 0, 0, threading.Lock()
    real = image.decoded

    def decoded(picture: Image.Image) -> Image.Image:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        made = real(picture)
        with lock:
            at_once -= 1
        return made

    monkeypatch.setattr(image, "decoded", decoded)
    data = png(300, 300, 8, 2)
    threads = [threading.Thread(target=read_photo, args=(data,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == 1


def test_encoding_does_not_change_what_it_is_given() -> None:
    picture = Image.effect_noise((400, 100), 50).convert("RGB")
    before = picture.tobytes()
    assert Image.open(io.BytesIO(encode(picture, 100))).size == (100, 25)
    assert Image.open(io.BytesIO(encode(picture, 1000))).size == (400, 100)
    assert (picture.size, picture.tobytes()) == ((400, 100), before)
