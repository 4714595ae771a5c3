"""A photograph's header says its size as it is seen, and nothing about where it was taken."""

from __future__ import annotations

import io
import struct
import time
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo
from petwidgets.data.metadata import LONGEST, Facts, all_facts, exif, facts

if TYPE_CHECKING:
    from pathlib import Path


def photo(path: Path, size: tuple[int, int] = (60, 40), **notes: int | str) -> Path:
    """A picture with EXIF of these tags."""
    exif = Image.Exif()
    for tag, value in notes.items():
        exif[{"orientation": 274, "make": 271, "model": 272}[tag]] = value
    Image.new("RGB", size).save(path, exif=exif)
    return path


@pytest.mark.parametrize("ending", ["jpg", "png", "tiff", "webp", "heic"])
@pytest.mark.parametrize("orientation", range(10))
def test_the_size_is_the_one_that_is_seen(tmp_path: Path, ending: str, orientation: int) -> None:
    path = photo(tmp_path / f"a.{ending}", orientation=orientation)
    found = facts(path)
    assert (found.width, found.height) == read_photo(path).size
    assert found.bytes == path.stat().st_size


def test_the_size_of_real_pictures_is_the_one_that_is_seen(real: Path) -> None:
    seen = 0
    for path in sorted((real / "odd-images").iterdir()):
        try:
            size = read_photo(path).size
        except Problem:
            continue
        seen += 1
        assert (facts(path).width, facts(path).height) == size, path.name
    assert seen == 27


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((100, 100), "square"),
        ((105, 100), "square"),
        ((100, 106), "portrait"),
        ((106, 100), "landscape"),
        ((200, 100), "landscape"),
        ((201, 100), "odd"),
        ((100, 201), "odd"),
        ((1, 1), "square"),
    ],
)
def test_shapes(size: tuple[int, int], shape: str) -> None:
    assert Facts(*size, "JPEG", 1).shape == shape


def test_what_can_not_be_read_is_a_problem_or_nothing(tmp_path: Path) -> None:
    empty, letter = tmp_path / "empty.jpg", tmp_path / "letter.jpg"
    empty.touch()
    letter.write_text("Dear reader")
    sound = photo(tmp_path / "sound.png")
    for path in (empty, letter, tmp_path / "gone.jpg", tmp_path):
        with pytest.raises(Problem):
            facts(path)
        assert exif(path) == {}
    found = all_facts([empty, sound, letter])
    assert found == [None, Facts(60, 40, "PNG", sound.stat().st_size), None]


def test_a_stop_leaves_the_rest_out(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg")
    asked: list[int] = []
    found = all_facts([path] * 5, lambda: asked.append(1) or len(asked) > 2)
    assert [one is None for one in found] == [False, False, True, True, True]


def test_a_thousand_are_quick(real: Path) -> None:
    paths = sorted((real / "pets-512" / "images").glob("*.jpg"))[:1000]
    begun = time.monotonic()
    assert {(f.width, f.height, f.format) for f in all_facts(paths) if f} == {(512, 512, "JPEG")}
    assert time.monotonic() - begun < 20


def test_what_a_camera_wrote_is_told_and_a_position_is_not(real: Path) -> None:
    assert exif(real / "odd-images" / "phone_iphone.jpg") == {
        "camera": "Apple iPhone 6",
        "taken": "2015-04-10 20:12:23",
        "exposure": "1/40 s, f/2.2, ISO 32",
        "orientation": "upright",
        "position": "recorded in this file",
    }
    assert exif(real / "odd-images" / "phone_iphone.heic")["position"] == "recorded in this file"
    assert exif(real / "odd-images" / "flower.jpg")["camera"] == "Canon PowerShot S40"
    assert exif(real / "odd-images" / "exif_orientation6_portrait.jpg") == {
        "orientation": "on its side"
    }
    assert exif(real / "odd-images" / "cat_chelsea.png") == {}


def test_a_position_in_xmp_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    xmp = b'<x xmlns="adobe:ns:meta/"><r exif:GPSLatitude="47,22.5N"/></x>'
    Image.new("RGB", (9, 9)).save(path, xmp=xmp)
    assert exif(path) == {"position": "recorded in this file"}


def test_what_is_told_is_short_and_printable(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", make="\x1b[2J  \t" + "x" * 300, model="\x00\x07")
    (said,) = exif(path).values()
    assert len(said) == LONGEST
    assert said.startswith("[2J xxx")
    assert said.isprintable()


def test_senseless_values_are_left_out(tmp_path: Path) -> None:
    notes = Image.Exif()
    notes.get_ifd(0x8769).update({0x829A: IFDRational(1, 0), 0x829D: IFDRational(0, 0), 0x8827: 0})
    notes[0x0112] = 77
    path = tmp_path / "a.jpg"
    Image.new("RGB", (9, 9)).save(path, exif=notes)
    assert exif(path) == {}


def test_broken_notes_hide_nothing_else(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40)).save(buffer, "JPEG")
    for body in (b"", b"II*\0\xff\xff\xff\x7f", b"II*\0\x08\0\0\0\x05\0" + b"\x12\x01" * 9, b"MM"):
        block = b"Exif\0\0" + body
        path = tmp_path / "a.jpg"
        header = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
        path.write_bytes(buffer.getvalue()[:2] + header + buffer.getvalue()[2:])
        assert facts(path).shape == "landscape"
        assert all(said.isprintable() for said in exif(path).values())
