"""The loss lesson's numbers are the chapter's to four digits, and torch's to a millionth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

from petwidgets.common.errors import Problem
from petwidgets.metrics import losses

TARGETS = [0, 1, 0, 1, 1, 0]
PICKED = [0.6025, 0.4979, 0.1332, 0.0034, 0.4041, 0.3661]
LOSSES = [0.5067, 0.6973, 2.0160, 5.6958, 0.9062, 1.0048]

USUAL = st.floats(-30, 30, width=32)
ANY = st.one_of(
    USUAL,
    st.floats(-1e4, 1e4, width=32),
    st.floats(-(2.0**-120), 2.0**-120, width=32),
    st.sampled_from([np.inf, -np.inf, 0.0, 1e30, -1e30]),
)


@st.composite
def tables(draw: Any, numbers: Any = ANY) -> tuple[np.ndarray, np.ndarray]:
    n, c = draw(st.integers(1, 6)), draw(st.integers(2, 9))
    row = st.lists(numbers, min_size=c, max_size=c)
    table = draw(st.lists(row, min_size=n, max_size=n))
    targets = draw(st.lists(st.integers(0, c - 1), min_size=n, max_size=n))
    return np.array(table, np.float32), np.array(targets)


@pytest.fixture
def activations() -> np.ndarray:
    """The chapter's six rows."""
    torch.manual_seed(42)
    return (torch.randn((6, 2)) * 2).numpy()


def close(ours: np.ndarray, theirs: torch.Tensor) -> None:
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-6, atol=1e-6)


def test_the_chapters_table(activations: np.ndarray) -> None:
    softmax = losses.softmax(activations)
    found = losses.cross_entropy(activations, TARGETS)
    assert losses.picked(softmax, TARGETS).round(4).tolist() == pytest.approx(PICKED)
    assert found.round(4).tolist() == pytest.approx(LOSSES)
    assert round(float(found.mean()), 4) == 1.8045
    difference = losses.sigmoid(activations[:, 0] - activations[:, 1])
    np.testing.assert_allclose(difference, softmax[:, 0], atol=1e-6)


@given(tables())
def test_softmax_and_cross_entropy_are_torchs(given_: tuple[np.ndarray, np.ndarray]) -> None:
    table, targets = given_
    x, y = torch.tensor(table), torch.tensor(targets)
    close(losses.softmax(table), F.softmax(x, dim=1))
    close(losses.log_softmax(table), F.log_softmax(x, dim=1))
    close(losses.cross_entropy(table, targets), F.cross_entropy(x, y, reduction="none"))
    close(losses.nll(table, targets), F.nll_loss(x, y, reduction="none"))
    close(losses.sigmoid(table), torch.sigmoid(x))


@given(tables())
def test_wheres_inside_each_other_pick_what_indexing_picks(
    given_: tuple[np.ndarray, np.ndarray],
) -> None:
    table, targets = given_
    assert losses.nested_where(table, targets).tolist() == losses.picked(table, targets).tolist()


@given(tables(USUAL))
def test_gradients_are_autograds(given_: tuple[np.ndarray, np.ndarray]) -> None:
    table, targets = given_
    x = torch.tensor(table, requires_grad=True)
    F.cross_entropy(x, torch.tensor(targets), reduction="sum").backward()
    assert x.grad is not None
    close(losses.gradient(table, targets), x.grad)
    x.grad = None
    one_hot = F.one_hot(torch.tensor(targets), table.shape[1]).float()
    F.mse_loss(x.softmax(dim=1), one_hot, reduction="sum").backward()
    close(losses.squared_gradient(table, targets), x.grad)


def test_the_two_case_loss_is_the_books() -> None:
    probabilities = np.array([0.9, 0.4, 0.2], np.float32)
    targets = torch.tensor([1, 0, 1])
    p = torch.tensor(probabilities)
    close(losses.binary_loss(probabilities, targets), torch.where(targets == 1, 1 - p, p))


def test_subtracting_the_largest_saves_what_overflows() -> None:
    table = [[1000.0, 0.0]]
    assert losses.softmax(table).tolist() == [[1, 0]]
    assert losses.cross_entropy(table, [1]) == 1000


@pytest.mark.parametrize(
    ("table", "targets", "words"),
    [
        ([[1, np.nan]], [0], "not a number"),
        ([[1, 2]], [2], "from 0 to 1"),
        ([[1, 2]], [-1], "from 0 to 1"),
        ([[1, 2]], [0.5], "from 0 to 1"),
        ([[1, 2]], [0, 1], "don't fit"),
        ([1, 2], [0], "don't fit"),
        ([[]], [0], "don't fit"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(table: Any, targets: Any, words: str) -> None:
    with pytest.raises(Problem, match=words):
        losses.checked(table, targets)
