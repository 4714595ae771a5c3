"""Check a user's own arrays and tensors: activations, probabilities, targets, names.

Tensors are recognised by their methods, so that nothing here imports torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, short
from petwidgets.recipes.recipe import MOST_BREEDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ROUNDING = 0.01
"""Tolerance of a row's sum of probabilities: half precision rounds that much."""

SIDES = 2
"""Dimensions of a table; also the smallest number of classes."""


def as_array(values: Any, name: str) -> NDArray[Any]:
    """Convert numbers to a numpy array, from a list, an array or a tensor on any device.

    Args:
        values: the numbers.
        name: their name in error messages, such as `The targets`.

    Raises:
        Problem: they are not numbers, or rows of different lengths.
    """
    if hasattr(values, "detach"):  # a tensor
        values = values.detach().cpu()
        if values.is_floating_point():
            values = values.float()  # numpy has no bfloat16
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise Problem(f"{name} can't be read as an array of numbers: give numpy's.") from error
    if array.dtype.kind not in "fiub":
        raise Problem(f"{name} are not numbers, but of the type {array.dtype}: give numbers.")
    return array


def as_table(values: Any, name: str) -> NDArray[np.float32]:
    """Convert to (n, c) float32, one row per item and one column per class; may be infinite.

    Raises:
        Problem: it has another shape or too many classes, or contains nan or non-numbers.
    """
    table = as_array(values, name)
    if table.ndim != SIDES or not len(table) or table.shape[1] < SIDES:
        raise Problem(
            f"{name} have the shape {table.shape}: give (n, c), a row for each item and a column"
            " for each of two classes or more."
        )
    if table.shape[1] > MOST_BREEDS:
        raise Problem(
            f"{name} tell {counted(table.shape[1], 'class')} apart, and {MOST_BREEDS:,} at most"
            " can be looked at here: keep fewer columns."
        )
    with np.errstate(over="ignore"):  # larger values become infinite in float32
        table = table.astype(np.float32)
    if len(rows := np.flatnonzero(np.isnan(table).any(1))):
        raise Problem(
            f"Row {rows[0]} of {_in(name)} holds a nan, which is not a number: look there."
        )
    return np.asarray(table)


def as_probabilities(values: Any) -> NDArray[np.float32]:
    """Convert to (n, c) float32 probabilities, rows adding to one.

    Raises:
        Problem: as `as_table`; or a value is outside [0, 1], or a row does not add to one.
    """
    table = as_table(values, "The probabilities")
    outside = np.flatnonzero((table < 0).any(1) | (abs(table.sum(1) - 1) > ROUNDING))
    if len(outside):
        row = outside[0]
        raise Problem(
            f"Row {row} of the probabilities goes from {table[row].min():.4g} to"
            f" {table[row].max():.4g} and adds up to {table[row].sum():.4g}, where probabilities"
            " lie between 0 and 1 and add up to 1: of activations take the softmax first."
        )
    return table


def as_targets(values: Any, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Convert to (n,) int64 targets, each the position of a column.

    Args:
        values: the targets.
        shape: (n, c) of the table that they belong to.

    Raises:
        Problem: they have another shape, or are not positions of columns.
    """
    targets, (n, c) = as_array(values, "The targets"), shape
    if targets.shape != (n,):
        raise Problem(
            f"The targets have the shape {targets.shape}, and there are {counted(n, 'row')}: give"
            f" ({n},), the number of the right class for each row."
        )
    if targets.dtype.kind not in "iu":
        raise Problem(f"The targets are of the type {targets.dtype}: give whole numbers.")
    if len(wrong := np.flatnonzero((targets < 0) | (targets >= c))):
        raise Problem(
            f"The target of row {wrong[0]} is {targets[wrong[0]]}, and {counted(c, 'column')} have"
            f" the numbers 0 to {c - 1}: correct it."
        )
    return np.asarray(targets.astype(np.int64))


def as_names(names: Sequence[Any] | None, n: int, what: str, noun: str) -> tuple[str, ...]:
    """Convert n names to texts; by default their positions.

    Args:
        names: the names.
        n: the required number.
        what: the list's name in error messages, such as `The vocab`.
        noun: the noun for the named things, such as `column`.

    Raises:
        Problem: they are not a list, or their number is not n.
    """
    names = range(n) if names is None else names
    if isinstance(names, str) or not hasattr(names, "__len__"):
        raise Problem(f"{what} is {short(repr(names))}: give a list of {counted(n, 'name')}.")
    if len(names) != n:
        raise Problem(
            f"{what} has {counted(len(names), 'name')} for {counted(n, noun)}: give one name for"
            f" each {noun}, in their order."
        )
    return tuple(map(str, names))


def as_vocab(names: Sequence[Any] | None, c: int) -> tuple[str, ...]:
    """Convert the names of c classes to texts; by default their positions.

    Raises:
        Problem: as `as_names`; or a name is empty or occurs twice.
    """
    vocab = as_names(names, c, "The vocab", "column")
    if "" in vocab:
        raise Problem(f"Name {vocab.index('')} of the vocab is empty: give every class a name.")
    if twice := next((name for name in vocab if vocab.count(name) > 1), ""):
        raise Problem(f"{short(twice)!r} stands twice in the vocab: give each class its own name.")
    return vocab


def _in(name: str) -> str:
    """The name with a small first letter, for use within a sentence."""
    return name[:1].lower() + name[1:]
