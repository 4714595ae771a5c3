"""Axes of Plotly charts: ticks for counts, and the reset of a zoom."""

from __future__ import annotations

from petwidgets.common.ticks import tick_step

WHOLE = {"range": None, "autorange": True}
"""Of an axis that shows all there is."""


def whole_step(span: float) -> int:
    """How far apart whole numbers are that an axis of this length names; `line_chart` has it too.

    Example:
        >>> [whole_step(span) for span in (0, 2, 5, 11, 37, 200)]
        [1, 1, 1, 5, 10, 50]
    """
    return int(tick_step(span, whole=True)) if span else 1
