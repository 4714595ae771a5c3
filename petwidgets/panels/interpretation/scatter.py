"""Photographs as points of a plane, to hover, zoom and click."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.widgets.base import PLAIN, VBox
from petwidgets.widgets.plotly_axes import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ipywidgets as widgets

HEIGHT = 560
SYMBOLS = ("x", "circle")
"""Of a point whose `right` is false, and true."""

RINGS = {"chosen": ("circle-open", 15, "#009e73"), "looked at": ("star", 17, "#cc79a7")}
"""Symbol, size and colour of what stands out."""

GROUPS = 2

CHIP = {
    "showarrow": False,
    "yanchor": "bottom",
    "borderpad": 1,
    "font": {"size": 11, "color": "#fff"},
    "bgcolor": "rgba(34,34,34,0.7)",
}
"""How a name stands over its points, in a light theme and in a dark one."""

WIDE, HIGH = 820, 410
"""Pixels that the points take of a figure on a laptop, as measured. On a narrower page names are
moved too little."""

LETTER, LINE = 6.5, 18
"""Pixels of a name: the width of a letter, about, and the height of all."""

TRIED = [0, *(sign * line * LINE for line in range(1, 5) for sign in (1, -1))]
"""Moves of a name, the shortest first; upwards is positive."""

NOTHING: list[widgets.Widget] = []


@dataclass(frozen=True)
class Cloud:
    """What a map shows.

    Args:
        points: (n, 2).
        groups: two, each its name, its colour, and positions of its points.
        right: (n) whether a point is a circle, not a cross.
        said: n texts to hover over; they may come from file names.
        names: texts and where they stand.
        nouns: what the labels are called, in the plural.
    """

    points: np.ndarray
    groups: Sequence[tuple[str, str, np.ndarray]]
    right: np.ndarray
    said: Sequence[str]
    names: Sequence[tuple[str, float, float]]
    nouns: str = "classes"


class Points(VBox):
    """A Plotly figure, which the page is sent with the first cloud.

    Args:
        clicked: called with the position of a point.

    Example:
        >>> Points(print).children
        ()
    """

    def __init__(self, clicked: Callable[[int], Any]) -> None:
        self._clicked = clicked
        self._cloud: Cloud | None = None
        super().__init__(layout=PLAIN)

    def show(self, cloud: Cloud | None) -> None:
        """Show a cloud, or nothing."""
        before, self._cloud = self._cloud, cloud
        if cloud is None:
            self.children = NOTHING
            return
        if not hasattr(self, "figure"):
            self._build()
        with self.figure.batch_update():
            for trace, (name, colour, at) in zip(self.figure.data, cloud.groups, strict=False):
                trace.name, trace.marker.color = name, colour
                trace.x, trace.y = cloud.points[at].T.tolist()
                trace.marker.symbol = [SYMBOLS[int(cloud.right[i])] for i in at]
                # Plotly reads a little HTML.
                trace.text = [escape(cloud.said[i]) for i in at]
            self.figure.data[GROUPS].name = f"chosen {cloud.nouns}"
            shifts = apart(cloud.names, cloud.points)
            self.figure.layout.annotations = [
                {"text": escape(name), "x": x, "y": y, "yshift": shift, **CHIP}
                for (name, x, y), shift in zip(cloud.names, shifts, strict=True)
            ]
            # What was zoomed into on another map is nowhere on this one.
            if before is None or before.points is not cloud.points:
                self.figure.update_layout(xaxis=WHOLE, yaxis=WHOLE)
        if not self.children:
            self.children = [self.figure]

    def emphasise(self, *rings: Sequence[int]) -> None:
        """Have points stand out: those of the chosen labels, and what is looked at."""
        if self._cloud is None:
            return
        points = self._cloud.points
        with self.figure.batch_update():
            for trace, at in zip(self.figure.data[GROUPS:], rings, strict=True):
                trace.x, trace.y = points[[*at]].T.tolist()

    def _build(self) -> None:
        # Imported with the first chart: plotly is 20 MB of the kernel and 5 MB of the page.
        from petwidgets.widgets.plotly import Figure

        dots = {"type": "scatter", "mode": "markers", "hoverinfo": "text"}
        quiet = {"type": "scatter", "hoverinfo": "skip"}
        groups = [{**dots, "marker": {"size": 8, "opacity": 0.8}} for _ in range(GROUPS)]
        rings = [
            {**quiet, "mode": "markers", "name": name,
             "marker": {"symbol": symbol, "size": size, "color": colour, "line": {"width": 2}}}
            for name, (symbol, size, colour) in RINGS.items()
        ]  # fmt: skip
        self.figure = Figure(data=[*groups, *rings])
        with self.figure.batch_update():
            self.figure.update_layout(height=HEIGHT, hovermode="closest", dragmode="pan")
            # Below, because plotly's own buttons come above at hover.
            self.figure.update_layout(legend={"orientation": "h", "y": 0, "yanchor": "top"})
            self.figure.update_xaxes(showticklabels=False, zeroline=False)
            self.figure.update_yaxes(showticklabels=False, zeroline=False, scaleanchor="x")
        for k in range(GROUPS):
            self.figure.data[k].on_click(self._hear)

    def _hear(self, trace: Any, points: Any, _state: Any) -> None:
        group = next((k for k in range(GROUPS) if self.figure.data[k] is trace), None)
        if self._cloud is not None and group is not None and points.point_inds:
            self._clicked(int(self._cloud.groups[group][2][points.point_inds[0]]))


def apart(names: Sequence[tuple[str, float, float]], points: np.ndarray) -> list[int]:
    """Pixels by which to move each name up or down, so that it covers no earlier one.

    A name that has no free place within four lines stays where it belongs.

    Args:
        names: texts, and where the middle of their lower edge stands.
        points: (n, 2), all of the map.

    Example:
        >>> import numpy as np
        >>> names = [("pug", 0, 0), ("beagle", 0, 0), ("boxer", 1, 1)]
        >>> apart(names, np.array([[0, 0], [1, 1]]))
        [0, 18, 0]
    """
    wide, high = np.ptp(points, axis=0)
    scale = min(WIDE / (wide or 1), HIGH / (high or 1))  # pixels of a unit, the same in both
    taken: list[tuple[float, float, float]] = []
    shifts = []
    for name, x, y in names:
        middle, half = x * scale, LETTER * len(name) / 2
        shift = next((s for s in TRIED if _free(taken, middle, y * scale + s, half)), 0)
        taken.append((middle, y * scale + shift, half))
        shifts.append(shift)
    return shifts


def _free(taken: list[tuple[float, float, float]], x: float, y: float, half: float) -> bool:
    return all(abs(x - u) >= half + h or abs(y - v) >= LINE for u, v, h in taken)
