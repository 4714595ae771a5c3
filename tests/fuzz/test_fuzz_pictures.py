"""Pictures from the bytes that were uploaded to what a page shows and a network is given."""

from __future__ import annotations

import io
import resource
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from damage import clear, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from seeds import chunks, joined, pictures

from petwidgets.common.errors import Problem
from petwidgets.data.checks.measure import SIDE, brightness, fingerprint, look, sharpness
from petwidgets.data.decoding import MAX_PIXELS
from petwidgets.data.image import encode, read_photo
from petwidgets.data.metadata import exif, facts
from petwidgets.data.thumbnails import cached

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE = 512
"""Pixels of the longer side of what a page shows."""

MOST_MEMORY = 1500 * 2**20
"""Bytes by which reading any of these may raise the most that this process ever took.

A picture of `MAX_PIXELS` takes 256 MB, and turning or converting it as much again.
"""

SHAPES = ("portrait", "landscape", "square", "odd")


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MOST_MEMORY, f"{grown / 2**20:.0f} MB"


def seen(content: bytes) -> Image.Image | None:
    """What the worker makes of a photograph, if it can be read: all but the network itself."""
    try:
        photo = read_photo(content)
    except Problem as problem:
        clear(problem)
        return None
    assert photo.mode == "RGB"
    assert 0 < photo.width * photo.height <= MAX_PIXELS
    large, small = encode(photo, LARGE), encode(photo, 80)
    for jpeg, longest in ((large, LARGE), (small, 80)):
        with Image.open(io.BytesIO(jpeg)) as shown:
            assert shown.format == "JPEG"
            assert max(shown.size) <= longest
            assert not shown.getexif()
    photo.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    grey = photo.convert("L")
    assert 0 <= brightness(photo) <= 1
    assert sharpness(grey) >= 0
    assert isinstance(fingerprint(grey), str)
    return photo


@fuzzed(150)
@given(damaged(pictures()))
def test_a_photograph_that_was_uploaded(content: bytes) -> None:
    seen(content)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("photographs") / "pug_1.jpg"


@fuzzed(60)
@given(content=damaged(pictures()))
def test_a_photograph_that_lies_in_a_folder(file: Path, content: bytes) -> None:
    """Its header's facts, its camera's notes, its thumbnail, and what the check says of it."""
    file.write_bytes(content)
    said = exif(file)
    assert all(0 < len(value) <= 80 and value.isprintable() for value in said.values())
    found = look(file)
    assert not found.problem or clear(Problem(found.problem), file.parent)
    try:
        known = facts(file)
        assert known.shape in SHAPES
        assert known.bytes == len(content)
        assert min(known.width, known.height) > 0
    except Problem as problem:
        assert found.problem
        clear(problem, file.parent)
    try:
        with Image.open(io.BytesIO(cached(file))) as shown:
            assert max(shown.size) <= 200
    except Problem as problem:
        clear(problem, file.parent)
    assert [*file.parent.iterdir()] == [file]


PNGS = [chunks(one) for one in pictures() if one.startswith(b"\x89PNG")]
NOTES = [
    (b"tEXt", b"Comment\0hello"),
    (b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 10**6)),
    (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"a" * 10**6)),
    (b"iCCP", b"name\0\0" + zlib.compress(bytes(10**6))),
    (b"eXIf", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"),
    (b"tRNS", b"\0\0"),
    (b"acTL", struct.pack(">II", 2, 0)),
    (b"fcTL", struct.pack(">IIIIIHHBB", 0, 32, 24, 0, 0, 1, 1, 0, 0)),
    (b"PLTE", bytes(48)),
    (b"IDAT", zlib.compress(bytes(10**6))),
]


@st.composite
def rebuilt(draw: Any) -> bytes:
    """A PNG whose parts are others, with the right checksums."""
    parts = [*draw(st.sampled_from(PNGS))]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(parts) - 1))
        kind, content = parts[at]
        parts[at : at + 1] = draw(
            st.sampled_from([[parts[at]] * 2, [], [draw(st.sampled_from(NOTES)), parts[at]]])
            | st.just([(kind, draw(damaged([content])))])
        )
        parts = parts or [(b"IEND", b"")]
    return joined(parts)


@fuzzed(80)
@given(rebuilt())
def test_a_png_of_other_parts(content: bytes) -> None:
    seen(content)


@pytest.mark.parametrize("content", pictures())
def test_sound_pictures_are_read(content: bytes) -> None:
    """What is damaged above is whole here."""
    assert seen(content) is not None
