"""Classify a photograph, and look closer at the answer."""

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
    """Whether the most probable breed of a photograph is said, and what decided that.

    Args:
        breed: the most probable one.
        probability: of it, calibrated.
        top: the five most probable breeds, the first of all first.
        likeness: the cosine of the photograph's features to the nearest breed's mean.
        least_likeness: what an answer needs of that.
        least_probability: what an answer needs of the probability.
        temperature: what the activations are divided by.
        recognised: whether the breed is said.
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
    """What a run says of a photograph.

    Args:
        run: its id.
        decision: of the middle square.
        activations: c of them, one a breed of the run's vocab.
        photo: the photograph as a JPEG file.
        small: the same, 80 pixels at most.
        seen: the square that the network saw, as a PNG file.
        box: where that lies: left, top, right and bottom as shares of the sides.
    """

    run: str
    decision: Decision
    activations: tuple[float, ...]
    photo: bytes
    small: bytes
    seen: bytes
    box: tuple[float, float, float, float]


@job("petwidgets.learning.predict.classify")
def classify(run: Run, photo: Path | bytes) -> Answer:
    """Classify one photograph: a file, or a file's bytes.

    Raises:
        Problem: it can't be read, or the run has no weights, or they are damaged.
    """


@job("petwidgets.learning.predict.classify")
def warm(run: Run) -> None:
    """Load what a first classification needs, so that a visitor does not wait for it.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """


@dataclass(frozen=True)
class Views:
    """A photograph by the mean of its middle square and ten others.

    Args:
        decision: of the mean.
        pictures: the ten squares as JPEG files.
        breeds: the most probable breed of each with its probability.
    """

    decision: Decision
    pictures: tuple[bytes, ...]
    breeds: Probabilities


@job("petwidgets.learning.predict.tta")
def views(run: Run, photo: Path | bytes) -> Views:
    """Classify a photograph by ten crops beside its middle square (test-time augmentation).

    Raises:
        Problem: as `classify`.
    """


@dataclass(frozen=True)
class Rule:
    """One way to say "I don't know".

    Args:
        name: in words.
        score: of the photograph.
        least: the score that an answer needs.
    """

    name: str
    score: float
    least: float


@dataclass(frozen=True)
class Refusals:
    """How each way decides about one photograph.

    Args:
        rules: the ways.
        breeds: those of the five largest sigmoids, which need not add to one.
        lost: the share of the right answers that each way gives up.
    """

    rules: tuple[Rule, ...]
    breeds: Probabilities
    lost: float


@job("petwidgets.learning.predict.rejection_rules")
def refusals(run: Run, photo: Path | bytes) -> Refusals:
    """Decide about a photograph in several ways.

    Raises:
        Problem: as `classify`, or the run keeps no features.
    """
