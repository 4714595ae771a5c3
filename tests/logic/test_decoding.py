"""Pictures of any depth, size and kind come out as a viewer shows them, or say why they don't."""

from __future__ import annotations

import io
import resource
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_files import chunk, deep_png, png, saved, scene, tiff
from PIL import Image, PngImagePlugin

from petwidgets.common.errors import Problem
from petwidgets.data import decoding, image
from petwidgets.data.checks.measure import look
from petwidgets.data.image import read_photo
from petwidgets.data.metadata import facts
from petwidgets.data.thumbnails import cached

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GREY = scene()
SHARE = GREY / 255


def levels(source: Path | bytes) -> np.ndarray:
    """(h, w) of a grey picture, as it is read."""
    read = np.asarray(read_photo(source)).astype(int)
    assert (read[..., 0] == read[..., 1]).all()
    assert (read[..., 1] == read[..., 2]).all()
    return read[..., 0]


def sentence(source: Path | bytes) -> str:
    with pytest.raises(Problem) as caught:
        read_photo(source)
    assert str(caught.value).endswith(".")
    return str(caught.value)


SAME = {
    "shares": SHARE.astype(np.float32),
    "fractions to 255": GREY.astype(np.float32),
    "fractions to 65535": GREY.astype(np.float32) * 257,
    "a camera's 12 bits": (SHARE * 4095).round().astype(np.uint16),
    "16 bits of which 8 are used": GREY.astype(np.uint16),
    "16 bits": GREY.astype(np.uint16) * 257,
    "a bit in 16": (GREY > 127).astype(np.uint16),
    "signed 16 bits, all positive": (SHARE * 32767).round().astype(np.int16),
    "signed 16 bits": (SHARE * 65535 - 32768).astype(np.int16),
    "signed 16 bits of which 8 are used": GREY.astype(np.int16) - 128,
    "signed 8 bits": (GREY.astype(np.int16) - 128).astype(np.int8),
    "32 bits": GREY.astype(np.uint32) * 16843009,
    "32 bits of which 8 are used": GREY.astype(np.uint32),
    "signed 32 bits": GREY.astype(np.int32) * 1000 - 77,
    "around zero": (SHARE * 2 - 1).astype(np.float32),
    "tiny": (SHARE * 1e-6).astype(np.float32),
    "huge": (SHARE * 1e30).astype(np.float32),
    "a little more than one": (SHARE * 1.03).astype(np.float32),
}


FILES = [(kind, order) for kind in SAME for order in "<>"]
for kind in ("32 bits", "32 bits of which 8 are used"):
    FILES.remove((kind, ">"))  # Pillow reads no such file


@pytest.mark.parametrize(("kind", "order"), FILES)
def test_a_tiff_of_any_numbers_is_the_same_picture(kind: str, order: str) -> None:
    expected = (GREY > 127) * 255 if kind == "a bit in 16" else GREY
    assert abs(levels(tiff(SAME[kind], order=order)) - expected).max() <= 1


@pytest.mark.parametrize("kind", ["16 bits", "shares", "a camera's 12 bits"])
def test_white_may_be_zero(kind: str) -> None:
    assert abs(levels(tiff(SAME[kind], white_is_zero=True)) - (255 - GREY)).max() <= 1


@pytest.mark.parametrize("form", ["PNG", "PPM"])
def test_what_declares_its_white_keeps_it(form: str) -> None:
    """A dark picture of 16 bits stays dark, and one of the lowest bits is black."""
    for part, most in ((4, 64), (1000, 1)):
        deep = Image.fromarray(GREY.astype(np.uint16) * 257 // part)
        assert levels(saved(deep, form)).max() <= most


def test_a_tiff_whose_values_use_little_of_their_range_is_stretched() -> None:
    for values in (np.uint8(36) * (GREY > 127), SHARE * 0.3, SHARE * 3000):
        for kind in (np.uint16, np.int32, np.float32):
            if (found := values.astype(kind)).max() > 1:
                assert levels(tiff(found)).max() >= 180


def test_what_is_no_number_is_black_and_the_infinite_is_white() -> None:
    values = SHARE.astype(np.float32)
    values[0, :3] = np.nan, np.inf, -np.inf
    read = levels(tiff(values))
    assert read[0, :3].tolist() == [0, 255, 0]
    assert abs(read[1:] - GREY[1:]).max() <= 1
    for constant in (np.nan, np.inf, -np.inf, 0.0, -3.0, 1e38):
        assert levels(tiff(np.full((4, 4), constant, np.float32))).shape == (4, 4)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_of_each_colour(channels: int, order: str) -> None:
    colours = np.stack([GREY, GREY[::-1], GREY[:, ::-1], np.full_like(GREY, 255)][:channels], 2)
    read = np.asarray(read_photo(tiff(colours.astype(np.uint16) * 257, order=order)))
    assert abs(read.astype(int) - colours[..., :3]).max() <= 1


def test_sixteen_bits_of_each_colour_in_png() -> None:
    colours = np.stack([GREY, GREY[::-1], GREY[:, ::-1], np.full_like(GREY, 255)], 2)
    for channels in (3, 4):
        data = deep_png(colours[..., :channels].astype(np.uint16) * 257)
        read = np.asarray(read_photo(data)).astype(int)
        assert abs(read - colours[..., :3]).max() <= 1


def test_one_bit_is_black_and_white() -> None:
    for form in ("PNG", "TIFF", "BMP", "PPM"):
        assert set(levels(saved(Image.fromarray(GREY > 127), form)).flat) == {0, 255}


@pytest.mark.parametrize("mode", ["La", "LAB", "YCbCr", "CMYK", "RGBa"])
def test_every_colour_space_is_read(mode: str) -> None:
    picture = Image.merge("RGB", [Image.fromarray(GREY)] * 3)
    via = {"La": "LA", "RGBa": "RGBA"}.get(mode, "RGB")
    made = picture.convert(via).convert(mode)
    read = np.asarray(decoding.decoded(made)).astype(int)
    assert abs(read - GREY[..., None]).mean() < 1


def test_numbers_that_pillow_can_not_decode_are_not_called_damage() -> None:
    colours = np.stack([SHARE] * 3, 2).astype(np.float32)
    assert sentence(tiff(colours)) == (
        "This TIFF picture is damaged, or stored in a way that can't be decoded here: save it as"
        " JPEG or PNG."
    )


# --- notes ---

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="6"/></x:xmpmeta>'

TEXT = b"x" * (3 * 2**20)  # more than Pillow's MAX_TEXT_CHUNK
LARGE = {
    "tEXt": chunk(b"tEXt", b"Comment\0" + TEXT),
    "zTXt": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(TEXT)),
    "iTXt": chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(TEXT)),
    "iTXt, plain": chunk(b"iTXt", b"Comment\0\0\0\0\0" + TEXT),
    "iCCP": chunk(b"iCCP", b"profile\0\0" + zlib.compress(TEXT)),
}


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_png_with_megabytes_of_notes_is_read(
    kind: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_MEMORY", 2 * 2**20)  # 64 MB
    data = png(Image.fromarray(GREY), **{where: [LARGE[kind]]})
    assert (levels(data) == GREY).all()
    path = tmp_path / "noted.png"
    path.write_bytes(data)
    assert (levels(path) == GREY).all()
    assert (facts(path).width, facts(path).format) == (64, "PNG")
    assert look(path).problem == ""


def test_notes_that_would_fill_the_memory_are_never_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    zeros = zlib.compressobj(1)
    packed = b"".join(zeros.compress(bytes(2**20)) for _ in range(256)) + zeros.flush()
    data = png(Image.fromarray(GREY), [chunk(b"zTXt", b"Comment\0\0" + packed)])
    asked: list[int] = []
    unpacked = decoding._unpacked

    def counted(kind: bytes, note: bytes, most: int) -> int:
        asked.append(unpacked(kind, note, most))
        return asked[-1]

    monkeypatch.setattr(decoding, "_unpacked", counted)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (levels(data) == GREY).all()
    assert asked == [decoding.MOST_NOTES + 1]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**17  # kB, of 2**18


def test_small_notes_beside_large_ones_still_say_how_it_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    raw = exif.tobytes()[6:]
    profile = f"\nexif\n{len(raw) + 6:8}\n{(b'Exif' + bytes(2) + raw).hex()}\n".encode()
    turned = [
        chunk(b"eXIf", raw),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile)),
        chunk(b"tEXt", b"Raw profile type exif\0" + profile),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0en\0title\0" + zlib.compress(XMP)),
    ]
    for note in turned:
        assert read_photo(png(Image.fromarray(GREY), [LARGE["zTXt"], note])).size == (48, 64)


def test_a_cut_off_png_with_notes_is_still_cut_off() -> None:
    data = png(Image.fromarray(GREY), [LARGE["zTXt"]])
    assert "cut off" in sentence(data[: len(data) - 200])


def test_a_cut_off_heic_is_cut_off() -> None:
    data = saved(Image.fromarray(GREY).convert("RGB"), "HEIF")
    assert "cut off" in sentence(data[: len(data) - 99])


# --- sizes ---


def test_limits_of_pillow_are_left_as_they_are() -> None:
    read_photo(png(Image.fromarray(GREY), [LARGE["zTXt"]]))
    assert PngImagePlugin.MAX_TEXT_CHUNK == 2**20
    assert Image.MAX_IMAGE_PIXELS == 89478485


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Path]]:
    """JPEG files of 108 and 200 million pixels, turned by their camera."""
    exif = Image.Exif()
    exif[0x0112] = 6
    made = {}
    for million, size in ((108, (12000, 9000)), (200, (16320, 12240))):
        path = tmp_path_factory.mktemp("phones") / f"phone{million}.jpg"
        Image.new("L", size, 90).save(path, quality=30, exif=exif)
        made[million] = path
    yield made
    for path in made.values():
        path.unlink()


@pytest.mark.parametrize("million", [108, 200])
def test_a_phones_largest_jpeg_is_read_in_half_and_its_size_is_told(
    phones: dict[int, Path], million: int
) -> None:
    path = phones[million]
    read, known = read_photo(path.read_bytes()), facts(path)
    assert read.width * read.height <= decoding.MAX_PIXELS
    assert known.width * known.height == pytest.approx(million * 1e6, rel=0.01)
    assert (known.width, known.height) == (2 * read.width, 2 * read.height)
    assert known.shape == "portrait"


def test_a_thumbnail_and_a_check_of_one(phones: dict[int, Path]) -> None:
    with Image.open(io.BytesIO(cached(phones[108]))) as small:
        assert small.size == (150, 200)
    seen = look(phones[108])
    assert (seen.problem, seen.width, seen.height) == ("", 9000, 12000)


def test_what_may_not_be_so_large_says_how_large_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "decoded", lambda _: pytest.fail("decoded"))
    monkeypatch.setattr(image, "decoded", lambda _: pytest.fail("decoded"))
    bomb = Image.new("1", (10_400, 10_400))
    assert "more than 64 million pixels" in sentence(saved(bomb, "PNG"))
    assert "save it as JPEG, which may have 256 million." in sentence(saved(bomb, "TIFF"))
    jpeg = bytearray(saved(Image.new("L", (16, 16)), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = (65000).to_bytes(2, "big") * 2
    assert sentence(bytes(jpeg)) == (
        "This picture has more than 256 million pixels: make it smaller."
    )


def test_a_photo_of_two_pictures_is_read_in_half_too(tmp_path: Path) -> None:
    """MPO, as some phones save their photographs with a depth map."""
    large, small = (Image.fromarray(GREY).resize(size) for size in ((10000, 8000), (64, 48)))
    path = tmp_path / "two.jpg"
    large.save(path, "MPO", save_all=True, append_images=[small], quality=30)
    assert (facts(path).format, facts(path).width) == ("MPO", 10000)
    assert read_photo(path).size == (5000, 4000)


# --- missing decoders ---


@pytest.mark.parametrize(("form", "name"), [("HEIF", "HEIC"), ("AVIF", "AVIF"), ("WEBP", "WebP")])
def test_a_decoder_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, form: str, name: str
) -> None:
    if form not in decoding.formats():
        pytest.skip(f"this Pillow writes no {form}")
    data = saved(Image.fromarray(GREY).convert("RGB"), form)
    left = tuple(one for one in decoding.formats() if one != form)
    monkeypatch.setattr(decoding, "formats", lambda: left)
    said = sentence(data)
    assert said.startswith(f"This {name} picture needs a decoder that is missing here: install")
