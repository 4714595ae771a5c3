"""Cached results of fastai's `Resize`, so that moving a slider costs little."""

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
"""Where `Resize` crops in validation, as shares of the free length."""


class File(NamedTuple):
    """A photograph's file and its modification time, as a key of the caches."""

    path: Path
    written_ns: int


class Way(NamedTuple):
    """Settings of `Resize`: side of the square in pixels, method, padding and place (`pcts`)."""

    size: int
    method: str
    pad_mode: str
    place: tuple[float, float]


@dataclass(frozen=True)
class Square:
    """The output of `Resize` for a photograph.

    Args:
        picture: (size, size) pixels.
        pixels: the same as (1, 3, size, size), 0 to 1.
        mask: (1, 1, size, size): 1 for pixels of the photograph, 0 for padding.
        resized: 1 if pixels were interpolated, 0 if they were only cropped.
    """

    picture: Image.Image
    pixels: TensorImage
    mask: TensorImage
    resized: int


def as_it_is(path: str) -> File:
    """The file with its current modification time.

    Raises:
        Problem: there is no such file, or it can't be accessed.
    """
    try:
        return File(Path(path), Path(path).stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise Problem(refusal(error, Path(path))) from error


@lru_cache(maxsize=2)
def decoded(file: File) -> Image.Image:
    """The photograph, upright, in the size of its decoding.

    Raises:
        Problem: it can't be read.
    """
    return Photo.create(file.path)


@lru_cache(maxsize=4)
def original(file: File) -> bytes:
    """The photograph as a JPEG file for a page."""
    return encode(decoded(file), SHOWN)


@lru_cache(maxsize=4)
def luminance(file: File, skipped: int) -> Image.Image:
    """The photograph's luminance, each pixel the mean of `skipped` x `skipped` pixels."""
    return decoded(file).reduce(skipped).convert("L")


@lru_cache(maxsize=8)
def square(file: File, way: Way) -> Square:
    """Apply fastai's `Resize` to the photograph.

    Raises:
        Problem: padding would make the picture too large.
    """
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
    """Fastai's `Resize` with a fixed instead of a random crop."""
    resize = Resize(way.size, method=way.method, pad_mode=way.pad_mode)
    resize.before_call, resize.pcts = noop, way.place
    return resize


def drawn_place(seed: int) -> tuple[float, float]:
    """The crop position that `Resize` draws in training after `random.seed(seed)`."""
    numbers = random.Random(seed)  # noqa: S311 - fastai's own kind
    return numbers.random(), numbers.random()


def window(shape: tuple[int, int], way: Way) -> Box:
    """The area of a photograph that `Resize` keeps, in its pixels; `pad` extends beyond it.

    Computed as in `Resize.encodes`, with the same rounding; that method does not return it.

    Args:
        shape: width and height of the photograph.
        way: settings of `Resize`.
    """
    width, height = shape
    if way.method == "squish":
        return 0, 0, width, height
    scale = (max if way.method == "pad" else min)(width / way.size, height / way.size)
    side = int(scale * way.size)
    left, top = int(way.place[0] * (width - side)), int(way.place[1] * (height - side))
    return left, top, left + side, top + side
