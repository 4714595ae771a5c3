"""Plotly figures whose five-megabyte bundle goes to a page once, when its first figure is opened.

`FigureWidget` sends its bundle over the websocket for every instance (five figures: 25 MB). Here
each figure has a few lines instead, of which those that a page shows first ask for the bundle, and
all wait for it: so a page shows that a chart is coming before five megabytes are on their way.

This leans on the default export of plotly's bundle, hence the pinned major version.
"""

from __future__ import annotations

import json
import mmap
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import plotly
from traitlets import Instance, observe

from petwidgets.common.lazy_import import load_at_first_use
from petwidgets.widgets import built
from petwidgets.widgets.base import Guarded, Part

load_at_first_use("nbformat")  # 20 MB, for renderers that plotly has and a widget does not use
import plotly.graph_objects as go  # noqa: E402
import plotly.io  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGED = Path(plotly.__file__).parent / "package_data"
BUNDLE = PACKAGED / "widgetbundle.js"

TEMPLATE = "plotly"
"""The template that plotly uses where nobody chose one."""

TRACES = ("heatmap", "scatter")
"""What our charts are made of."""

UNUSED = ("geo", "polar", "scene", "ternary")
"""Parts of a template for charts that are none of ours."""


@cache
def _template() -> dict[str, Any]:
    """`TEMPLATE`, as far as our charts use it: plotly makes objects of all of it, 13 MB."""
    whole = json.loads((PACKAGED / "templates" / f"{TEMPLATE}.json").read_text("utf-8"))
    layout = {key: value for key, value in whole["layout"].items() if key not in UNUSED}
    return {"layout": layout, "data": {kind: whole["data"][kind] for kind in TRACES}}


def _bundle() -> memoryview:
    """Plotly's code as the system holds it, once for all kernels of a machine."""
    with BUNDLE.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


class PlotlyBundle(Part):
    """Carries plotly's code to the pages of this kernel; it shows nothing.

    As a widget's first state, for that is in no server's limit of the data rate.

    Attributes:
        newest: the one that was sent last.
    """

    newest: ClassVar[PlotlyBundle | None] = None
    file = "plotly_bundle"
    bundle = Instance(memoryview, allow_none=True).tag(sync=True)

    @classmethod
    def bring(cls) -> None:
        """Send it, once more if it was sent before."""
        before, cls.newest = cls.newest, cls(bundle=_bundle())
        if before is not None:
            before.close()


class Figure(Guarded, go.FigureWidget):
    """A `FigureWidget` whose code a page's first figure asks for, and a `PlotlyBundle` brings.

    One that waits for it longer than twenty seconds says so and offers to ask for it once more; it
    is drawn whenever the code comes.

    Example:
        >>> Figure().layout.template.layout.colorway is not None
        True
    """

    _esm = built.code("plotly.js")
    from_page = tuple(name for name in go.FigureWidget.class_traits() if name.startswith("_js2py_"))
    _drawn = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if plotly.io.templates.default == TEMPLATE:  # else it is a person's choice, in a notebook
            kwargs["layout"] = {"template": _template(), **kwargs.get("layout", {})}
        super().__init__(*args, **kwargs)
        self.on_msg(self._asked)
        with self.batch_update():
            # Transparent, so that the page's theme, light or dark, is what one sees.
            self.update_layout(
                paper_bgcolor="rgba(0,0,0,0)",
                plot_bgcolor="rgba(0,0,0,0)",
                font={"color": "#808080", "family": "system-ui, sans-serif"},
                margin={"l": 56, "r": 16, "t": 16, "b": 44},
                colorway=["#0072b2", "#e69f00", "#009e73", "#d55e00"],
            )
            for axes in (self.update_xaxes, self.update_yaxes):
                axes(gridcolor="rgba(128,128,128,0.25)", zerolinecolor="rgba(128,128,128,0.4)")

    def _asked(self, _figure: Any, content: Any, _buffers: Any) -> None:
        if content == {"plotly": "wanted"}:
            PlotlyBundle.bring()

    @contextmanager
    def batch_update(self) -> Iterator[None]:
        """Change the figure, for views that are there and for those that come later.

        plotly sends a change as a message and leaves the state as it was at first, so that a view
        whose code arrives after the message never shows it. Change a figure in this block only.
        """
        with super().batch_update():
            yield
        self._widget_data = deepcopy(self._data)
        self._widget_layout = deepcopy(self._layout_obj._props)  # noqa: SLF001 - as plotly does

    @observe("_js2py_traceDeltas", "_js2py_layoutDelta")
    def _have_drawn(self, change: Any) -> None:
        """A view says so by the defaults that it found; tell it what it has missed.

        It sends those of its traces first, and those of its layout under another name than Python
        listens to (plotly 7).
        """
        if change["new"] and not self._drawn:
            self._drawn = True
            missed = {key for trace in self._data for key in trace} - {"type", "uid"}
            values = {key: [trace.get(key) for trace in self._data] for key in sorted(missed)}
            self._send_update_msg(values, deepcopy(self._layout_obj._props))  # noqa: SLF001 - as plotly does

    # A change that arrives while plotly's code is still coming, or draws, breaks its view.

    def _send_update_msg(self, *args: Any, **kwargs: Any) -> None:
        if self._drawn:
            super()._send_update_msg(*args, **kwargs)

    def _send_restyle_msg(self, *args: Any, **kwargs: Any) -> None:
        if self._drawn:
            super()._send_restyle_msg(*args, **kwargs)

    def _send_relayout_msg(self, *args: Any, **kwargs: Any) -> None:
        if self._drawn:
            super()._send_relayout_msg(*args, **kwargs)
