"""Optional speedups of a training: lower precision, channels last, progressive sizes."""

from __future__ import annotations

from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING

from fastai.vision.all import torch

from petwidgets.learning.input.fast_loader import Augmented
from petwidgets.learning.models.precision import lowered, scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastai.vision.all import Learner, Transform

    from petwidgets.recipes.recipe import Recipe


@contextmanager
def quickened(learn: Learner, recipe: Recipe) -> Iterator[None]:
    """Train within the context with the recipe's precision, and channels last for fast input.

    Convolutions on CPUs are quickest with channels last (forward and backward pass of lite0, in
    batches of 8: 65 ms per photograph and core instead of 96). But sums are computed in another
    order, so the last digits differ: recipes with fastai's own input do not use it.
    """
    if recipe.input == "fast":
        learn.model.to(memory_format=torch.channels_last)
    with lowered(learn.model, recipe.precision, learn.dls.device), scaled(learn, recipe.precision):
        yield


def show(learn: Learner, size: int) -> None:
    """Train on squares of `size` pixels from now on; validation stays at the recipe's size."""
    train = getattr(learn.dls.train, "dl", learn.dls.train)  # `Part` wraps the loader
    begin = getattr(train, "begin", None)
    if isinstance(begin, Augmented):
        begin.resize(size)
    else:
        # The validation side has the same transforms, but a pipeline of its own.
        train.after_batch.fs = train.after_batch.fs.map(lambda t: _sized(t, size))


def _sized(transform: Transform, size: int) -> Transform:
    if getattr(transform, "size", None) in (None, size, (size, size)):
        return transform
    resized = copy(transform)
    resized.size = (size, size)
    return resized
