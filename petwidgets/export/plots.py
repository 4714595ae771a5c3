"""Plots of a report as SVG, with the colours of the page, light or dark."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from petwidgets.common.formatting import printed, short
from petwidgets.common.ticks import ticks
from petwidgets.export.svg import BLUE, INK, ORANGE, RED, SMALL, Chart, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from petwidgets.export.run_summary import RunSummary
    from petwidgets.metrics.calibration import Bin
    from petwidgets.runs.events import Event

MOST_BREEDS = 60
"""Most breeds on an axis of the confusion matrix; those with the most mistakes are shown."""

CELL = 17.0
"""Width of a cell of the confusion matrix, pixels."""

LEAST = 704.0
"""Width of the confusion matrix: the page's 44rem, so that its letters are as large as they are."""

MARGIN = 0.05
"""Room beside the first and the last point, as a share of what is between them."""


def plots(summary: RunSummary) -> dict[str, Markup]:
    """Draw `losses`, `errors`, `confusion` and `reliability`; plots without data are left out."""
    drawn = {"reliability": _reliability(summary)}
    if summary.epochs:
        losses = {"train_loss": (ORANGE, "s"), "valid_loss": (BLUE, "o")}
        drawn["losses"] = _curves(summary.epochs, losses)
        drawn["errors"] = _curves(summary.epochs, {"error_rate": (RED, "o")})
    if summary.confused:
        drawn["confusion"] = _confusion(summary)
    return drawn


def _numbered(values: Sequence[float]) -> list[tuple[float, str]]:
    return [(value, f"{value:g}") for value in values]


def _curves(epochs: list[Event], lines: dict[str, tuple[str, str]]) -> Markup:
    numbers = [event["epoch"] for event in epochs]
    values = [event[name] for event in epochs for name in lines]
    top = max((value for value in values if isfinite(value)), default=0) * (1 + MARGIN) or 1
    room = MARGIN * (max(numbers) - min(numbers)) or MARGIN
    x = (min(numbers) - room, max(numbers) + room)
    chart = Chart(f"{' and '.join(lines)} by epoch", (316, 172), x, (0, top))
    chart.axes(("epoch", _numbered(ticks(*x, whole=True))), ("", _numbered(ticks(0, top))))
    for name, (colour, shape) in lines.items():
        chart.line([(event["epoch"], event[name]) for event in epochs], colour, shape, name)
    return chart.drawn()


def _reliability(summary: RunSummary) -> Markup:
    chart = Chart("reliability diagram", (316, 244), (0, 1.02), (0, 1.02))
    fifths = _numbered([n / 5 for n in range(6)])
    chart.axes(("confidence", fifths), ("share that is right", fifths))
    chart.line([(0, 0), (1, 1)], INK, "", "honest")
    _bins(chart, summary.calibration.bins, ORANGE, "s", "as trained")
    if summary.calibration.fitted:
        fitted = f"temperature {summary.calibration.temperature:.2f}"
        _bins(chart, summary.calibration.cooled_bins, BLUE, "o", fitted)
    return chart.drawn()


def _bins(chart: Chart, bins: Sequence[Bin], colour: str, shape: str, label: str) -> None:
    for bin_ in bins:
        chart.bar(bin_.confidence, bin_.interval, colour)
    chart.line([(bin_.confidence, bin_.accuracy) for bin_ in bins], colour, shape, label)


def _confusion(summary: RunSummary) -> Markup:
    """Draw the mistakes only; the diagonal would outshine them."""
    rows = _most([(a, n) for a, _, n in summary.confused])
    columns = _most([(b, n) for _, b, n in summary.confused])
    most = max(n for *_, n in summary.confused)
    names = {name: short(printed(name)) for name in (*rows, *columns)}
    left, below = (max(width(names[name], SMALL) for name in some) + 24 for some in (rows, columns))
    chart = Chart(
        "confusion matrix of the mistakes",
        (CELL * len(columns), CELL * len(rows)),
        (-0.5, len(columns) - 0.5),
        (len(rows) - 0.5, -0.5),
        left,
        below,
        LEAST,
    )
    across, down = ([(i, names[name]) for i, name in enumerate(some)] for some in (columns, rows))
    chart.axes(("taken for", across), (summary.noun, down), turned=True, size=SMALL)
    for a, b, n in summary.confused:
        if a in rows and b in columns:
            chart.cell(columns.index(b), rows.index(a), str(n), 0.15 + 0.6 * n / most)
    return chart.drawn()


def _most(counts: list[tuple[str, int]]) -> list[str]:
    """List breeds with mistakes by name, at most the `MOST_BREEDS` with the most mistakes."""
    sums: dict[str, int] = {}
    for breed, n in counts:
        sums[breed] = sums.get(breed, 0) + n
    return sorted(sorted(sums, key=lambda breed: -sums[breed])[:MOST_BREEDS])
