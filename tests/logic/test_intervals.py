"""The score interval, and the probability under which nothing is said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.metrics.intervals import Z_95, interval, least_probability, wilson


@pytest.mark.parametrize(
    ("errors", "n", "low", "high"),
    [
        # 0, 5 and 10 of 10 and 81 of 263 and 15 of 148: R. G. Newcombe, "Two-sided confidence
        # intervals for the single proportion", Stat. Med. 17 (1998), table I, and the closed forms.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (0, 10, 0.0, 0.27754),
        (5, 10, 0.23659, 0.76341),
        (10, 10, 0.72246, 1.0),
    ],
)
def test_known_values(errors: int, n: int, low: float, high: float) -> None:
    assert wilson(errors, n) == pytest.approx((low, high), abs=6e-5)


def test_the_ends_of_nothing_and_everything() -> None:
    z2 = Z_95**2
    assert wilson(0, 10) == pytest.approx((0, z2 / (10 + z2)))
    assert wilson(10, 10) == pytest.approx((10 / (10 + z2), 1))
    assert wilson(0, 0) == (0.0, 1.0)
    assert [interval(0, n) for n in (7, 296)] == ["0.0 % to 35.4 %", "0.0 % to 1.3 %"]
    assert interval(7, 7) == "64.6 % to 100.0 %"
    assert pytest.approx(1.959964, abs=1e-6) == Z_95


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_solve_wilsons_equation(counts: tuple[int, int]) -> None:
    errors, n = counts
    share, (low, high) = errors / n, wilson(errors, n)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    for end in (low, high):
        # The score test at the end of the interval is just not rejected.
        assert (share - end) ** 2 == pytest.approx(Z_95**2 * end * (1 - end) / n, abs=1e-9)
    mirrored = wilson(n - errors, n)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


def rows(seed: int, n: int, c: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    powers = np.exp(3 * rng.standard_normal((n, c)))
    return powers / powers.sum(1, keepdims=True), rng.integers(0, c, n)


@given(st.integers(0, 10_000), st.integers(1, 200), st.floats(0, 1))
def test_at_most_the_share_of_right_answers_is_lost(seed: int, n: int, lost: float) -> None:
    probabilities, targets = rows(seed, n)
    right = probabilities.argmax(1) == targets
    least = least_probability(probabilities, targets, lost)
    assert (probabilities.max(1)[right] < least).sum() <= math.ceil(lost * right.sum())
    if right.any():
        top = probabilities.max(1)[right]
        assert top.min() <= least <= top.max()


def test_five_of_a_hundred_are_given_up() -> None:
    top = np.linspace(0.6, 0.995, 100)
    probabilities = np.stack([top, 1 - top], 1)
    least = least_probability(probabilities, np.zeros(100, int))
    assert (top < least).sum() == 5
    assert least_probability(probabilities, np.zeros(100, int), 0) == top[0]


def test_wrong_answers_do_not_count_and_none_right_is_nothing_to_go_by() -> None:
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.99, 0.01]])
    assert least_probability(probabilities, np.array([0, 1, 0]), 0) == pytest.approx(0.9)
    assert least_probability(probabilities, np.array([1, 1, 1])) == 0.0
