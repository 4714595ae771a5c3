"""A small chart of lines, and a point on them that can be dragged."""

from __future__ import annotations

from pathlib import Path

from traitlets import Bool, Dict, Float, List, Unicode

from petwidgets.ui.part import Shared


class Curve(Shared):
    """Lines through points, their axes, and at most one point that a person moves along x.

    `lines` is a list of `{"name", "tone", "points"}`, `points` a list of (x, y), `tone` one of
    `blue`, `orange`, `green`, `red`. Where it `moves`, `at` is the x of the point.

    Example:
        >>> Curve(lines=[{"name": "log", "tone": "blue", "points": [(0.5, -0.69), (1, 0)]}]).at
        0.0
    """

    file = Path(__file__)

    lines = List(Dict()).tag(sync=True)
    across = Unicode(help="what x is").tag(sync=True)
    up = Unicode(help="what y is").tag(sync=True)
    moves = Bool(default_value=False).tag(sync=True)
    at = Float().tag(sync=True)
    step = Float(0.01, help="of an arrow key").tag(sync=True)
