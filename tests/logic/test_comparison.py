"""Comparing models in pairs, held against scipy and what has been published."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from petwidgets.metrics.comparison import (
    Pairs,
    Seeds,
    alike,
    differing,
    judged,
    mcnemar,
    paired,
    seeds,
    snippet,
    verdict,
)
from petwidgets.metrics.intervals import wilson
from petwidgets.recipes.presets import baseline, fine_tune, one_cycle
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

COUNTS = st.integers(0, 3000)


@given(COUNTS, COUNTS)
def test_mcnemar_is_the_exact_binomial_test(first: int, second: int) -> None:
    n = first + second
    expected = binomtest(first, n, 0.5).pvalue if n else 1.0
    if not expected:  # scipy gives up below 1e-300 or so, where whole numbers still tell
        expected = 2 * sum(math.comb(n, k) for k in range(min(first, second) + 1)) / 2**n
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_mcnemar_of_very_many_and_very_uneven() -> None:
    assert mcnemar(0, 20_000) == 0.0  # 2 ** -19999 is below what a float can say
    assert 0 < mcnemar(0, 1000) < 1e-300
    assert mcnemar(0, 0) == mcnemar(7, 7) == 1.0


# Newcombe (1998), table III: 36, 12, 2, 0 and 20, 12, 2, 16; Fagerland et al. (2014): 1, 1, 7, 12;
# Tang et al. (2010): 8, 3, 1, 2; Chang et al. (2024): 7, 25, 2, 68.
@pytest.mark.parametrize(
    ("table", "low", "high", "digits"),
    [
        ((36, 12, 2, 0), 0.0569, 0.3404, 4),
        ((20, 12, 2, 16), 0.0562, 0.3292, 4),
        ((1, 1, 7, 12), -0.507, -0.026, 3),
        ((8, 3, 1, 2), -0.1574, 0.4136, 4),
        ((7, 25, 2, 68), 0.133, 0.318, 3),
    ],
)
def test_the_interval_is_newcombes(
    table: tuple[int, int, int, int], low: float, high: float, digits: int
) -> None:
    found = Pairs(*table).interval()
    assert [round(end, digits) for end in found] == [low, high]


@given(*[st.integers(0, 200)] * 4)
def test_the_interval_turns_round_with_the_models_and_holds_the_difference(
    both: int, first: int, second: int, neither: int
) -> None:
    one, other = Pairs(both, first, second, neither), Pairs(both, second, first, neither)
    low, high = one.interval()
    assert -1 <= low <= one.difference <= high <= 1
    assert other.interval() == pytest.approx((-high, -low))
    assert one.p == other.p


def test_the_interval_covers_what_it_says() -> None:
    """95 in 100 of simulated validations, both models right together more often than by chance."""
    rng, shares = np.random.default_rng(0), [0.8, 0.09, 0.05, 0.06]
    tables = rng.multinomial(740, shares, size=4000)
    intervals = [Pairs(*map(int, table)).interval() for table in tables]
    covered = np.mean([low <= 0.09 - 0.05 <= high for low, high in intervals])
    assert 0.94 < covered < 0.96


def test_pairs_are_narrower_than_two_separate_rates() -> None:
    """What the lesson says of it: both models find the same photographs easy."""
    pairs = Pairs(both=650, first=30, second=15, neither=45)
    low, high = pairs.interval()
    ends = [wilson(wrong, pairs.n) for wrong in pairs.errors]
    apart = np.hypot(ends[0][1] - ends[0][0], ends[1][1] - ends[1][0])
    assert high - low < 0.75 * apart


def test_photographs_are_matched_by_name_and_breed() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]])
    one = judged(["a", "b", "c", "d"], ["pug", "boxer"], probabilities, np.array([0, 0, 0, 1]))
    assert one == {
        "a": ("pug", True),
        "b": ("pug", False),
        "c": ("pug", True),
        "d": ("boxer", False),
    }
    # Other order, other positions in the vocab, one name twice, one breed otherwise.
    other = judged(
        ["c", "x", "b", "a", "d", "x"],
        ["boxer", "pug"],
        np.array([[0.1, 0.9], [1, 0], [0.3, 0.7], [0.9, 0.1], [0, 1], [1, 0]]),
        np.array([1, 0, 1, 1, 1, 0]),
    )
    assert "x" not in other
    assert other["d"] == ("pug", True)
    assert paired(one, other) == Pairs(1, 1, 1, 0, relabelled=1)
    assert paired(one, {}) == Pairs(0, 0, 0, 0)
    assert paired(one, {}).interval() == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (Pairs(0, 0, 0, 0), "no validation photograph in common"),
        (
            Pairs(0, 0, 0, 0, 12),
            "one and two have 12 validation photographs in common, but the label of each differs",
        ),
        (Pairs(0, 0, 0, 0, 1), "1 validation photograph in common, but its label differs"),
        (Pairs(90, 0, 0, 10, 3), "alone on 0. 3 more are left out: their labels differ."),
        (Pairs(90, 0, 0, 10, 1), "alone on 0. 1 more is left out: their labels differ."),
        (Pairs(90, 0, 0, 10), "Nothing tells them apart"),
        (Pairs(700, 14, 12, 14), "don't tell which is better"),
        (Pairs(600, 60, 20, 60), "one is better, and hardly by chance"),
        (Pairs(600, 20, 60, 60), "two is better, and hardly by chance"),
    ],
)
def test_the_verdict(pairs: Pairs, words: str) -> None:
    said = verdict(pairs, "one", "two")
    assert words in said
    if pairs.first + pairs.second:
        assert f"one alone is right on {pairs.first} and two alone on {pairs.second}" in said
        p = binomtest(pairs.first, pairs.first + pairs.second, 0.5).pvalue
        assert (f"{100 * p:.1f} %" if p >= 0.001 else "less than 0.1 %") in said


def test_settings_that_differ() -> None:
    one, two = fine_tune(3, base_lr=1e-3), fine_tune(5, base_lr=1e-3, size=128)
    assert differing([one, one]) == {}
    assert differing([one, two]) == {"size": (224, 128), "stage 2: epochs": (3, 5)}
    third = baseline(data="oxford-pets")
    found = differing([one, two, third])
    assert found["name"] == ("fine-tune", "fine-tune", "baseline")
    assert found["data"] == ("sample", "sample", "oxford-pets")
    assert found["stage 2: epochs"] == (3, 5, None)
    assert "seed" not in found


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_seeds(errors: list[float]) -> None:
    found = seeds(errors)
    assert found == Seeds(
        len(errors),
        pytest.approx(float(np.mean(errors))),
        min(errors),
        max(errors),
        pytest.approx(float(np.std(errors, ddof=1))),
    )


def test_runs_that_differ_in_nothing_but_the_seed() -> None:
    recipes = {
        "a": one_cycle(seed=1),
        "b": baseline(seed=1),
        "c": one_cycle(seed=2),
        "d": one_cycle(seed=3, size=128),
        "e": baseline(seed=1),
        "f": one_cycle(seed=3),
    }
    assert alike(recipes) == [["a", "c", "f"]]
    assert alike({"a": recipes["a"], "b": replace(recipes["a"], seed=9)}) == [["a", "b"]]
    assert alike({}) == []


def test_the_code_runs_and_says_the_shipped_error(capsys: pytest.CaptureFixture[str]) -> None:
    exec(snippet([SHIPPED_ID]), {})  # noqa: S102
    kept = RunStore().get(SHIPPED_ID).validation()
    low, high = wilson(32, 740)
    assert kept.errors == 32  # what the README says
    said = capsys.readouterr().out
    assert said == f"{SHIPPED_ID}: wrong on 32 of 740, {low:.4f} to {high:.4f}\n"
