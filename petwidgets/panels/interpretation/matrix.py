"""A confusion matrix as a heat map in which the errors stand out, not the diagonal."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np

from petwidgets.widgets.base import PLAIN, VBox
from petwidgets.widgets.plotly_axes import whole_step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from petwidgets.widgets.plotly import Figure

SIDE, LABELS, RIGHT, BELOW = 690, 176, 74, 12
"""Pixels of the cells, the names, and the margins."""

HEIGHT = LABELS + SIDE + BELOW

# By opacity, so that they mean the same on light and dark: little is near the page's own colour.
WRONG = [[0, "rgba(213,94,0,0.22)"], [1, "rgba(213,94,0,1)"]]
RIGHTS = [[0, "rgba(128,128,128,0.04)"], [1, "rgba(128,128,128,0.38)"]]
MORE = [
    [0, "rgba(0,114,178,0.9)"],
    [0.5, "rgba(128,128,128,0.06)"],
    [1, "rgba(213,94,0,0.9)"],
]
"""Blue for what became better, orange for what became worse."""


class Matrix(VBox):
    """True breeds from above, predicted ones to the right; a click tells of the cell.

    Its figure is made at the first `show`: plotly's code is five megabytes of the page, and takes
    its time to be imported, which `load` does.

    Args:
        opened: is called with row and column of the cell that was clicked.

    Example:
        >>> Matrix(print).drawn
        False
    """

    def __init__(self, opened: Callable[[int, int], Any]) -> None:
        self._opened = opened
        self.figure: Figure | None = None
        super().__init__(layout=PLAIN, _dom_classes=("petwidgets-matrix", "petwidgets-wide"))
        self.tabbable = True  # what scrolls sideways is scrolled by arrow keys, too

    @property
    def drawn(self) -> bool:
        """Whether there is a figure yet."""
        return self.figure is not None

    def load(self) -> None:
        """Import what a figure needs; the page keeps its place meanwhile."""
        self.layout = widgets.Layout(min_height=f"{HEIGHT}px")
        import_module("petwidgets.widgets.plotly")

    def show(
        self,
        names: Sequence[str],
        counts: np.ndarray,
        shares: np.ndarray,
        *,
        by_share: bool,
        line: int | None,
        noun: str = "class",
        differs: bool = False,
    ) -> None:
        """Draw a matrix, its cells in the order of the names.

        Args:
            names: c breeds, readable.
            counts: (c, c) photographs, or differences of them.
            shares: (c, c) the same as shares of their row.
            by_share: whether colours and numbers are shares, in per cent.
            line: after how many breeds there is a line between species.
            noun: what the names are called.
            differs: whether these are differences: a second run less a first.
        """
        if self.figure is None:
            self.figure = self._make()
        values = 100 * shares if by_share else counts
        with self.figure.batch_update():
            for trace, diagonal in zip(self.figure.data, (True, False), strict=True):
                shown = np.eye(len(names), dtype=bool) == diagonal
                shown &= (counts != 0) | (diagonal and not differs)
                trace.update(_cells(values, counts, shares, shown, by_share=by_share))
                colours = _colours(values, shown, diagonal=diagonal, differs=differs)
                # There are whole photographs only, but any shares.
                dtick = None if by_share else whole_step(colours["zmax"] - colours["zmin"])
                trace.update(colours)
                trace.colorbar.dtick = dtick
            self.figure.layout.shapes = _lines(line, len(names))  # an update would keep old ones
            ticks = {"tickvals": [*range(len(names))], "ticktext": [*map(_escaped, names)]}
            self.figure.update_xaxes(**ticks, range=[-0.5, len(names) - 0.5])
            self.figure.update_yaxes(**ticks, range=[len(names) - 0.5, -0.5], title=f"true {noun}")

    def _make(self) -> Figure:
        from petwidgets.widgets.plotly import Figure

        gaps = {"type": "heatmap", "xgap": 1, "ygap": 1, "hoverongaps": False}
        bar = {"thickness": 12, "len": 0.4, "y": 1, "yanchor": "top", "outlinewidth": 0}
        figure = Figure(data=[{**gaps, "showscale": False}, {**gaps, "colorbar": bar}])
        with figure.batch_update():
            figure.update_layout(
                width=LABELS + SIDE + RIGHT,
                height=HEIGHT,
                margin={"l": LABELS, "t": LABELS, "r": RIGHT, "b": BELOW},
                hoverlabel={"font": {"size": 13}},
            )
            quiet = {"showgrid": True, "zeroline": False, "tickfont": {"size": 11}, "ticks": ""}
            figure.update_xaxes(side="top", tickangle=-90, title="predicted", **quiet)
            figure.update_yaxes(**quiet)
        for trace in figure.data:
            trace.on_click(self._clicked)
        self.children = [figure]
        return figure

    def _clicked(self, _trace: Any, points: Any, _state: Any) -> None:
        for row, column in points.point_inds[:1]:
            self._opened(row, column)


def _cells(
    values: np.ndarray, counts: np.ndarray, shares: np.ndarray, shown: np.ndarray, *, by_share: bool
) -> dict[str, Any]:
    """What a trace's cells hold; those that are not shown are gaps."""
    sign = "+" * bool((counts < 0).any())
    number = f"%{{z:{sign}.0f}}" if by_share else f"%{{z:{sign}d}}"
    return {
        "z": np.where(shown, values, np.nan),
        "customdata": np.stack([counts, shares], 2),
        "texttemplate": number,
        "hovertemplate": "true: %{y}<br>predicted: %{x}<br>"
        f"%{{customdata[0]:{sign}d}} photographs, %{{customdata[1]:{sign}.1%}} of the row"
        "<extra></extra>",
    }


def _colours(
    values: np.ndarray, shown: np.ndarray, *, diagonal: bool, differs: bool
) -> dict[str, Any]:
    most = max(float(np.abs(values[shown]).max(initial=0)), 1e-9)
    if differs:
        return {
            "zmin": -most,
            "zmax": most,
            "colorscale": MORE,
            "reversescale": diagonal,  # there more is better
            "colorbar": {"title": {"text": "wrong<br>more<br>often"}},
        }
    scale = RIGHTS if diagonal else WRONG
    named = {"colorbar": {"title": {"text": "wrong"}}}
    return {"zmin": 0, "zmax": most, "colorscale": scale, "reversescale": False, **named}


def _lines(at: int | None, c: int) -> list[dict[str, Any]]:
    """A cross between the species."""
    if at is None:
        return []
    ends = ((-0.5, at - 0.5, c - 0.5, at - 0.5), (at - 0.5, -0.5, at - 0.5, c - 0.5))
    stroke = {"color": "#808080", "width": 2}
    return [
        {"type": "line", "x0": a, "y0": b, "x1": x, "y1": y, "line": stroke} for a, b, x, y in ends
    ]


def _escaped(name: str) -> str:
    """Plotly reads a little HTML in its labels; a name is none."""
    return name.replace("&", "&amp;").replace("<", "&lt;")
