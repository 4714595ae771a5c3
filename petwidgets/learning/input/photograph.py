"""A photograph for fastai's pipeline, from any kind of source."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from fastai.vision.all import PILImage, TensorImage, torch
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo, upright

CHANNELS = (1, 3, 4)
"""Grey, RGB, RGB with transparency."""


class Photo(PILImage):
    """A `PILImage` that is read upright; fastai's own ignores EXIF rotation."""

    @classmethod
    def create(
        cls,
        source: Path
        | str
        | bytes
        | bytearray
        | memoryview
        | io.IOBase
        | Image.Image
        | np.ndarray
        | torch.Tensor,
    ) -> Photo:
        """Open a photograph. A problem names it, since it comes up in the middle of a batch.

        fastai reads the annotation of `source` and accepts only items of these types.

        Args:
            source: a file, its name or its bytes; a picture of Pillow's; or an array or tensor of
                (h, w), (h, w, channels) or (channels, h, w), of numbers to 255 or floats to 1.

        Raises:
            Problem: it can't be read, or an array is not a photograph.
        """
        try:
            return cls(_opened(source))
        except Problem as problem:
            raise Problem(f"{_name(source)}: {problem}") from problem


def _opened(source: Any) -> Image.Image:
    if isinstance(source, Image.Image):
        return upright(source)
    if isinstance(source, np.ndarray | torch.Tensor):
        return upright(Image.fromarray(_bytes(_channels_last(source))))
    if isinstance(source, io.IOBase):
        source = source.read()
    if isinstance(source, bytes | bytearray | memoryview):
        return read_photo(bytes(source))
    return read_photo(Path(source).expanduser())


def _name(source: Any) -> str:
    if isinstance(source, str):
        return Path(source).name
    return str(getattr(source, "name", "A photograph"))


def _channels_last(source: np.ndarray | torch.Tensor) -> np.ndarray:
    """(h, w) or (h, w, channels).

    Raises:
        Problem: it has another shape.
    """
    values = _numbers(source)
    first = isinstance(source, TensorImage) or values.shape[-1:] not in [(c,) for c in CHANNELS]
    if values.ndim == 3 and first:  # noqa: PLR2004
        values = values.transpose(1, 2, 0)
    if values.ndim == 3 and values.shape[2] == 1:  # noqa: PLR2004
        values = values[:, :, 0]
    sound = values.ndim == 2 or (values.ndim == 3 and values.shape[2] in CHANNELS)  # noqa: PLR2004
    if not sound or not values.size:
        raise Problem(
            f"An array of shape {tuple(source.shape)} is not a photograph: give (height, width, 3)."
        )
    return np.ascontiguousarray(values)


def _numbers(source: np.ndarray | torch.Tensor) -> np.ndarray:
    if not isinstance(source, torch.Tensor):
        return source
    tensor = source.as_subclass(torch.Tensor).detach().cpu()
    return (tensor.float() if tensor.is_floating_point() else tensor).numpy()


def _bytes(values: np.ndarray) -> np.ndarray:
    """The same as uint8.

    Raises:
        Problem: the numbers are out of range.
    """
    largest = _largest(values.dtype)
    if not (values.min() >= 0 and values.max() <= largest):  # nor NaN
        raise Problem(
            f"The numbers of this array are not between 0 and {largest:g}, as those of"
            f" {values.dtype} are in a photograph."
        )
    if largest == 255:  # noqa: PLR2004
        return values.astype(np.uint8)
    return (values.astype(np.float32) * (255 / largest)).round().astype(np.uint8)


def _largest(kind: np.dtype) -> int:
    """The value of white in an array of this type; as in Matplotlib, floats go to 1."""
    if kind.kind in "fb":
        return 1
    return 65535 if kind == np.uint16 else 255
