"""Sigmoid and exp as curves, with a row's activations as points on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from petwidgets.metrics import losses
from petwidgets.metrics.exponentials import curve
from petwidgets.widgets.base import PLAIN, HBox
from petwidgets.widgets.line_chart import LineChart

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.metrics.losses import Floats
    from petwidgets.widgets.line_chart import Line

FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {"sigmoid": losses.sigmoid, "exp": np.exp}


class Exponentials(HBox):
    """Two charts, which are made and drawn only while they are `shown`."""

    def __init__(self) -> None:
        self.charts: list[LineChart] = []
        super().__init__([], layout=PLAIN, _dom_classes=("petwidgets-columns",))

    @property
    def shown(self) -> bool:
        """Whether they are in the page."""
        return bool(self.charts)

    def toggle(self) -> None:
        """Show or hide them; the next `draw` draws them."""
        self.charts = [] if self.shown else [LineChart(up=name) for name in FUNCTIONS]
        self.children = self.charts

    def draw(self, activations: Floats, moved: int, name: str) -> None:
        """Show activations on the curves, if they are shown.

        Args:
            activations: (c,) of a row, shifted and divided as the bars show them.
            moved: the position of the one that is marked.
            name: its name.
        """
        x = float(activations[moved])
        for chart, function in zip(self.charts, FUNCTIONS.values(), strict=False):
            points, own = curve(function, activations)
            lines: list[Line] = [
                {"name": chart.up, "tone": "blue", "points": points},
                {
                    "name": "activations",
                    "tone": "red",
                    "points": own,
                    "joined": False,
                    "dots": True,
                },
            ]
            with chart.hold_sync():
                chart.across = "activation, shifted and divided"
                chart.lines = lines
                chart.marks = [{"x": x, "label": name}] if np.isfinite(x) else []
