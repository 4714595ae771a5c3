"""What makes a training quicker than fastai's own, as far as its recipe asks for it."""

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
    """Train within with the recipe's precision and, if its input is fast, channels last.

    Channels last is how convolutions on CPUs are quickest (forward and backward of lite0, in
    batches of 8: 65 ms a photograph of one processor instead of 96), but the order of sums, and so
    the last digits, is another: a recipe with fastai's own input keeps its results.
    """
    if recipe.input == "fast":
        learn.model.to(memory_format=torch.channels_last)
    with lowered(learn.model, recipe.precision, learn.dls.device), scaled(learn, recipe.precision):
        yield


def show(learn: Learner, size: int) -> None:
    """Train on squares of `size` pixels from now on; validation stays at the recipe's size."""
    train = getattr(learn.dls.train, "dl", learn.dls.train)  # within a process's part
    begin = getattr(train, "begin", None)
    if isinstance(begin, Augmented):
        begin.resize(size)
    else:
        # The validation side has the same transforms, but a pipeline of its own.
        train.after_batch.fs = train.after_batch.fs.map(lambda t: _sized(t, size))


def _sized(transform: Transform, size: int) -> Transform:
    if getattr(transform, "size", None) in (None, size, (size, size)):
        return transform
    other = copy(transform)
    other.size = (size, size)
    return other
