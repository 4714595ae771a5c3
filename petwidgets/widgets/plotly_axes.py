"""Axes of Plotly charts: ticks for counts, and the reset of a zoom."""

from __future__ import annotations

from math import floor, log10

AIMED = 5
"""Steps that an axis is divided into, more or less."""


WHOLE = {"range": None, "autorange": True}
"""Of an axis that shows all there is."""


def whole_step(span: float) -> int:
    """How far apart whole numbers are that an axis of this length names; `line_chart` has it too.

    Example:
        >>> [whole_step(span) for span in (0, 2, 5, 11, 37, 200)]
        [1, 1, 1, 5, 10, 50]
    """
    rough = span / AIMED
    if rough <= 1:
        return 1
    power = 10 ** floor(log10(rough))
    return int(next(n * power for n in (1, 2, 5, 10) if n * power >= rough))
