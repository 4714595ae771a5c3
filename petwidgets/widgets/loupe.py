"""Pictures side by side, and one loupe over the same spot of each."""

from __future__ import annotations

from typing import TypedDict

from traitlets import Dict, Int, List

from petwidgets.widgets.base import Shared


class Magnified(TypedDict):
    """A picture under the loupe."""

    title: str
    text: str
    png: bytes


class Loupe(Shared):
    """`pictures` is a list of `{"title", "text", "png"}`, all of the same size in pixels.

    The pointer, or the arrow keys, move the loupe; it shows the pixels as they are.

    Example:
        >>> Loupe(pictures=[{"title": "composed", "text": "", "png": b""}]).power
        4
    """

    file = "loupe"

    pictures = List(Dict()).tag(sync=True)
    power = Int(4, help="how much the loupe enlarges").tag(sync=True)
