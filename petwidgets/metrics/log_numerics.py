"""Why a loss uses the logarithm: it separates small numbers, and sums of logs do not underflow.

The chapter's section on taking the log. All numbers are float32, as in a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from petwidgets.metrics.losses import Floats

COUNTS = (1, 2, 5, 10, 20, 30, 50, 100, 500, 1000)
"""Numbers of probabilities that are multiplied, one for each row of the table."""

POINTS = 80
"""Points of a drawn curve."""


BASES = {"e": np.log, "2": np.log2, "10": np.log10}
"""Logarithms by their base; that of base b is ln x / ln b."""


def log(x: float, base: str = "e") -> float:
    """The logarithm in float32: -inf for 0, nan below it, like `torch.log`, `log2` and `log10`."""
    with np.errstate(all="ignore"):
        return float(BASES[base](np.float32(x)))


def curve(least: float = 0.001, base: str = "e") -> list[tuple[float, float]]:
    """Points (x, log x) from `least` to 1, closer together where the curve is steep."""
    x = np.geomspace(least, 1, POINTS, dtype=np.float32)
    y = BASES[base](x)
    return [(round(float(a), 5), round(float(b), 4)) for a, b in zip(x, y, strict=True)]


def products(p: float, counts: tuple[int, ...] = COUNTS) -> list[tuple[int, float, float]]:
    """(n, product of n factors p, sum of their n logarithms), for each n of `counts`.

    The product is computed factor by factor in float32, as for a batch's probabilities.
    """
    factors = np.full(max(counts), p, np.float32)
    with np.errstate(all="ignore"):
        product, total = factors.cumprod(), np.log(factors).cumsum()
    return [(n, float(product[n - 1]), float(total[n - 1])) for n in counts]


def runs_out(p: float) -> int | None:
    """The number of factors p at which their product falls below float32's smallest normal number.

    Below that number, 1.2e-38, digits get lost, until the product is zero or stops changing. None
    if 200,000 factors do not reach it.
    """
    factors: Floats = np.full(200_000, p, np.float32)
    small = np.flatnonzero(factors.cumprod() < np.finfo(np.float32).tiny)
    return int(small[0]) + 1 if len(small) else None


def identity(a: float, b: float) -> dict[str, float]:
    """log(a * b) and log(a) + log(b), each in float32, which may differ in the last digit."""
    x, y = np.float32(a), np.float32(b)
    with np.errstate(all="ignore"):
        return {
            "product": float(x * y),
            "log_a": float(np.log(x)),
            "log_b": float(np.log(y)),
            "sum": float(np.log(x) + np.log(y)),
            "log_product": float(np.log(x * y)),
        }
