"""The curves of sigmoid and exp, and where activations stand on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.metrics.losses import Floats

NEAR, SPARSE, DENSE = 4.0, 25, 33
"""The curves reach from -4 to 4 at least; points over all of that, and near 0, where they bend."""

DIGITS = 6
"""Significant digits of a point, as many as float32 holds for certain."""

Points = list[tuple[float, float]]


def curve(function: Callable[[Floats], Floats], activations: Floats) -> tuple[Points, Points]:
    """A function's curve around activations, and the activations on it.

    Args:
        function: of an array of float32, elementwise.
        activations: (c,) float32.

    Returns:
        points (x, y) of the curve and of the activations, by x; those that are not finite, as exp
        is above 88.7, are left out.
    """
    finite = activations[np.isfinite(activations)]
    low, high = min(-NEAR, *finite, 0), max(NEAR, *finite, 0)
    even = np.linspace(low, high, SPARSE, dtype=np.float32)
    near = np.linspace(max(low, -2 * NEAR), min(high, 2 * NEAR), DENSE, dtype=np.float32)
    return _points(function, np.union1d(even, near)), _points(function, np.sort(finite))


def _points(function: Callable[[Floats], Floats], x: Floats) -> Points:
    with np.errstate(over="ignore"):
        y = function(x)
    return [(_short(a), _short(b)) for a, b in zip(x, y, strict=True) if np.isfinite(b)]


def _short(x: np.float32) -> float:
    return float(f"{x:.{DIGITS}g}")
