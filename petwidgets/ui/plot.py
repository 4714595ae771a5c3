"""Plotly figures whose five-megabyte bundle goes to a page once, when its first figure is opened.

`FigureWidget` sends its bundle over the websocket for every instance (five figures: 25 MB). Here
one hidden widget carries it, and each figure has a few lines instead that wait for it.

This leans on the default export of plotly's bundle, hence the pinned major version.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import plotly
import plotly.graph_objects as go
from traitlets import Unicode

BUNDLE = Path(plotly.__file__).parent / "package_data" / "widgetbundle.js"


class PlotlyBundle(anywidget.AnyWidget):
    """Carries plotly's bundle; put one on a page, beside its figures. It shows nothing."""

    _esm = Path(__file__).with_name("plot_bundle.js")
    bundle = Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(bundle=BUNDLE.read_text("utf-8"))


class Figure(go.FigureWidget):
    """A `FigureWidget` that takes its code from the page's `PlotlyBundle`.

    One that waits for it in vain says so after twenty seconds.

    Example:
        >>> Figure().layout.template.layout.colorway is not None
        True
    """

    _esm = Path(__file__).with_suffix(".js")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Transparent, so that the page's theme, light or dark, is what one sees.
        self.update_layout(
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            font={"color": "#808080", "family": "system-ui, sans-serif"},
            margin={"l": 56, "r": 16, "t": 16, "b": 44},
            colorway=["#0072b2", "#e69f00", "#009e73", "#d55e00"],
        )
        grid = {"gridcolor": "rgba(128,128,128,0.25)", "zerolinecolor": "rgba(128,128,128,0.4)"}
        self.update_xaxes(**grid)
        self.update_yaxes(**grid)
