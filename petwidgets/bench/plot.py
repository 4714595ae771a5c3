"""Draw how the rows grow with photographs, breeds or visitors."""

from __future__ import annotations

import math
import textwrap
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Missing, Problem
from petwidgets.common.paths import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.bench.row import Figure, Row

    Measured = list[tuple[Row, int, Figure]]

FORMS = (".png", ".svg", ".pdf")

BLUE, ORANGE = "#0072b2", "#d55e00"
"""Of Okabe and Ito's colours, which the colour-blind tell apart."""

LETTERS = 42
"""In a line of a title."""

WIDTH, HEIGHT, ACROSS = 3.6, 3.1, 3
"""Inches of a plot, and the number of plots side by side."""

BELOW = (0.5, -0.22)
"""Where the names of both sides are, in widths and heights of a plot: no line passes there."""

BESIDE: dict[str, Any] = {"textcoords": "offset points", "fontsize": 7}
"""How a mark is annotated whose figure is a bound."""


def check_plot(file: Path) -> None:
    """Check before minutes of measuring that the plot can be written.

    Raises:
        Problem: it can't.
    """
    if file.suffix.lower() not in FORMS:
        raise Problem(f"{file} is no name of a picture: end it in {', '.join(FORMS)}.")
    if not file.absolute().parent.is_dir():
        raise Problem(f"There is no folder {file.absolute().parent} to write {file.name} to.")
    if find_spec("matplotlib") is None:
        raise Missing("matplotlib", "train")


def plot(measured: Measured, file: Path) -> None:
    """Draw ours and theirs of each row that has several sizes, on logarithmic axes.

    Raises:
        Problem: no row has two sizes, or the file can't be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas
    from matplotlib.ticker import LogLocator

    names = dict.fromkeys(row.name for row, _, _ in measured)
    groups = [[part for part in measured if part[0].name == name] for name in names]
    growing = [group for group in groups if len(group) > 1]
    if not growing:
        raise Problem("There is nothing to plot: none of these rows was measured at two sizes.")
    down = math.ceil(len(growing) / ACROSS)
    canvas = Canvas(figsize=(WIDTH * ACROSS, HEIGHT * down), layout="constrained")
    FigureCanvasAgg(canvas)
    axes = canvas.subplots(down, ACROSS, squeeze=False).flat
    for group, ax in zip(growing, axes, strict=False):
        row, sizes = group[0][0], [size for _, size, _ in group]
        for side, colour, mark in (("ours", BLUE, "o"), ("theirs", ORANGE, "s")):
            values = [getattr(figure, side) for _, _, figure in group]
            ax.plot(sizes, values, color=colour, marker=mark, label=getattr(row, side))
        for _, size, figure in group:
            if figure.at_least:
                ax.annotate("at least", (size, figure.theirs), (-8, -3), ha="right", **BESIDE)
        ax.set(xscale="log", yscale="log", xlabel=row.grows_with, ylabel=row.unit)
        ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        ax.minorticks_off()
        ax.set_title(textwrap.fill(row.what, LETTERS), fontsize=9)
        ax.legend(fontsize=7, frameon=False, loc="upper center", bbox_to_anchor=BELOW)
        ax.grid(alpha=0.25)
    for ax in [*axes]:
        ax.set_axis_off()
    with replacing(file) as partial:
        canvas.savefig(partial, format=file.suffix[1:].lower(), dpi=130)
