"""A photograph with its crops outlined."""

from __future__ import annotations

from typing import TypedDict

from traitlets import Bytes, Dict, List, Unicode

from petwidgets.widgets.base import Part


class RegexText(TypedDict):
    """A square that is cut out; `box` and `tone` are as of `CropOverlay`."""

    label: str
    box: tuple[float, float, float, float]
    tone: str


class CropOverlay(Part):
    """`boxes` is a list of `{"label", "box", "tone"}`.

    `box` is left, top, right and bottom as shares of the picture's sides; `tone` is `train` or
    `valid`, which also differ by their line.

    Example:
        >>> CropOverlay(boxes=[{"label": "train", "box": [0, 0, 0.7, 1], "tone": "train"}]).jpeg
        b''
    """

    file = "crop_overlay"

    jpeg = Bytes().tag(sync=True)
    caption = Unicode().tag(sync=True)
    boxes = List(Dict()).tag(sync=True)
