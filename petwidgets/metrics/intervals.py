"""Confidence intervals of proportions, and the probability threshold of an answer."""

from __future__ import annotations

import math

import numpy as np

from petwidgets.common.formatting import percent

Z_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


def wilson(errors: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval of a proportion: `errors` of `n`, 95 % by default.

    Source: E. B. Wilson, "Probable inference", JASA 22 (1927).

    Returns:
        The lower and upper end, both in [0, 1]; (0, 1) for n = 0.
    """
    if n == 0:
        return 0.0, 1.0
    share = errors / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends it is exact; the sums would leave a rest of 1e-17, which reads as "< 0.1 %".
    return centre - half if errors else 0.0, centre + half if errors < n else 1.0


def least_probability(probabilities: np.ndarray, targets: np.ndarray, lost: float = 0.05) -> float:
    """The threshold of the top probability below which no answer is given.

    All but the share `lost` of the right answers on the validation set reach it: the cost of
    saying "I don't know" is chosen beforehand.

    Args:
        probabilities: (n, c), rows adding to one.
        targets: (n) positions in the vocab.
        lost: the share of right answers to reject.

    Returns:
        A probability; 0 if no answer was right.
    """
    right = probabilities.argmax(1) == targets
    return float(np.quantile(probabilities.max(1)[right], lost)) if right.any() else 0.0


def interval(errors: int, n: int) -> str:
    """Wilson's 95 % interval of a proportion, as text.

    Example:
        >>> interval(72, 740)
        '7.8 % to 12.1 %'
    """
    return " to ".join(map(percent, wilson(errors, n)))
