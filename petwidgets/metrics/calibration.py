"""Calibration of probabilities: reliability diagram, calibration error and temperature scaling.

Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks"
(2017); chapter section "Selecting the Number of Epochs" for overconfidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from petwidgets.metrics.intervals import wilson

BINS = 10
FOLDS = 5
LEAST = 1e-45
"""The least float32 above 0, in place of those that were rounded to 0. A larger one would cut off
what a model that trained too long or too fast is sure of, and fit a temperature to the rest."""

WIDEST = (0.05, 20.0)
"""Range of temperatures that are searched."""

UNFITTED = 1.0
"""The temperature where none can be fitted: probabilities stay as trained."""

NOT_FITTED = "no temperature can be fitted to validation answers that are all right, or too few"
"""Why a temperature is `UNFITTED`, as a clause."""

GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Bin:
    """One bin of a reliability diagram: predictions whose top probability lies in its range.

    Args:
        count: number of predictions.
        confidence: the mean of their top probabilities.
        accuracy: the share of them that is right.
        at: the bin's position, from 0.
    """

    count: int
    confidence: float
    accuracy: float
    at: int

    @property
    def right(self) -> int:
        """The number of right predictions."""
        return round(self.accuracy * self.count)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy."""
        return wilson(self.right, self.count)


def reliability(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> list[Bin]:
    """The bins of a reliability diagram that are not empty, from low to high confidence.

    Args:
        probabilities: (n, c), rows adding to one.
        targets: (n) positions in the vocab.
        bins: number of bins, all of the same width.
    """
    top, right = probabilities.max(1), probabilities.argmax(1) == targets
    of = _bin_of(top, bins)
    filled = [(i, of == i) for i in range(bins) if (of == i).any()]
    return [Bin(int(b.sum()), float(top[b].mean()), float(right[b].mean()), i) for i, b in filled]


def _bin_of(top: np.ndarray, bins: int) -> np.ndarray:
    """The bin of each top probability; 1 belongs to the last bin."""
    return np.asarray(np.minimum((top * bins).astype(int), bins - 1))


def calibration_error(bins: list[Bin]) -> float:
    """The expected calibration error: the mean gap between confidence and accuracy, by count."""
    n = sum(b.count for b in bins)
    return sum(b.count * abs(b.confidence - b.accuracy) for b in bins) / n if n else 0.0


def cooled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """(n, c): temperature scaling, the softmax of the logits divided by the temperature.

    The logits need not be known: the logarithms of the probabilities differ from them by a constant
    in each row, which does not change the softmax.
    """
    logits = np.log(np.maximum(probabilities, LEAST)) / temperature
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def nll(probabilities: np.ndarray, targets: np.ndarray, temperature: float = 1.0) -> float:
    """The mean negative log likelihood at a temperature, in nats."""
    picked = cooled(probabilities, temperature)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(picked, LEAST)).mean()) + 0.0  # -0 becomes 0


def temperature(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The temperature with the lowest negative log likelihood, between 0.05 and 20.

    Above 1 the model was overconfident, below 1 underconfident. The likelihood has a single optimum
    in 1/T, so golden-section search finds it.

    Returns:
        `UNFITTED`, exactly 1, if the likelihood only improves as the temperature falls: all answers
        are right. It is 20 if it only improves as it rises: they are no better than chance.
    """
    probabilities = probabilities.astype(np.float64)
    if not _slope(probabilities, targets, min(WIDEST)) > 0:  # nor of no answers, whose mean is nan
        return UNFITTED
    low, high = np.log(WIDEST)
    while high - low > 1e-4:  # noqa: PLR2004 - of log T
        a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if nll(probabilities, targets, float(np.exp(a))) < nll(
            probabilities, targets, float(np.exp(b))
        ):
            high = b
        else:
            low = a
    return float(np.exp((low + high) / 2))


def _slope(probabilities: np.ndarray, targets: np.ndarray, temperature: float) -> float:
    """The derivative of the negative log likelihood by 1/T, which rises with 1/T."""
    logits = np.log(np.maximum(probabilities, LEAST))
    above = logits - logits[np.arange(len(targets)), targets][:, None]
    return float((cooled(probabilities, temperature) * above).sum(1).mean())


def worth(temperature: float) -> str:
    """What the probabilities of a run's answers are worth, as a clause.

    Args:
        temperature: from `temperature`, fitted on the run's validation photographs.
    """
    if temperature == UNFITTED:
        return f"its probabilities are as trained, because {NOT_FITTED}"
    return (
        f"its activations are divided by the temperature {temperature:.2f}, which was fitted on its"
        " validation photographs, which brings a probability nearer to how often it is right"
    )


@dataclass(frozen=True)
class CrossFitted:
    """Probabilities scaled by temperatures that were fitted on other photographs.

    Args:
        probabilities: (n, c), each row scaled by the temperature fitted on the other folds.
        temperatures: one for each fold.
    """

    probabilities: np.ndarray
    temperatures: tuple[float, ...]


def cross_fitted(
    probabilities: np.ndarray, targets: np.ndarray, folds: int = FOLDS, seed: int = 0
) -> CrossFitted:
    """Scale each fold by the temperature that was fitted on all other folds.

    On the photographs that a temperature was fitted on, its effect looks too good. This estimates
    its effect on other photographs.

    Args:
        probabilities: (n, c), rows adding to one.
        targets: (n) positions in the vocab.
        folds: number of random parts of equal size, at most n.
        seed: seed of the random parts.
    """
    n = len(targets)
    of = np.random.default_rng(seed).permutation(n) % max(2, min(folds, n))
    cool, temperatures = probabilities.astype(np.float64), []
    for fold in range(int(of.max(initial=0)) + 1):
        inside = of == fold
        others = temperature(probabilities[~inside], targets[~inside]) if n > 1 else UNFITTED
        temperatures.append(others)
        cool[inside] = cooled(probabilities[inside], temperatures[-1])
    return CrossFitted(cool, tuple(temperatures))


def by_chance(
    probabilities: np.ndarray, bins: int = BINS, draws: int = 400, seed: int = 0
) -> float:
    """The calibration error that a perfectly calibrated model would show with these confidences.

    With few photographs the accuracies scatter, so even a calibrated model's error is not 0. It is
    simulated: each prediction is right with its own top probability, in `draws` random draws.

    Returns:
        The mean over the draws; 0 without predictions.
    """
    top = probabilities.max(1)
    if not len(top):
        return 0.0
    right = np.random.default_rng(seed).random((draws, len(top))) < top
    gaps = (right - top) @ np.eye(bins)[_bin_of(top, bins)]
    return float(np.abs(gaps).sum(1).mean() / len(top))


def snippet(run: str, chosen: float, own: str = "") -> str:
    """Code that prints the panel's figures of a run at a temperature.

    Args:
        run: its id.
        chosen: the temperature.
        own: lines that set `found` to a user's own predictions, instead of the run's.
    """
    recorded = f"""from petwidgets import RunStore

found = RunStore().get({run!r}).validation()"""
    return f"""from petwidgets.metrics.calibration import (
    by_chance, calibration_error, cooled, cross_fitted, nll, reliability, temperature)
{own or recorded}
p, y = found.probabilities, found.targets
fitted, others = temperature(p, y), cross_fitted(p, y)
for T in (1.0, {chosen!r}, fitted):
    cool = cooled(p, T)
    error = (cool.argmax(1) != y).mean()
    print(f'T {{T:.3f}}: nll {{nll(p, y, T):.4f}}, calibration error '
          f'{{calibration_error(reliability(cool, y)):.4f}}, error {{error:.4f}}')
print(f'fitted on other photographs: nll {{nll(others.probabilities, y):.4f}}, calibration error '
      f'{{calibration_error(reliability(others.probabilities, y)):.4f}}, '
      f'by chance {{by_chance(cooled(p, fitted)):.4f}}')
for b in reliability(cooled(p, {chosen!r}), y):
    low, high = b.interval
    print(f'{{b.at / 10:.1f}}: {{b.count}}, sure {{b.confidence:.3f}}, right {{b.accuracy:.3f}} '
          f'({{low:.3f}} to {{high:.3f}})')"""


def figures(probabilities: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """The calibration figures of an epoch's event, as plain values for JSON.

    Returns:
        `confidence`, the mean top probability; `temperature`; `calibration_error`; `bins`, a list
        of (count, confidence, accuracy).
    """
    bins = reliability(probabilities, targets)
    return {
        "confidence": float(probabilities.max(1).mean()),
        "temperature": temperature(probabilities, targets),
        "calibration_error": calibration_error(bins),
        "bins": [[b.count, b.confidence, b.accuracy] for b in bins],
    }
