"""Places of an axis that carry a number."""

from __future__ import annotations

from math import ceil, floor, log10

AIMED = 5
"""Steps that an axis is divided into, more or less."""


def tick_step(span: float, *, whole: bool = False) -> float:
    """How far apart the ticks of an axis lie: 1, 2 or 5 times a power of ten, as in `line_chart`.

    Args:
        span: the axis's length, above 0.
        whole: whole numbers alone, for what is counted.

    Example:
        >>> [tick_step(span) for span in (0.4, 2.5, 11)]
        [0.1, 0.5, 5]
        >>> [tick_step(span, whole=True) for span in (0.4, 2.5, 11)]
        [1, 1, 5]
    """
    rough = span / AIMED
    unit: float = 10 ** floor(log10(rough))
    step = next((n * unit for n in (1, 2, 5) if n * unit >= rough), 10 * unit)
    return max(step, 1) if whole else step


def ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """The multiples of `tick_step` from the lowest to the highest value of an axis.

    Example:
        >>> ticks(0, 2.1), ticks(0.8, 5.2, whole=True)
        ([0.0, 0.5, 1.0, 1.5, 2.0], [1.0, 2.0, 3.0, 4.0, 5.0])
    """
    step = tick_step(high - low, whole=whole)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]
