"""A split is one of all positions; test_random_split.py holds that it is the one of fastai."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petwidgets.data.splits import random_split


@given(n=st.integers(0, 500), valid=st.floats(0, 1), seed=st.integers(0, 2**40))
def test_every_position_is_on_one_side(n: int, valid: float, seed: int) -> None:
    trained, validated = random_split(n, valid, seed)
    assert sorted(trained + validated) == list(range(n))
    assert len(validated) == int(valid * n)


def test_it_is_the_one_that_fastai_gave() -> None:
    assert random_split(10, 0.3, 42) == ([8, 4, 5, 0, 9, 3, 7], [2, 6, 1])
    assert random_split(10, 0.3, 42) == random_split(10, 0.3, 42 + 2**32)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        random_split(10, 0.2, -1)
