"""When a model says "I don't know": limits read off predictions, and the order of doubts."""

from __future__ import annotations

import numpy as np
import pytest

from petwidgets.metrics.abstention import (
    LEAST_SHARPNESS,
    LEAST_SIDE,
    LOST_TO_LIKENESS,
    LOST_TO_PROBABILITY,
    Limits,
    Look,
    answer,
    left_out,
    limits,
)
from petwidgets.metrics.calibration import cooled, temperature
from petwidgets.metrics.losses import softmax

N, C, F = 600, 5, 16
FINE = Look(480, 0.7)


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities of an overconfident model, targets, and features that gather by breed."""
    draw = np.random.default_rng(0)
    centres = draw.normal(size=(C, F)).astype(np.float32)
    targets = draw.integers(C, size=N)
    features = centres[targets] + 1.5 * draw.normal(size=(N, F)).astype(np.float32)
    logits = (features @ centres.T).astype(np.float32)
    return softmax(logits), targets, features


def test_as_many_right_answers_are_lost_as_is_said(
    data: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    probabilities, targets, features = data
    found = limits(probabilities, targets, features)
    right = probabilities.argmax(1) == targets
    assert found.temperature == temperature(probabilities, targets)
    sure = cooled(probabilities, found.temperature).max(1)[right]
    assert np.mean(sure < found.least_probability) == pytest.approx(LOST_TO_PROBABILITY, abs=0.004)
    alike = left_out(features, targets, C)[right]
    assert np.mean(alike < found.least_likeness) == pytest.approx(LOST_TO_LIKENESS, abs=0.004)


def test_likeness_leaves_a_photograph_out_of_its_own_breeds_mean(
    data: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, targets, features = data
    found = left_out(features, targets, C)
    for i in (0, 17, 599):
        others = np.arange(N) != i
        means = [features[others & (targets == c)].mean(0) for c in range(C)]
        cosines = [m @ features[i] / np.linalg.norm(m) / np.linalg.norm(features[i]) for m in means]
        assert found[i] == pytest.approx(max(cosines), abs=1e-5)


def test_what_lies_elsewhere_is_unlike(data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    found = limits(*data)
    centres = np.stack([data[2][data[1] == c].mean(0) for c in range(C)])
    elsewhere = np.linalg.svd(centres)[2][C:]  # at right angles to every breed
    assert (found.likeness(elsewhere) < found.least_likeness).all()
    assert (found.likeness(100 * centres) > 0.99).all()  # only the direction counts


def test_without_features_only_the_probability_counts(
    data: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    found = limits(*data[:2])
    assert found.means is None
    assert found.likeness(np.zeros((3, F))).tolist() == [1, 1, 1]
    assert found.least_probability == limits(*data).least_probability
    empty = limits(np.zeros((0, C)), np.zeros(0, int))
    assert (empty.temperature, empty.least_probability) == (1.0, 0.0)


def test_a_breed_without_photographs_is_like_nothing() -> None:
    features = np.eye(4, dtype=np.float32)
    targets = np.array([0, 0, 1, 1])
    probabilities = np.full((4, 3), 1 / 3)
    found = limits(probabilities, targets, features)
    assert np.isfinite(found.likeness(features)).all()
    assert found.means is not None
    assert not found.means[2].any()


LIMITS = Limits(1.0, 0.5, np.eye(3, 4), 0.6)
ALIKE, UNLIKE = np.array([1.0, 0, 0, 0]), np.array([0.0, 0, 0, 1])


@pytest.mark.parametrize(
    ("doubt", "photo", "parts", "words"),
    [
        ("", (0.9, ALIKE, FINE), [], ""),
        ("", (0.9, ALIKE, FINE), ["pug"], ""),
        ("small", (0.4, UNLIKE, Look(LEAST_SIDE - 1, 0.1)), ["pug", "boxer"], "has 63 pixels"),
        ("blurred", (0.4, UNLIKE, Look(480, LEAST_SHARPNESS - 0.01)), ["pug", "boxer"], "blurred"),
        ("unlike", (0.4, UNLIKE, FINE), ["pug", "boxer"], "98 of 100 right answers reach 0.60"),
        ("two", (0.4, ALIKE, FINE), ["pug", "great_dane"], "pug and great dane. Crop"),
        ("unsure", (0.4, ALIKE, FINE), [], "pug, has a probability of 40% only, and 99 of 100"),
    ],
)
def test_the_first_doubt_is_said(
    doubt: str, photo: tuple[float, np.ndarray, Look], parts: list[str], words: str
) -> None:
    probability, features, look = photo
    rest = (1 - probability) / 2
    said = answer(
        LIMITS,
        ["boxer", "pug", "samoyed"],
        np.array([rest, probability, rest]),
        features=features,
        look=look,
        parts=parts,
    )
    assert (said.doubt, said.recognised) == (doubt, not doubt)
    assert (said.breed, said.probability) == ("pug", probability)
    assert words in said.reason
    assert "_" not in said.reason
    assert said.reason.endswith(".") == bool(doubt)
