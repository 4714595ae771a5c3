"""Suggest a learning rate from the finder's curve: fastai's rules, and how much they disagree.

Source: L. N. Smith, "Cyclical Learning Rates for Training Neural Networks" (2015); chapter section
"The Learning Rate Finder".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.common.validate import require_number, require_switch, require_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

SUGGESTERS = ("valley", "slide", "minimum", "steep")
"""fastai's suggestion functions; its `minimum` is a tenth of the rate with the lowest loss."""

LAST_FALL = "last fall"
"""The chapter's second rule. Its first, a tenth of the minimum's rate, is fastai's `minimum`."""

CLEAR = 0.25
"""A fall of the loss is clear if it is at least this share of the steepest one."""

LIMITS = (1e-9, 100.0)
"""Range of the learning rates that can be searched."""


@dataclass(frozen=True)
class Search:
    """Settings of a search: the arguments of fastai's `lr_find`, and which layers train.

    Args:
        frozen: whether the body is frozen, so that only the head trains.
        start: the first learning rate.
        end: the last learning rate, at least ten times the first.
        num_it: number of batches, 30 to 500.
        stop_div: whether to stop when the loss diverges.

    Raises:
        Problem: a value is out of range.
    """

    frozen: bool = True
    start: float = 1e-7
    end: float = 10.0
    num_it: int = 100
    stop_div: bool = True

    def __post_init__(self) -> None:
        require_switch("frozen", self.frozen)
        require_switch("stop_div", self.stop_div)
        require_number("The first rate", self.start, *LIMITS)
        require_number("The last rate", self.end, self.start * 10, LIMITS[1])
        require_whole("The number of batches", self.num_it, 30, 500)


LEAST = 20
"""Least number of points for suggestions, after fastai drops the first tenth and the last five."""


def hints(lrs: Sequence[float], losses: Sequence[float], num_it: int) -> dict[str, float]:
    """Learning rates suggested by fastai's four functions, and by the chapter's second rule.

    Like fastai's `lr_find`, this drops the first tenth of the points, the last five, and all from
    the first loss on that is NaN or infinite. tests/learning/test_lr_suggest.py compares the
    four with fastai's.

    Args:
        lrs: from fastai's recorder.
        losses: from fastai's recorder, smoothed.
        num_it: number of requested batches.
    """
    cut = slice(num_it // 10, -5)
    rates, heights = np.array(lrs[cut], np.float32), np.array(losses[cut], np.float32)
    sound = np.isfinite(heights)
    n = len(sound) if sound.all() else int(sound.argmin())
    rates, heights = rates[:n], heights[:n]
    if n < LEAST:
        return {}
    rules = (valley, slide, minimum, steep, last_fall)
    by_rule = (rule(rates, heights) for rule in rules)
    return dict(zip((*SUGGESTERS, LAST_FALL), by_rule, strict=True))


def valley(rates: np.ndarray, losses: np.ndarray) -> float:
    """The rate two thirds down the longest valley, a falling subsequence of the losses."""
    length = np.ones(len(losses), int)
    for i in range(1, len(losses)):
        higher = losses[:i] > losses[i]
        length[i] += length[:i][higher].max(initial=0)
    end, most = int(length.argmax()), int(length.max())
    if most == 1:  # they never fall
        return float(rates[0])
    return float(rates[end - most + int(most / 3) + int(most / 6)])


SLIDE, ALIKE = 15, 0.005
"""Points between two slopes that `slide` compares, and their largest difference that it accepts."""


def slide(rates: np.ndarray, losses: np.ndarray) -> float:
    """The largest rate whose slope is like that of 15 points later, searched from the end."""
    slopes = np.gradient(losses)
    left, right = len(losses) - 1 - SLIDE, len(losses) - 1
    found = left
    while left >= 0 and abs(slopes[right] - slopes[left]) > ALIKE:
        found, left, right = left, left - 1, right - 1
    return float(rates[found])


def minimum(rates: np.ndarray, losses: np.ndarray) -> float:
    """A tenth of the rate with the lowest loss."""
    return float(rates[losses.argmin()]) / 10


def steep(rates: np.ndarray, losses: np.ndarray) -> float:
    """The rate at which the loss falls fastest, per factor of the rate."""
    return float(rates[(np.diff(losses) / np.diff(np.log(rates))).argmin()])


def last_fall(rates: np.ndarray, losses: np.ndarray) -> float:
    """The last rate before the minimum at which the loss clearly fell.

    The loss falls clearly if it falls by at least a quarter of the steepest fall, per decade of the
    rate. The losses are averaged over five points first, so that a single batch does not decide.

    Args:
        rates: (n) learning rates, rising.
        losses: (n) losses, smoothed by fastai's recorder.
    """
    smooth = np.convolve(np.pad(losses, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    falls = -np.gradient(smooth, np.log10(rates))[: int(smooth.argmin()) + 1]
    steepest = falls.max()
    if steepest <= 0:
        return float(rates[0])
    return float(rates[np.flatnonzero(falls >= CLEAR * steepest)[-1]])


def band(hints: dict[str, float]) -> tuple[float, float]:
    """The smallest and the largest of the suggested rates."""
    return min(hints.values()), max(hints.values())


def verdict(guess: float, hints: dict[str, float]) -> str:
    """Compare a guessed rate with the suggested ones, in decades."""
    low, high = band(hints)
    spread = np.log10(high / low)
    apart = f"The hints lie {spread:.1f} decades apart, from {low:.1e} to {high:.1e}."
    if low <= guess <= high:
        return f"Your {guess:.1e} lies among the hints. {apart}"
    edge, side = (low, "below") if guess < low else (high, "above")
    away = abs(np.log10(guess / edge))
    return f"Your {guess:.1e} lies {away:.1f} decades {side} all hints. {apart}"
