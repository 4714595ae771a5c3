"""Whether a probability is worth its name: reliability, and the temperature that mends it.

Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks"
(2017); chapter section "Selecting the Number of Epochs" for overconfidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

BINS = 10
LEAST = 1e-12
"""A probability below counts as this: float32 may have made it 0."""

WIDEST = (0.05, 20.0)
"""Temperatures that are looked through."""

GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Bin:
    """Answers whose top probability lies in one tenth of [0, 1].

    Args:
        count: how many.
        confidence: the mean of their top probabilities.
        accuracy: the share of them that is right.
    """

    count: int
    confidence: float
    accuracy: float


def reliability(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> list[Bin]:
    """The bins of a reliability diagram that hold an answer, from unsure to sure.

    Args:
        probabilities: (n, c), rows adding to one.
        targets: (n) positions in the vocab.
        bins: of the same width.
    """
    top, right = probabilities.max(1), probabilities.argmax(1) == targets
    # A probability of 1 belongs to the last one.
    of = np.minimum((top * bins).astype(int), bins - 1)
    found = [(of == i) for i in range(bins) if (of == i).any()]
    return [Bin(int(b.sum()), float(top[b].mean()), float(right[b].mean())) for b in found]


def calibration_error(bins: list[Bin]) -> float:
    """The expected calibration error: how far confidence and accuracy are apart, on average."""
    n = sum(b.count for b in bins)
    return sum(b.count * abs(b.confidence - b.accuracy) for b in bins) / n if n else 0.0


def cooled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """(n, c): the softmax of the logits divided by the temperature.

    Logits need not be known: logs of probabilities differ from them by a constant a row, which
    softmax does not see.
    """
    logits = np.log(np.maximum(probabilities, LEAST)) / temperature
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def nll(probabilities: np.ndarray, targets: np.ndarray, temperature: float = 1.0) -> float:
    """The mean negative log likelihood at a temperature, in nats."""
    picked = cooled(probabilities, temperature)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(picked, LEAST)).mean())


def temperature(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The temperature with the least negative log likelihood, between 0.05 and 20.

    Above 1 the model was too sure of itself, below 1 not sure enough. The likelihood has one
    optimum in 1/T, so that a search by golden section finds it.
    """
    probabilities = probabilities.astype(np.float64)
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


def figures(probabilities: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """What an epoch's event says of its calibration: plain values for JSON.

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
