"""Intervals of proportions, and the least probability of an answer."""

from __future__ import annotations

import math

import numpy as np

from petwidgets.common.formatting import percent

Z_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


def wilson(errors: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """The score interval of a share: `errors` of `n`, 95 % by default.

    Source: E. B. Wilson, "Probable inference", JASA 22 (1927).

    Returns:
        The lower and upper end, both in [0, 1].
    """
    if n == 0:
        return 0.0, 1.0
    share = errors / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def least_probability(probabilities: np.ndarray, targets: np.ndarray, lost: float = 0.05) -> float:
    """The top probability under which an answer is better not given.

    It is the value that all but the share `lost` of the right answers on the validation set
    reach: the price of saying "I don't know" is stated before it is paid.

    Args:
        probabilities: (n, c), rows adding to one.
        targets: (n) positions in the vocab.
        lost: the share of right answers given up.

    Returns:
        A probability; 0 when no answer was right, since there is nothing to go by.
    """
    right = probabilities.argmax(1) == targets
    return float(np.quantile(probabilities.max(1)[right], lost)) if right.any() else 0.0


def interval(errors: int, n: int) -> str:
    """The 95 % interval of a share, by Wilson.

    Example:
        >>> interval(72, 740)
        '7.8 % to 12.1 %'
    """
    return " to ".join(map(percent, wilson(errors, n)))
