"""Abstention: rules by which a model answers "I don't know".

A softmax always adds to one, so some breed comes first, even for a teapot. Two measures separate
known from unknown photographs: the top probability after temperature scaling, and the cosine
similarity ("likeness") of the photograph's features to the mean features of the nearest breed. The
threshold of each comes from the validation set: all but a stated share of its right answers
reach it.

Sources: D. Hendrycks, K. Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution
Examples in Neural Networks" (2017) for the probability; K. Lee and others, "A Simple Unified
Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks" (2018) for means of
breeds; C. Guo and others (2017) for the temperature.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.common.formatting import plural, readable
from petwidgets.data.species import noun
from petwidgets.jobs.classify import Decision
from petwidgets.metrics.calibration import UNFITTED, cooled, temperature
from petwidgets.metrics.intervals import least_probability
from petwidgets.metrics.losses import softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

LOST_TO_LIKENESS, LOST_TO_PROBABILITY = 0.02, 0.01
"""Shares of the right answers that each threshold rejects. Together with the answers rejected as
"two pets" it is less than 4 %, so it stays below 5 % on other photographs
(`benchmarks/abstain.py`)."""

LEAST_SIDE = 64
"""Fewest pixels of the shorter side. Of 370 photographs shrunk to it 29 % are answered wrongly, of
those shrunk to 48 pixels 38 %."""

LEAST_SHARPNESS = 0.31
"""Lowest `petwidgets.data.checks.measure.sharpness`. The same 370 photographs have 0.41 or more;
blurred by a hundredth of the longer side, 98 % are below it and half of the answers are wrong."""

SURE = 0.99
"""Probability above which a part of a photograph counts as showing a breed; two parts with two
breeds reject it. Of 300 pictures composed of two breeds side by side 41 % are detected, and of 334
right answers on single pets 0.6 % are lost. Classifying square crops one by one detects 44 % at the
same loss, in seven times the time."""

DOUBTS = ("small", "blurred", "unlike", "two", "unsure")
"""Reasons for not answering, in the order in which they are checked."""


@dataclass(frozen=True)
class Look:
    """Quality of the original photograph.

    Args:
        side: pixels of its shorter side.
        sharpness: as measured by `petwidgets.data.checks.measure.sharpness`.
    """

    side: int
    sharpness: float


@dataclass(frozen=True)
class Limits:
    """Thresholds of a run's answers, computed from its validation set.

    Args:
        temperature: divides the logits before softmax; 1 where none could be fitted.
        least_probability: the lowest accepted top probability after that.
        means: (c, f) unit vectors, the mean features of each breed; None without stored features.
        least_likeness: the lowest accepted cosine to the nearest of them.
    """

    temperature: float
    least_probability: float
    means: np.ndarray | None = None
    least_likeness: float = -1.0

    def cooled(self, activations: np.ndarray) -> np.ndarray:
        """(n, c) calibrated probabilities of activations (n, c)."""
        return softmax((activations / self.temperature).astype(np.float32))

    def likeness(self, features: np.ndarray) -> np.ndarray:
        """(n) cosines of features (n, f) to the nearest breed's mean; 1 without means."""
        if self.means is None:
            return np.ones(len(features))
        return np.asarray((_unit(features) @ self.means.T).max(1))


def limits(
    probabilities: np.ndarray, targets: np.ndarray, features: np.ndarray | None = None
) -> Limits:
    """Compute the thresholds of a run.

    Args:
        probabilities: (n, c) of the validation set, rows adding to one.
        targets: (n) positions in the vocab.
        features: (n, f) inputs of the last layer; without them only the probability counts.
    """
    if not len(targets):
        return Limits(UNFITTED, 0.0)
    cold = temperature(probabilities, targets)
    probability = least_probability(cooled(probabilities, cold), targets, LOST_TO_PROBABILITY)
    if features is None:
        return Limits(cold, probability)
    features = features.astype(np.float32)
    right = probabilities.argmax(1) == targets
    likeness_values = left_out(features, targets, probabilities.shape[1])[right]
    least = float(np.quantile(likeness_values, LOST_TO_LIKENESS)) if right.any() else -1.0
    means = _unit(_sums(features, targets, probabilities.shape[1]))
    return Limits(cold, probability, means, least)


def left_out(features: np.ndarray, targets: np.ndarray, classes: int) -> np.ndarray:
    """(n) likeness of each photograph to means that were computed without it.

    Otherwise a photograph would be compared with itself, and score higher than a new one.
    """
    sums = _sums(features, targets, classes)
    cosines = _unit(features) @ _unit(sums).T
    rows = np.arange(len(targets))
    cosines[rows, targets] = (_unit(features) * _unit(sums[targets] - features)).sum(1)
    return np.asarray(cosines.max(1))


def _sums(features: np.ndarray, targets: np.ndarray, classes: int) -> np.ndarray:
    """(c, f) sums of each class's features; a sum has the same direction as the mean."""
    sums = np.zeros((classes, features.shape[1]), np.float32)
    np.add.at(sums, targets, features)
    return sums


def _unit(rows: np.ndarray) -> np.ndarray:
    """Normalise rows to length one; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))


def answer(
    limits: Limits,
    vocab: Sequence[str],
    probabilities: np.ndarray,
    *,
    features: np.ndarray,
    look: Look,
    parts: Sequence[str] = (),
) -> Decision:
    """Decide whether to name a breed for one photograph.

    Args:
        limits: thresholds of the run.
        vocab: c breeds.
        probabilities: (c), calibrated.
        features: (f) inputs of the last layer.
        look: quality of the photograph.
        parts: breeds that single parts of it show with certainty, from `Classifier.parts`.
    """
    order = probabilities.argsort()[::-1][:5]
    breed, probability = vocab[order[0]], float(probabilities[order[0]])
    alike = float(limits.likeness(features[None])[0])
    doubtful = {
        "small": look.side < LEAST_SIDE,
        "blurred": look.sharpness < LEAST_SHARPNESS,
        "unlike": alike < limits.least_likeness,
        "two": len(parts) > 1,
        "unsure": probability < limits.least_probability,
    }
    doubt = next((name for name in DOUBTS if doubtful[name]), "")
    decision = Decision(
        breed=breed,
        probability=probability,
        top=tuple((vocab[i], float(probabilities[i])) for i in order),
        likeness=alike,
        least_likeness=limits.least_likeness,
        least_probability=limits.least_probability,
        temperature=limits.temperature,
        recognised=not doubt,
        doubt=doubt,
        reason="",
    )
    return replace(decision, reason=_reason(decision, look, parts, noun(vocab)))


_REASONS = {
    "small": (
        "It is too small: its shorter side has {side} pixels, and below {least_side} too many"
        " answers are wrong. Bring it larger, as the camera took it."
    ),
    "blurred": (
        "It is too blurred: so little detail is left that half of the answers are wrong. Bring a"
        " sharper one."
    ),
    "unlike": (
        "It is unlike what this model was trained on: its features have a likeness of"
        " {likeness:.2f} to the nearest {noun}'s, and {share_alike} of 100 right answers reach"
        " {least_likeness:.2f}."
    ),
    "two": "Its parts look like different {nouns}: {parts}. Crop it to one of them.",
    "unsure": (
        "The best guess, {breed}, has a probability of {probability:.0%} only, and {share_sure} of"
        " 100 right answers reach {least_probability:.0%}."
    ),
}


class _Blank(str):
    __slots__ = ()

    def __format__(self, _spec: str) -> str:
        return "{" + self + "}"


BLANKS = ("breed", "probability", "likeness", "side", "parts")
"""What a sentence of `reasons` leaves open: it differs from photograph to photograph."""


def reasons(limits: Limits, kind: str = "breed") -> dict[str, str]:
    """The sentence of each doubt, with `{likeness}` and the other `BLANKS` left open.

    Args:
        limits: thresholds of the run.
        kind: what its labels are called, from `petwidgets.data.species.noun`.

    Example:
        >>> reasons(Limits(1.0, 0.5))["unsure"][:64]
        'The best guess, {breed}, has a probability of {probability} only'
    """
    values = {name: _Blank(name) for name in BLANKS}
    return {doubt: _sentence(doubt, limits, kind, **values) for doubt in DOUBTS}


def _reason(decision: Decision, look: Look, parts: Sequence[str], kind: str) -> str:
    """The reason for not naming a breed, as a sentence; empty if one is named."""
    if decision.recognised:
        return ""
    return _sentence(
        decision.doubt,
        decision,
        kind,
        breed=readable(decision.breed),
        probability=decision.probability,
        likeness=decision.likeness,
        side=look.side,
        parts=" and ".join(map(readable, parts)),
    )


def _sentence(doubt: str, limits: Limits | Decision, kind: str, **values: object) -> str:
    return _REASONS[doubt].format(
        least_likeness=limits.least_likeness,
        least_probability=limits.least_probability,
        least_side=LEAST_SIDE,
        share_alike=f"{100 * (1 - LOST_TO_LIKENESS):g}",
        share_sure=f"{100 * (1 - LOST_TO_PROBABILITY):g}",
        noun=kind,
        nouns=plural(kind),
        **values,
    )
