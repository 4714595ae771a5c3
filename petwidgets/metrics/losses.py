"""From activations to a loss: softmax, logarithm, picking, mean, in float32 as in torch.

The chapter's sections on cross-entropy loss. Shapes: `activations` (n, c) for n photographs and c
breeds, `targets` (n,) whole numbers from 0 to c - 1. Infinite activations give the same results as
in torch; `checked` refuses nan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float32]
    Targets = NDArray[np.int64]


def sigmoid(x: ArrayLike) -> Floats:
    """1 / (1 + exp(-x)) for any shape, in a form whose exponential can't overflow."""
    x = np.asarray(x, np.float32)
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, small) / (1 + small))


def shifted(activations: ArrayLike) -> Floats:
    """(n, c): activations minus their row's maximum: the same softmax, and exp can't overflow."""
    activations = np.asarray(activations, np.float32)
    with np.errstate(invalid="ignore"):  # infinity minus infinity is nan, in torch too
        return np.asarray(activations - activations.max(axis=1, keepdims=True))


def softmax(activations: ArrayLike) -> Floats:
    """(n, c): exp divided by the row's sum of exp; each row adds up to one."""
    exp = np.exp(shifted(activations))
    return np.asarray(exp / exp.sum(axis=1, keepdims=True))


def log_softmax(activations: ArrayLike) -> Floats:
    """(n, c): the logarithm of softmax, without the log of probabilities that underflow to 0."""
    away = shifted(activations)
    return np.asarray(away - np.log(np.exp(away).sum(axis=1, keepdims=True)))


def picked(table: Floats, targets: ArrayLike) -> Floats:
    """(n,): each row's value in the column of its target, `table[range(n), targets]`."""
    targets = np.asarray(targets)
    return np.asarray(table[range(len(targets)), targets])


def nll(table: ArrayLike, targets: ArrayLike) -> Floats:
    """(n,): minus the picked values. Despite its name it takes no logarithm, like torch's."""
    return -picked(np.asarray(table, np.float32), targets)


def cross_entropy(activations: ArrayLike, targets: ArrayLike) -> Floats:
    """(n,): `nll` of `log_softmax`; its mean is `nn.CrossEntropyLoss()`."""
    return nll(log_softmax(activations), targets)


def binary_loss(probabilities: ArrayLike, targets: ArrayLike) -> Floats:
    """(n,): `where(target is 1, 1 - p, p)`, the two-case loss of the previous chapter."""
    p = np.asarray(probabilities, np.float32)
    return np.where(np.asarray(targets) == 1, 1 - p, p)


def nested_where(table: Floats, targets: ArrayLike) -> Floats:
    """(n,): the same as `picked`, by c - 1 nested `where`s."""
    targets = np.asarray(targets)
    chosen = table[:, -1]
    for column in reversed(range(table.shape[1] - 1)):
        chosen = np.where(targets == column, table[:, column], chosen)
    return np.asarray(chosen)


def one_hot(targets: ArrayLike, columns: int) -> Floats:
    """(n, c): one in the target's column, zero elsewhere."""
    return np.asarray(np.eye(columns, dtype=np.float32)[np.asarray(targets)])


def gradient(activations: ArrayLike, targets: ArrayLike) -> Floats:
    """(n, c): gradient of each row's cross-entropy by its activations, softmax minus one-hot."""
    p = softmax(activations)
    return np.asarray(p - one_hot(targets, p.shape[1]))


def squared_error(activations: ArrayLike, targets: ArrayLike) -> Floats:
    """(n,): the sum over the row of the squares of softmax minus one-hot."""
    return np.asarray((gradient(activations, targets) ** 2).sum(axis=1))


def squared_gradient(activations: ArrayLike, targets: ArrayLike) -> Floats:
    """(n, c): gradient of each row's `squared_error` by its activations.

    It nearly vanishes for confident wrong predictions, so that nothing is learned from them. This
    is a reason for using cross-entropy.
    """
    p = softmax(activations)
    slope = 2 * gradient(activations, targets)
    return np.asarray(p * (slope - (slope * p).sum(axis=1, keepdims=True)))


def descent(
    activations: ArrayLike,
    targets: ArrayLike,
    rate: float,
    steps: int,
    slope: Callable[[ArrayLike, ArrayLike], Floats] = gradient,
) -> list[Floats]:
    """Gradient descent: `steps` + 1 tables (n, c), each the previous minus `rate` x gradient."""
    tables = [np.asarray(activations, np.float32)]
    for _ in range(steps):
        tables.append(tables[-1] - np.float32(rate) * slope(tables[-1], targets))
    return tables


def checked(activations: ArrayLike, targets: ArrayLike) -> tuple[Floats, Targets]:
    """Check and convert: the activations to float32, the targets to int64.

    Raises:
        Problem: the shapes don't fit, an activation is nan, or a target is not a column.
    """
    table, column = np.asarray(activations, np.float32), np.asarray(targets)
    if table.ndim != 2 or column.shape != table.shape[:1] or not table.size:  # noqa: PLR2004
        raise Problem(
            f"Activations of shape {table.shape} and targets of shape {column.shape} don't fit:"
            " give one row of activations and one target for each photograph."
        )
    if np.isnan(table).any():
        raise Problem("An activation is not a number (nan): type a number instead.")
    integers = column.astype(np.int64)
    if (integers != column).any() or (integers < 0).any() or (integers >= table.shape[1]).any():
        raise Problem(f"A target is a column's number, from 0 to {table.shape[1] - 1}: correct it.")
    return table, integers
