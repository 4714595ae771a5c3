"""Labelled horizontal bars: counts of a breed, probabilities of an answer."""

from __future__ import annotations

from typing import TypedDict

from traitlets import Bool, Dict, Float, List, Unicode

from petwidgets.widgets.base import Shared


class _Bar(TypedDict):
    label: str
    value: float
    text: str


class Bar(_Bar, total=False):
    """A bar; `tone` is `cat`, `dog`, `first` or `quiet`, `key` what a click chooses."""

    tone: str
    key: str


class Bars(Shared):
    """One bar an item, drawn as a table, so that the picture and its table are the same thing.

    `items` is a list of `{"label", "value", "text"}`, and optionally `"tone"`: `cat`, `dog`,
    `first` or `quiet`. `longest` is the value of a full bar, 0 for the largest one. Where it
    `chooses`, a click on a label sets `chosen` to the item's `"key"`, a second click to nothing.

    Example:
        >>> Bars(items=[{"label": "pug", "value": 0.9, "text": "90 %"}], longest=1).items[0]["text"]
        '90 %'
    """

    file = "bars"

    from_page = ("chosen",)

    caption = Unicode().tag(sync=True)
    items = List(Dict()).tag(sync=True)
    longest = Float(0.0).tag(sync=True)
    chooses = Bool(default_value=False).tag(sync=True)
    chosen = Unicode().tag(sync=True)
