"""Labelled horizontal bars: counts of a breed, probabilities of an answer."""

from __future__ import annotations

from pathlib import Path

from traitlets import Dict, Float, List, Unicode

from petwidgets.ui.part import Part


class Bars(Part):
    """One bar an item, drawn as a table, so that the picture and its table are the same thing.

    `items` is a list of `{"label", "value", "text"}`, and optionally `"tone"`: `cat`, `dog`,
    `first` or `quiet`. `longest` is the value of a full bar, 0 for the largest one.

    Example:
        >>> Bars(items=[{"label": "pug", "value": 0.9, "text": "90 %"}], longest=1).items[0]["text"]
        '90 %'
    """

    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_suffix(".css")

    caption = Unicode().tag(sync=True)
    items = List(Dict()).tag(sync=True)
    longest = Float(0.0).tag(sync=True)
