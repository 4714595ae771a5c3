"""Divide a data set into training and validation photographs, as a recipe says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, plural
from petwidgets.data import holdout, own_split

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from petwidgets.data.dataset import Dataset
    from petwidgets.recipes.recipe import Recipe


Parts = tuple[list[int], list[int]]
"""Positions of the training and the validation photographs."""


def split(recipe: Recipe, dataset: Dataset) -> Parts:
    """Positions of the training and the validation photographs.

    `random` is exactly fastai's `RandomSplitter(valid_pct, seed)`, including the order, so that a
    seed has the same meaning as in fastai. `by-breed` takes the same share of every breed.
    `folders` is the split that comes with the data set. Held-out photographs always go to the
    validation set, and count towards the share of their breed.

    Raises:
        Problem: the validation set would be empty, or the training set would have fewer than two
            breeds.
    """
    held_out = holdout.positions(recipe.hold_out, dataset)
    train, valid = _parts(recipe, dataset, held_out)
    if not _can_train(dataset, train) and _can_train(dataset, _parts(recipe, dataset, ())[0]):
        raise Problem(_too_many(len(held_out), dataset))
    _require_enough(dataset, train, valid)
    return train, valid


def _parts(recipe: Recipe, dataset: Dataset, held_out: Collection[int]) -> Parts:
    return own_split.parts(dataset, recipe.split, recipe.valid, recipe.seed, held_out)


def _too_many(held_out: int, dataset: Dataset) -> str:
    share = f"Of {counted(len(dataset.paths), 'photograph')} {counted(held_out, 'is', 'are')}"
    if held_out == len(dataset.paths):
        share = "All photographs are"
    return (
        f"{share} held out, which leaves fewer than two {plural(dataset.noun)} to train on: hold"
        " out fewer."
    )


def divided(recipe: Recipe, dataset: Dataset) -> tuple[Dataset, Parts]:
    """Apply a recipe's label changes, and split the photographs.

    The split is drawn before the changes. Runs with and without them therefore validate on the same
    photographs, except for those that are left out.

    Args:
        recipe: the recipe with `leave_out` and `relabel`.
        dataset: photographs with the labels of the files.

    Returns:
        The changed data set, and its positions to train and to validate on.

    Raises:
        Problem: as `split`, before the changes or after.
    """
    changed, (train, valid) = _changed(recipe, dataset, split(recipe, dataset))
    _require_enough(changed, train, valid)
    return changed, (train, valid)


def forecast(recipe: Recipe, dataset: Dataset) -> tuple[Dataset, Parts]:
    """Apply a recipe to a complete set as a training does, however few photographs there are.

    The order is the training's: the limit, then the unreadable files, the split and the changes.

    Args:
        recipe: its limit, split, hold-out and label changes.
        dataset: all photographs, with those that are known to be unreadable.

    Returns:
        As `divided`.

    Raises:
        Problem: the set does not have the split that is asked for.
    """
    used = own_split.limited(dataset, recipe.split, recipe.limit_per_breed).readable()
    held_out = holdout.positions(recipe.hold_out, used)
    return _changed(recipe, used, _parts(recipe, used, held_out))


def _changed(recipe: Recipe, dataset: Dataset, parts: Parts) -> tuple[Dataset, Parts]:
    """Apply the label changes, and find the photographs of both sides in what is left."""
    changed = dataset.changed(recipe.leave_out, recipe.relabel)
    position = {path: i for i, path in enumerate(changed.paths)}
    paths = [[dataset.paths[i] for i in part] for part in parts]
    train, valid = ([position[p] for p in part if p in position] for part in paths)
    return changed, (train, valid)


def _require_enough(dataset: Dataset, train: Sequence[int], valid: Sequence[int]) -> None:
    if not (_can_train(dataset, train) and valid):
        raise Problem("There are too few photographs to train and validate on: add some.")


def _can_train(dataset: Dataset, train: Sequence[int]) -> bool:
    return len({dataset.breeds[i] for i in train}) > 1
