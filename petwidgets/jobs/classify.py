"""Classify a photograph, and explain the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.runs.run import Run

    Probabilities = tuple[tuple[str, float], ...]
    """Breeds, each with its probability."""


@dataclass(frozen=True)
class Decision:
    """Whether the network names a breed or abstains, and the figures that decided it.

    Args:
        breed: the most probable breed.
        probability: its calibrated probability.
        top: the five most probable breeds, in descending order.
        likeness: cosine of the photograph's features and the mean features of the nearest breed.
        least_likeness: the least likeness for an answer.
        least_probability: the least probability for an answer.
        temperature: the activations are divided by it.
        recognised: whether the breed is named.
        doubt: why it is not, one of `metrics.abstention.DOUBTS`; empty if it is.
        reason: the same as a sentence.
    """

    breed: str
    probability: float
    top: Probabilities
    likeness: float
    least_likeness: float
    least_probability: float
    temperature: float
    recognised: bool
    doubt: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """A run's classification of a photograph.

    Args:
        run: id of the run.
        decision: for the photograph's centre square.
        activations: c of them, one per breed of the run's vocab.
        photo: the photograph as a JPEG file.
        small: the same, 80 pixels at most.
        seen: the square that the network saw, as a JPEG file.
        box: its place in the photograph: left, top, right and bottom as shares of the sides.
        heat: that square with what speaks for the most probable breed over it, as a JPEG file;
            empty for a network without feature maps.
    """

    run: str
    decision: Decision
    activations: tuple[float, ...]
    photo: bytes
    small: bytes
    seen: bytes
    box: tuple[float, float, float, float]
    heat: bytes = b""


@job("petwidgets.inference.classify")
def classify(run: Run, photo: Path | bytes) -> Answer:
    """Classify one photograph, given as a file or as its bytes.

    Raises:
        Problem: the photograph can't be read, or the run's weights are missing or damaged.
    """


@job("petwidgets.inference.classify")
def warm(run: Run) -> None:
    """Load a run's network before the first classification, so that a visitor does not wait.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """


@dataclass(frozen=True)
class Views:
    """A classification by the mean of the centre square and ten other crops.

    Args:
        decision: for the mean.
        pictures: the ten crops as JPEG files.
        breeds: the most probable breed of each crop with its probability.
    """

    decision: Decision
    pictures: tuple[bytes, ...]
    breeds: Probabilities


@job("petwidgets.inference.tta")
def views(run: Run, photo: Path | bytes) -> Views:
    """Classify a photograph by its centre square and ten crops (test-time augmentation).

    Raises:
        Problem: as `classify`.
    """


@dataclass(frozen=True)
class Rule:
    """One rule to abstain, applied to a photograph.

    Args:
        name: of the rule, in words.
        score: of the photograph.
        least: the least score for an answer.
    """

    name: str
    score: float
    least: float


@dataclass(frozen=True)
class RejectionRules:
    """The decisions of several abstention rules about one photograph.

    Args:
        rules: the rules with their scores.
        breeds: those of the five largest sigmoids, which need not add to one.
        lost: the share of correct answers that each rule gives up.
    """

    rules: tuple[Rule, ...]
    breeds: Probabilities
    lost: float


@job("petwidgets.learning.predict.rejection_rules")
def rejection_rules(run: Run, photo: Path | bytes) -> RejectionRules:
    """Apply several abstention rules to a photograph.

    Raises:
        Problem: as `classify`, or the run has no features.
    """
