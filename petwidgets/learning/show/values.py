"""Describe an object between file and batch by plain values that a page can show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastai.vision.all import torch
from PIL import Image

from petwidgets.learning.show.encode import jpeg, picture, side_by_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.datablock_summary import Value

ONE, ROW = 240, 120
"""Longest side of a single picture on a card, and height of several in a row, in pixels."""

WIDEST = 1200
"""Largest width of pictures in a row, in pixels."""

NAMED = 3
"""Number of files of a list that are named."""


def plain(
    kind: str,
    *,
    shape: str = "",
    dtype: str = "",
    between: str = "",
    text: str = "",
    jpeg: bytes | None = None,
    stretched: bool = False,
) -> Value:
    """A value with some known facts; `between` is its range."""
    return {
        "type": kind,
        "shape": shape,
        "dtype": dtype,
        "range": between,
        "text": text,
        "jpeg": jpeg,
        "stretched": stretched,
    }


def value(item: Any) -> Value:
    """A file, a label, a picture, a tensor, or a tuple of a picture and its category."""
    if isinstance(item, tuple):
        return {**value(item[0]), "text": ", ".join(str(label) for label in item[1:])}
    if isinstance(item, Image.Image):
        return _photograph(item)
    if isinstance(item, torch.Tensor):
        return _tensor(item)
    text = item.name if isinstance(item, Path) else str(item)
    return plain(type(item).__name__, text=text)


def files(kind: str, paths: Sequence[Path], shape: str) -> Value:
    """A list of files, the first of them named."""
    more = ", ..." if len(paths) > NAMED else ""
    return plain(kind, shape=shape, text=", ".join(p.name for p in paths[:NAMED]) + more)


def samples(items: Sequence[tuple[Any, ...]]) -> Value:
    """A list of tuples of a picture's tensor and its category."""
    row = side_by_side([picture(item[0]) for item in items], ROW)
    return plain(
        type(items).__name__,
        shape="; ".join(shape(item[0]) for item in items),
        dtype=_dtype(items[0][0]),
        text=", ".join(str(item[1]) for item in items),
        jpeg=jpeg(row, WIDEST),
    )


def shape(tensor: torch.Tensor) -> str:
    """As Python prints a tuple: (3, 460, 460)."""
    return str(tuple(tensor.shape))


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _photograph(photo: Image.Image) -> Value:
    extrema = photo.getextrema()
    pairs = extrema if isinstance(extrema[0], tuple) else [extrema]
    return plain(
        type(photo).__name__,
        shape=f"{photo.width} x {photo.height} pixels",
        between=f"{min(low for low, _ in pairs)} to {max(high for _, high in pairs)}",
        jpeg=jpeg(photo, ONE),
    )


def _tensor(tensor: torch.Tensor) -> Value:
    dtype = _dtype(tensor)
    if tensor.ndim < 3:  # noqa: PLR2004 - no picture: categories
        return plain(type(tensor).__name__, text=str(tensor.tolist()), dtype=dtype)
    batch = tensor if tensor.ndim == 4 else tensor[None]  # noqa: PLR2004 - pictures in a batch
    low, high = batch.min(), batch.max()
    stretched = bool(batch.is_floating_point() and (low < 0 or high > 1))
    pictures = [picture((image - low) / (high - low) if stretched else image) for image in batch]
    shown = pictures[0] if len(pictures) == 1 else side_by_side(pictures, ROW)
    return plain(
        type(tensor).__name__,
        shape=shape(tensor),
        between=f"{_number(low)} to {_number(high)}",
        jpeg=jpeg(shown, ONE if len(pictures) == 1 else WIDEST),
        stretched=stretched,
        dtype=dtype,
    )


def _number(number: torch.Tensor) -> str:
    return f"{number.item():.2f}" if number.is_floating_point() else str(number.item())
