"""Which side a photograph is on is said without torch, exactly as fastai decides it."""

from __future__ import annotations

import pytest
from fastai.data.transforms import RandomSplitter

from petwidgets.data.splits import random_split


@pytest.mark.parametrize("seed", [0, 42, 2**31, 2**32 - 1, 2**32 + 5])
@pytest.mark.parametrize("n", [0, 1, 2, 37, 370, 1500, 7390, 100_000])
def test_it_is_fastais_split(n: int, seed: int) -> None:
    theirs = RandomSplitter(0.2, seed)(range(n))
    assert random_split(n, 0.2, seed) == tuple([int(i) for i in part] for part in theirs)


@pytest.mark.parametrize("valid", [0.0, 0.01, 0.29, 0.3, 0.999, 1.0])
def test_it_is_cut_where_fastai_cuts(valid: float) -> None:
    theirs = RandomSplitter(valid, 42)(range(370))
    assert random_split(370, valid, 42) == tuple([int(i) for i in part] for part in theirs)
