"""Encode tensors as image files for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastai.vision.all import torch
from PIL import Image

from petwidgets.data.image import encode

if TYPE_CHECKING:
    from collections.abc import Sequence


def picture(pixels: torch.Tensor) -> Image.Image:
    """A picture of (3, h, w): 0 to 1 in floats, 0 to 255 in whole numbers."""
    values = pixels.as_subclass(torch.Tensor) * (255 if pixels.is_floating_point() else 1)
    return Image.fromarray(values.round().clamp(0, 255).byte().permute(1, 2, 0).numpy())


def png(pixels: torch.Tensor) -> bytes:
    """The same as the bytes of a PNG file, in its own size."""
    image = picture(pixels)
    return encode(image, max(image.size), "PNG")


def jpeg(image: Image.Image, longest: int) -> bytes:
    """The bytes of a JPEG file whose longer side is at most `longest` pixels."""
    return encode(image.convert("RGB"), longest)


def side_by_side(images: Sequence[Image.Image], height: int) -> Image.Image:
    """Pictures in a row, each `height` pixels high."""
    scaled = [p.resize((max(1, round(p.width * height / p.height)), height)) for p in images]
    row = Image.new("RGB", (sum(p.width for p in scaled), height))
    left = 0
    for image in scaled:
        row.paste(image, (left, 0))
        left += image.width
    return row
