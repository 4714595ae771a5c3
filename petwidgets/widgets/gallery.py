"""Some pictures with captions, side by side."""

from __future__ import annotations

from typing import TypedDict

from traitlets import Bool, Dict, Int, List, Unicode

from petwidgets.widgets.base import Shared


class _Picture(TypedDict):
    name: str
    label: str


class Picture(_Picture, total=False):
    """A picture with its caption, or a sentence why there is none."""

    jpeg: bytes
    problem: str


class Gallery(Shared):
    """Pictures with captions. `pictures` is a list of `{"name", "label", "jpeg"}`.

    `jpeg` holds the bytes of a file; an item without it is shown as a sentence (`"problem"`).
    `columns` is 0 for as many as fit. `wide` ones are fewer and larger, with captions in full.

    Example:
        >>> Gallery(pictures=[{"name": "a.jpg", "label": "pug", "problem": "Empty."}]).caption
        ''
    """

    file = "gallery"

    caption = Unicode().tag(sync=True)
    pictures = List(Dict()).tag(sync=True)
    columns = Int(0).tag(sync=True)
    wide = Bool(default_value=False).tag(sync=True)
