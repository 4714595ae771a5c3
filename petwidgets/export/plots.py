"""Plots of a report as SVG, with the colours of the page, light or dark.

matplotlib draws them without a screen and without `pyplot`, whose state all threads share. Text
stays text: it can be searched, read aloud and copied.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from petwidgets.common.formatting import printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from petwidgets.export.run_summary import RunSummary
    from petwidgets.metrics.calibration import Bin
    from petwidgets.runs.events import Event

INK, BLUE, ORANGE, RED = "#010203", "#010204", "#010205", "#010206"
"""Placeholder colours of a drawing, replaced by the page's (`COLOURS`)."""
COLOURS = {INK: "currentColor", BLUE: "var(--blue)", ORANGE: "var(--orange)", RED: "var(--red)"}

STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "text.parse_math": False,  # a breed may be called $x$
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.alpha": 0.25,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "grid.color"), INK),
    **dict.fromkeys(("xtick.color", "ytick.color", "legend.labelcolor"), INK),
}
METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))

MOST_BREEDS = 60
"""Most breeds on an axis of the confusion matrix; those with the most mistakes are shown."""

_drawing = Lock()
"""Lock of matplotlib's settings, which apply to the whole process."""


def plots(summary: RunSummary) -> dict[str, Markup]:
    """Draw `losses`, `errors`, `confusion` and `reliability`; plots without data are left out."""
    drawn = {"reliability": _reliability(summary)}
    if summary.epochs:
        losses = {"train_loss": (ORANGE, "s"), "valid_loss": (BLUE, "o")}
        drawn["losses"] = _curves("losses", summary.epochs, losses)
        drawn["errors"] = _curves("errors", summary.epochs, {"error_rate": (RED, "o")})
    if summary.confused:
        drawn["confusion"] = _confusion(summary)
    return drawn


@contextmanager
def _axes(name: str, title: str, width: float, height: float) -> Iterator[tuple[Axes, list[Any]]]:
    """Yield axes to draw on, and a list that holds the SVG after the block."""
    done: list[Any] = []
    style: Any = {**STYLE, "svg.hashsalt": name}
    with _drawing, rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        canvas = FigureCanvasSVG(figure)
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        axes.grid(visible=True)
        yield axes, done
        into = io.StringIO()
        canvas.print_svg(into, metadata=METADATA)
        done.append(_inline(into.getvalue(), name, title))


def _inline(svg: str, name: str, title: str) -> Markup:
    """Prepare an SVG for inlining: prefix its ids, use the page's colours, add an ARIA label."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|xlink:href="#|url\(#)', rf"\g<1>{name}-", svg)
    for stand_in, colour in COLOURS.items():
        svg = svg.replace(stand_in, colour)
    # matplotlib has escaped every text in it.
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1))  # noqa: S704


def _curves(name: str, epochs: list[Event], lines: dict[str, tuple[str, str]]) -> Markup:
    with _axes(name, f"{' and '.join(lines)} by epoch", 5.2, 3.2) as (axes, done):
        for line, (colour, marker) in lines.items():
            points = [(event["epoch"], event[line]) for event in epochs]
            axes.plot(*zip(*points, strict=True), color=colour, marker=marker, label=line)
        axes.set_xlabel("epoch")
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.legend(frameon=False)
    return done[0]


def _reliability(summary: RunSummary) -> Markup:
    with _axes("reliability", "reliability diagram", 5.2, 4.2) as (axes, done):
        axes.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1, label="honest")
        _bins(axes, summary.calibration.bins, ORANGE, "s", "as trained")
        fitted = f"temperature {summary.calibration.temperature:.2f}"
        _bins(axes, summary.calibration.cooled_bins, BLUE, "o", fitted)
        axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.02))
        axes.legend(frameon=False)
    return done[0]


def _bins(axes: Axes, bins: Sequence[Bin], colour: str, marker: str, label: str) -> None:
    x, y = [b.confidence for b in bins], [b.accuracy for b in bins]
    reach = [[max(0, b.accuracy - b.interval[0]), max(0, b.interval[1] - b.accuracy)] for b in bins]
    axes.errorbar(x, y, yerr=np.transpose(reach), color=colour, marker=marker, label=label)


def _confusion(summary: RunSummary) -> Markup:
    """Draw the mistakes only; the diagonal would outshine them."""
    rows = _most([(a, n) for a, _, n in summary.confused])
    columns = _most([(b, n) for _, b, n in summary.confused])
    wide, high = 2.6 + 0.24 * len(columns), 2.6 + 0.24 * len(rows)
    most = max(n for *_, n in summary.confused)
    with _axes("confusion", "confusion matrix of the mistakes", wide, high) as (axes, done):
        for a, b, n in summary.confused:
            if a in rows and b in columns:
                at = (columns.index(b), rows.index(a))
                strength = 0.15 + 0.6 * n / most
                axes.scatter(*at, s=190, marker="s", color=RED, linewidths=0, alpha=strength)
                axes.text(*at, str(n), ha="center", va="center", fontsize=8)
        axes.set_xticks(range(len(columns)), map(printed, columns), rotation=90, fontsize=8)
        axes.set_yticks(range(len(rows)), map(printed, rows), fontsize=8)
        axes.set(xlabel="taken for", ylabel=summary.noun, xlim=(-0.6, len(columns) - 0.4))
        axes.set_ylim(len(rows) - 0.4, -0.6)
    return done[0]


def _most(counts: list[tuple[str, int]]) -> list[str]:
    """List breeds with mistakes by name, at most the `MOST_BREEDS` with the most mistakes."""
    sums: dict[str, int] = {}
    for breed, n in counts:
        sums[breed] = sums.get(breed, 0) + n
    return sorted(sorted(sums, key=lambda breed: -sums[breed])[:MOST_BREEDS])
