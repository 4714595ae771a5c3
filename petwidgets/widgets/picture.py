"""One picture with its caption."""

from __future__ import annotations

from traitlets import Bytes, Unicode

from petwidgets.widgets.base import Part


class Picture(Part):
    """A picture and what it is; the caption is also what a screen reader says.

    `png` holds the bytes of a file; without them nothing is shown. (The `Image` of ipywidgets has
    no alternative text.)

    Example:
        >>> Picture(caption="What the network saw").png
        b''
    """

    file = "picture"

    png = Bytes().tag(sync=True)
    caption = Unicode().tag(sync=True)
