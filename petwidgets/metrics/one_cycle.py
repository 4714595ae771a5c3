"""The one-cycle schedule: learning rate of each layer group and momentum, by batch.

Source: L. N. Smith, "Super-Convergence" (2017), in the form of fastai's `fit_one_cycle`; chapter
sections "Unfreezing and Transfer Learning" and "Discriminative Learning Rates".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.recipes.stage import Rate, Stage

DIV_FINAL = 1e5
"""The highest rate divided by this is the rate at the end, as in fastai."""

MOMENTA = (0.95, 0.85, 0.95)
"""Adam's first beta at the beginning, at the highest rate and at the end, as in fastai."""

BELOW = 10
"""fastai's `slice(high)`: all layer groups but the last get a tenth of the rate."""


def of_groups(rate: Rate, groups: int) -> np.ndarray:
    """(groups) highest rates, the group of the first layers first, as in fastai's `slice`."""
    if not isinstance(rate, tuple):
        return np.full(groups, float(rate))
    low, high = rate
    if low is None:
        return np.array([high / BELOW] * (groups - 1) + [high])
    # Geometrically spaced.
    return np.geomspace(low, high, groups) if groups > 1 else np.array([float(high)])


def _cosine(start: float, end: float, position: np.ndarray) -> np.ndarray:
    return start + (1 + np.cos(np.pi * (1 - position))) * (end - start) / 2


def _up_and_down(
    share: float, start: float, middle: float, end: float, position: np.ndarray
) -> np.ndarray:
    up = _cosine(start, middle, position / share)
    down = _cosine(middle, end, (position - share) / (1 - share))
    return np.where(position < share, up, down)


def of_stage(stage: Stage, batches: int, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Learning rates and momentum that one call of `fit_one_cycle` sets before each batch.

    Args:
        stage: its epochs, rate, `pct_start` and `div` are used.
        batches: batches per epoch.
        groups: number of the network's layer groups.

    Returns:
        Rates (epochs * batches, groups) and momenta (epochs * batches).
    """
    n = stage.epochs * batches
    return _at(stage, groups, np.arange(n) / max(1, n))


def _at(stage: Stage, groups: int, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rates and momenta at positions in the stage, from 0 to 1."""
    highest = of_groups(stage.rate, groups)
    rates = [
        _up_and_down(stage.pct_start, h / stage.div, h, h / DIV_FINAL, position) for h in highest
    ]
    return np.stack(rates, 1), _up_and_down(stage.pct_start, *MOMENTA, position)


Points = list[tuple[float, float]]

DRAWN = 60
"""Points per stage in a chart: enough for a cosine."""


@lru_cache(maxsize=8)  # it is called at every batch
def drawn(recipe: Recipe, groups: int) -> tuple[list[Points], Points]:
    """The schedule of all stages for a chart: (epoch, rate) by layer group, (epoch, momentum)."""
    lines: list[Points] = [[] for _ in range(groups)]
    momenta: Points = []
    begin = 0
    for stage in recipe.stages:
        position = np.arange(DRAWN if stage.epochs else 0) / DRAWN
        for part, rates, momentum in zip(position, *_at(stage, groups, position), strict=True):
            epoch = float(begin + part * stage.epochs)
            momenta.append((epoch, float(momentum)))
            for line, rate in zip(lines, rates, strict=True):
                line.append((epoch, float(rate)))
        begin += stage.epochs
    return lines, momenta
