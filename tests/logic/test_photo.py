"""Reading photographs: all the odd files there are, and whatever bytes a visitor may send."""

import csv
import errno
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from petwidgets.common.errors import Problem
from petwidgets.data import decoding
from petwidgets.data.decoding import MAX_PIXELS
from petwidgets.data.image import encode, read_photo, thumbnail

EMPTY = "This file is empty: choose another one."
NO_PICTURE = "This is not a picture that can be read: choose a JPEG, PNG, WebP, HEIC or GIF file."
NO_DECODER = "This picture is stored in a way that can't be decoded here: save it as JPEG or PNG."
CUT_OFF = "This picture is cut off: part of the file is missing. Get the whole file again."
DAMAGED = "This picture is damaged and can't be read: save or send it once more."
TOO_LARGE = (
    "This picture has more than 64 million pixels: make it smaller, or save it as JPEG, which may"
    " have 256 million."
)
NO_MEMORY = "There is not enough memory to read this: close other programs and try again."

REFUSED = {
    "broken_data_stream.png": DAMAGED,
    "decompression_bomb.gif": TOO_LARGE,
    "derived_text_renamed.jpg": NO_PICTURE,
    "derived_truncated_cat.jpg": CUT_OFF,
    "derived_zero_bytes.jpg": EMPTY,
    "truncated_jpeg.jpg": CUT_OFF,
}
"""Which of the odd files are no pictures, and what is said of each; all others open."""

TURNED = {
    "derived_orientation6_cat.jpg": (451, 300),
    "exif_orientation6_landscape.jpg": (1800, 1200),
    "exif_orientation6_portrait.jpg": (450, 600),
    "exif_orientation8_landscape.jpg": (600, 450),
}


def odd(real: Path, name: str) -> Path:
    return real / "odd-images" / name


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, dtype=float)


def apart(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, in levels of 255."""
    assert one.size == other.size
    return float(np.abs(pixels(one) - pixels(other)).mean())


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def sentence(source: Path | bytes) -> str:
    with pytest.raises(Problem) as caught:
        read_photo(source)
    return str(caught.value)


def test_every_odd_file_is_an_upright_rgb_picture_or_a_sentence(real: Path) -> None:
    with odd(real, "INDEX.tsv").open(encoding="utf-8") as index:
        names = [row["file"] for row in csv.DictReader(index, delimiter="\t")]
    assert set(names) >= {*REFUSED, *TURNED}
    assert len(names) == 33
    for name in names:
        if name in REFUSED:
            assert sentence(odd(real, name)) == REFUSED[name], name
        else:
            picture = read_photo(odd(real, name))
            assert picture.mode == "RGB", name
            assert pixels(picture).std() > 5, name


def test_bytes_are_read_as_a_file_is(real: Path) -> None:
    for name in ("flower.jpg", "palette_transparent.png", "phone_iphone.heic"):
        path = odd(real, name)
        assert apart(read_photo(path), read_photo(path.read_bytes())) == 0
    for name, said in REFUSED.items():
        assert sentence(odd(real, name).read_bytes()) == said


@pytest.mark.parametrize(("name", "size"), TURNED.items())
def test_what_a_camera_turned_is_turned_back(real: Path, name: str, size: tuple[int, int]) -> None:
    assert read_photo(odd(real, name)).size == size


def test_a_turned_cat_is_the_cat(real: Path) -> None:
    upright = read_photo(odd(real, "cat_chelsea.png"))
    turned = read_photo(odd(real, "derived_orientation6_cat.jpg"))
    assert apart(upright, turned) < 6
    assert apart(upright, ImageOps.mirror(turned)) > 20
    assert apart(upright, ImageOps.flip(turned)) > 20


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(real: Path, orientation: int) -> None:
    upright = read_photo(odd(real, "cat_chelsea.png"))
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    held = upright.transpose(stored[orientation]) if orientation > 1 else upright
    assert apart(read_photo(saved(held, "PNG", exif=exif)), upright) == 0


def test_broken_notes_of_a_camera_do_not_matter(real: Path) -> None:
    assert read_photo(odd(real, "invalid_exif.jpg")).size == (425, 120)
    flower = read_photo(odd(real, "flower.jpg"))
    garbage = b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\x01\x12" * 8
    assert apart(read_photo(saved(flower, "PNG", exif=garbage)), flower) == 0


def test_a_cmyk_cat_has_the_colours_of_the_cat(real: Path) -> None:
    path = odd(real, "derived_cmyk_cat.jpg")
    with Image.open(path) as stored:
        assert stored.mode == "CMYK"
    assert apart(read_photo(path), read_photo(odd(real, "cat_chelsea.png"))) < 6


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_cut(real: Path, form: str) -> None:
    grey = read_photo(odd(real, "cat_chelsea.png")).convert("L")
    deep = Image.fromarray((pixels(grey) * 257).astype(np.uint16))
    read = read_photo(saved(deep, form))
    assert read.mode == "RGB"
    assert apart(read, grey.convert("RGB")) < 1


def test_thirty_two_bits_are_read_too(real: Path) -> None:
    grey = read_photo(odd(real, "cat_chelsea.png")).convert("L")
    share = Image.fromarray((pixels(grey) / 255).astype(np.float32))
    assert apart(read_photo(saved(share, "TIFF")), grey.convert("RGB")) < 1
    holes = np.full((4, 4), np.nan, dtype=np.float32)
    assert read_photo(saved(Image.fromarray(holes), "TIFF")).size == (4, 4)


def test_transparency_is_laid_on_white(real: Path) -> None:
    for name in ("palette_transparent.png", "rgba_transparent.png"):
        path = odd(real, name)
        with Image.open(path) as stored:
            clear = np.asarray(stored.convert("RGBA"))[..., 3] == 0
        assert clear.any(), name
        assert (np.asarray(read_photo(path))[clear] == 255).all(), name
    palette = Image.new("P", (2, 2), 0)
    palette.putpalette([200, 0, 0, 0, 200, 0])
    palette.putpixel((1, 1), 1)
    read = read_photo(saved(palette, "PNG", transparency=1))
    assert (read.getpixel((0, 0)), read.getpixel((1, 1))) == ((200, 0, 0), (255, 255, 255))
    half = Image.new("RGBA", (2, 2), (0, 0, 0, 128))
    assert read_photo(saved(half, "PNG")).getpixel((0, 0)) == (127, 127, 127)
    grey = Image.new("LA", (2, 2), (0, 0))
    assert read_photo(saved(grey, "PNG")).getpixel((0, 0)) == (255, 255, 255)


def test_of_an_animation_the_first_frame_is_taken(real: Path) -> None:
    first, second = (Image.new("RGB", (40, 30), colour) for colour in ("red", "blue"))
    for form in ("GIF", "WEBP", "PNG"):
        data = saved(first, form, save_all=True, append_images=[second], duration=100)
        assert apart(read_photo(data), first) < 3, form
    gif = read_photo(odd(real, "animated.gif"))
    assert apart(gif, read_photo(odd(real, "animated.webp"))) < 12
    with Image.open(odd(real, "animated.gif")) as stored:
        stored.seek(20)
        assert apart(gif, stored.convert("RGB")) > 1


def test_a_phones_heic_opens(real: Path) -> None:
    picture = read_photo(odd(real, "phone_iphone.heic"))
    assert sorted(picture.size) == [2566, 3313]


@pytest.mark.parametrize("form", ["EPS", "TGA", "PCX", "ICO", "DDS", "PDF", "SPIDER"])
def test_formats_that_no_camera_writes_are_not_opened(form: str) -> None:
    # Each decoder is a door; that of EPS leads to Ghostscript.
    picture = Image.new("F" if form == "SPIDER" else "RGB", (32, 32))
    assert sentence(saved(picture, form)) == NO_PICTURE


def test_every_format_that_is_named_can_be_read() -> None:
    picture = Image.new("RGB", (32, 32), "red")
    for form in decoding.formats():
        assert read_photo(saved(picture, form)).size == (32, 32)
    assert set(decoding.FORMATS) - set(decoding.formats()) <= {"AVIF"}


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = saved(Image.new("1", (9000, 8000)), "PNG")
    assert MAX_PIXELS < 9000 * 8000
    monkeypatch.setattr(decoding, "_upright", lambda _: pytest.fail("decoded"))
    assert sentence(data) == TOO_LARGE


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone.jpg"
    assert sentence(gone) == f"There is no file {gone}: check its name."
    assert sentence(tmp_path) == "This is a folder: name the photographs in it."


def read_or_refuse(data: bytes) -> None:
    """Either a picture or one sentence; anything else is an exception that fails the test."""
    try:
        mode, said = read_photo(data).mode, "."
    except Problem as problem:
        mode, said = "RGB", str(problem)
    assert (mode, said[-1], said.count("\n")) == ("RGB", ".", 0)


STARTS = [
    b"",
    b"\xff\xd8\xff\xe0\x00\x10JFIF",
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    b"GIF89a",
    b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    b"II*\x00\x08\x00\x00\x00",
    b"BM",
    b"P6 3 3 255\n",
    b"\x00\x00\x00\x18ftypheic",
    b"\x00\x00\x00\x18ftypavif",
    b"%!PS-Adobe-3.0 EPSF-3.0\n",
]


@given(st.sampled_from(STARTS), st.binary(max_size=300))
@settings(max_examples=300)
def test_random_bytes_raise_nothing_but_a_problem(start: bytes, rest: bytes) -> None:
    read_or_refuse(start + rest)


def _small(form: str) -> bytes:
    x = np.arange(32, dtype=np.uint8)
    picture = Image.fromarray(np.stack([np.add.outer(x, x), np.outer(x, x), x + 0 * x[:, None]], 2))
    return saved(picture, form)


WHOLE = {form: _small(form) for form in decoding.formats()}


@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.floats(0, 1),
)
@example("AVIF", [(0.9, 255), (0.95, 0), (0.85, 7)], 1.0)
@settings(max_examples=400)
def test_damage_raises_nothing_but_a_problem(
    form: str, changes: list[tuple[float, int]], kept: float
) -> None:
    data = bytearray(WHOLE[form])
    for where, value in changes:
        data[int(where * len(data))] = value
    read_or_refuse(bytes(data[: int(kept * len(data))]))


def test_a_decoder_may_raise_what_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(Image.new("RGB", (8, 8)), "PNG")
    raised: list[tuple[Exception, str]] = [
        (RuntimeError("planes"), DAMAGED),
        (NotImplementedError(), DAMAGED),
        (IndexError(), DAMAGED),
        (OSError(errno.EINVAL, "a seek to before the start"), DAMAGED),
        (MemoryError(), NO_MEMORY),
        (OSError("out of memory error when reading image file"), NO_MEMORY),
        (OSError("decoder jpeg2k not available"), NO_DECODER),
    ]
    for error, said in raised:

        def fail(_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(decoding, "_upright", fail)
        assert sentence(data) == said


def test_a_thumbnail_is_a_small_jpeg_of_the_same_shape(real: Path) -> None:
    with Image.open(io.BytesIO(thumbnail(odd(real, "cat_chelsea.png"), 160))) as small:
        assert small.format == "JPEG"
        assert small.size == (160, 106)
    tiny = Image.new("RGB", (3, 2), "red")
    with Image.open(io.BytesIO(encode(tiny, 100, "PNG"))) as kept:
        assert (kept.format, kept.size) == ("PNG", (3, 2))
