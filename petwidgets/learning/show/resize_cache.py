"""What fastai's `Resize` makes of a photograph, kept so that a slider's move costs little."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fastai.vision.all import Resize, TensorImage, image2tensor, noop
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.common.os_errors import refusal
from petwidgets.data.decoding import MAX_PIXELS
from petwidgets.data.image import encode
from petwidgets.learning.input.photograph import Photo

if TYPE_CHECKING:
    from petwidgets.learning.show.sharpness import Box

SHOWN = 640
"""Longest side of the original on the page, in pixels."""

CENTRE = (0.5, 0.5)
"""Where `Resize` crops on the validation side, as shares of what it leaves over."""


class File(NamedTuple):
    """A photograph's file as it was at a moment; what is kept goes by it."""

    path: Path
    written_ns: int


class Way(NamedTuple):
    """How `Resize` makes a square: its side in pixels, method, padding and place (`pcts`)."""

    size: int
    method: str
    pad_mode: str
    place: tuple[float, float]


@dataclass(frozen=True)
class Square:
    """What `Resize` made of a photograph.

    Args:
        picture: (size, size) pixels.
        pixels: the same as (1, 3, size, size), 0 to 1.
        mask: (1, 1, size, size): 1 where there is photograph, 0 where it is padded.
        resized: 1 if pixels were interpolated, 0 if they were only cut out.
    """

    picture: Image.Image
    pixels: TensorImage
    mask: TensorImage
    resized: int


def as_it_is(path: str) -> File:
    """The file at this moment.

    Raises:
        Problem: there is none, or it may not be looked for.
    """
    try:
        return File(Path(path), Path(path).stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise Problem(refusal(error, Path(path))) from error


@lru_cache(maxsize=2)
def decoded(file: File) -> Image.Image:
    """The photograph upright, as large as it is decoded.

    Raises:
        Problem: it can't be read.
    """
    return Photo.create(file.path)


@lru_cache(maxsize=4)
def original(file: File) -> bytes:
    """A JPEG of it for a page."""
    return encode(decoded(file), SHOWN)


@lru_cache(maxsize=4)
def luminance(file: File, skipped: int) -> Image.Image:
    """Its grey picture, each pixel the mean of `skipped` x `skipped`."""
    return decoded(file).reduce(skipped).convert("L")


@lru_cache(maxsize=8)
def square(file: File, way: Way) -> Square:
    """What fastai's `Resize` makes of it."""
    photo = decoded(file)
    left, top, right, bottom = window(photo.size, way)
    if (right - left) * (bottom - top) > MAX_PIXELS:
        raise Problem("This picture is too long and narrow to be padded: choose another way.")
    white = Photo(Image.new("L", photo.size, 255))
    picture, mask = resizing(way)(photo), resizing(way._replace(pad_mode="zeros"))(white)
    resized = int((right - left, bottom - top) != (way.size, way.size))
    return Square(picture, _floats(picture), _floats(mask), resized)


@lru_cache(maxsize=8)
def square_png(file: File, way: Way) -> bytes:
    """The same as the bytes of a PNG file."""
    return encode(square(file, way).picture, way.size, "PNG")


def _floats(image: Image.Image) -> TensorImage:
    return TensorImage(image2tensor(image)).float()[None] / 255


def resizing(way: Way) -> Resize:
    """Fastai's `Resize` with its draw given."""
    resize = Resize(way.size, method=way.method, pad_mode=way.pad_mode)
    resize.before_call, resize.pcts = noop, way.place
    return resize


def drawn_place(seed: int) -> tuple[float, float]:
    """What `Resize` draws on the training side after `random.seed(seed)`."""
    numbers = random.Random(seed)  # noqa: S311 - fastai's own kind
    return numbers.random(), numbers.random()


def window(shape: tuple[int, int], way: Way) -> Box:
    """What of a photograph `Resize` shows, in its pixels; `pad` reaches beyond it.

    As `Resize.encodes` has it, which keeps it to itself, roundings and all.

    Args:
        shape: width and height of the photograph.
        way: how the square is made.
    """
    width, height = shape
    if way.method == "squish":
        return 0, 0, width, height
    scale = (max if way.method == "pad" else min)(width / way.size, height / way.size)
    side = int(scale * way.size)
    left, top = int(way.place[0] * (width - side)), int(way.place[1] * (height - side))
    return left, top, left + side, top + side
