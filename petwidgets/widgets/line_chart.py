"""A small live line chart with a cursor to drag."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from traitlets import Bool, Dict, Float, List, Unicode

from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Line(TypedDict):
    name: str
    tone: str
    points: Sequence[tuple[float, float]]


class Line(_Line, total=False):
    """Points (x, y) that are joined; the rest is as `LineChart` says."""

    dashed: bool
    dots: bool
    joined: bool
    spans: Sequence[tuple[float, float, float]]
    title: str


class LineChart(Shared):
    """Lines through points, their axes, marks, and at most one place that a person moves along x.

    `lines` is a list of `{"name", "tone", "points"}`, `points` a list of (x, y), `tone` one of
    `blue`, `orange`, `green`, `red`, `grey`, and optionally `"dashed": True` for what is planned or
    another's, `"dots": True` for points that are shown, too (with `"joined": False` alone),
    `"spans"`, a list of (x, from, to), for upright intervals, and `"title"`, its name in the table
    of all figures under the chart if it is another. `marks` is a list of `{"x", "label"}`, upright
    lines with their names; `bands` of `{"from", "to", "label"}`, shaded parts of x. Where it
    `moves`, `at` is the x of the cursor.
    Points that are not finite are left out. With `log_x` x is drawn by its logarithm, and arrow
    keys multiply: `step` is then in decades. With `whole` ticks and cursor stand at whole numbers.

    Example:
        >>> LineChart(lines=[{"name": "log", "tone": "blue", "points": [(0.5, -0.69), (1, 0)]}]).at
        0.0
    """

    file = "line_chart"

    from_page = ("at",)

    lines = List(Dict()).tag(sync=True)
    marks = List(Dict()).tag(sync=True)
    bands = List(Dict()).tag(sync=True)
    across = Unicode(help="what x is").tag(sync=True)
    up = Unicode(help="what y is").tag(sync=True)
    whole = Bool(default_value=False, help="whether x counts things").tag(sync=True)
    log_x = Bool(default_value=False).tag(sync=True)
    log_y = Bool(default_value=False).tag(sync=True)
    from_zero = Bool(default_value=False, help="whether y begins at 0").tag(sync=True)
    most = Float(allow_none=True, default_value=None, help="of y: cut off there").tag(sync=True)
    moves = Bool(default_value=False).tag(sync=True)
    at = Float().tag(sync=True)
    step = Float(0.01, help="of an arrow key").tag(sync=True)
