"""Rows of what is alike, held against scipy's."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist, squareform

from petwidgets.metrics.leaf_order import leaf_order

if TYPE_CHECKING:
    from collections.abc import Sequence


def random_distances(n: int, seed: int) -> np.ndarray:
    return np.asarray(squareform(pdist(np.random.default_rng(seed).normal(size=(n, 5)))))


def length(apart: np.ndarray, row: Sequence[int]) -> float:
    return float(sum(apart[a, b] for a, b in pairwise(row)))


def branches(apart: np.ndarray) -> list[set[int]]:
    """What scipy's tree of average linkage joins."""
    inside = [{leaf} for leaf in range(len(apart))]
    for a, b, *_ in linkage(squareform(apart, checks=False), "average"):
        inside.append(inside[int(a)] | inside[int(b)])
    return inside


def parts_no_branch(row: Sequence[int], inside: list[set[int]]) -> bool:
    at = {leaf: place for place, leaf in enumerate(row)}
    places = [[at[leaf] for leaf in branch] for branch in inside]
    return all(max(branch) - min(branch) == len(branch) - 1 for branch in places)


@pytest.mark.parametrize("n", [3, 4, 5, 6, 7])
def test_no_row_of_the_tree_is_shorter(n: int) -> None:
    for seed in range(5):
        apart = random_distances(n, seed)
        inside = branches(apart)
        rows = [row for row in permutations(range(n)) if parts_no_branch(row, inside)]
        own = leaf_order(apart)
        assert parts_no_branch(own, inside)
        assert length(apart, own) == pytest.approx(min(length(apart, row) for row in rows))


@pytest.mark.parametrize("n", [8, 13, 37, 60])
def test_scipys_row_of_the_same_tree_is_no_shorter(n: int) -> None:
    for seed in range(5):
        apart = random_distances(n, seed)
        tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=True)
        own = leaf_order(apart)
        assert parts_no_branch(own, branches(apart))
        assert length(apart, own) <= length(apart, leaves_list(tree)) + 1e-9


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_stay_as_they_are(n: int) -> None:
    assert leaf_order(np.zeros((n, n))) == [*range(n)]


def test_equal_distances_and_long_chains_have_an_order() -> None:
    assert sorted(leaf_order(np.ones((40, 40)) - np.eye(40))) == [*range(40)]
    at = 2.0 ** np.arange(60)
    chain = np.abs(at[:, None] - at)
    assert length(chain, leaf_order(chain)) == pytest.approx(at[-1] - at[0])
