"""Labelled dots with their intervals: estimates beside each other."""

from __future__ import annotations

from typing import TypedDict

from traitlets import Dict, Float, List, Unicode

from petwidgets.widgets.base import Shared


class Dot(TypedDict):
    """An estimate with its interval; a `value` of None has no dot."""

    label: str
    value: float | None
    low: float
    high: float
    text: str


class IntervalDots(Shared):
    """One row an item, drawn as a table, so that the picture and its table are the same thing.

    `items` is a list of `{"label", "value", "low", "high", "text"}`; a `value` of None has no dot.
    `ticks` is a list of `[value, text]`, upright lines with their names above.

    Example:
        >>> pug = {"label": "pug", "value": 0.9, "low": 0.7, "high": 1, "text": "90 %"}
        >>> IntervalDots(items=[pug]).most
        1.0
    """

    file = "interval_dots"

    caption = Unicode().tag(sync=True)
    items = List(Dict()).tag(sync=True)
    ticks = List(List()).tag(sync=True)
    least = Float(0.0).tag(sync=True)
    most = Float(1.0).tag(sync=True)
