"""Steps as cards with input and output, shown one after the other."""

from __future__ import annotations

from pathlib import Path

from traitlets import Dict, Int, List

from petwidgets.widgets.base import Part


class Cards(Part):
    """`cards` is a list of `{"stage", "name", "why", "came", "went", "failed", "problem"}`.

    `came` and `went` are `{"type", "shape", "dtype", "range", "text", "jpeg"}`, of which any may
    be missing. `at` is the card that one stands at; those after it are not shown yet.

    Example:
        >>> Cards(cards=[{"stage": "item", "name": "ToTensor", "why": "..."}]).at
        0
    """

    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_suffix(".css")

    from_page = ("at",)

    cards = List(Dict()).tag(sync=True)
    at = Int(0).tag(sync=True)
