"""The fast input: `DataLoaders` whose photographs are presized once and augmented in one pass."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from fastai.vision import augment
from fastai.vision.all import (
    DataLoader,
    DataLoaders,
    TensorCategory,
    TensorImage,
    tensor,
    torch,
)

from petwidgets.learning.input.augment import OnePass
from petwidgets.learning.input.dataloaders import Preparation, dataloaders
from petwidgets.learning.input.presized_cache import Presized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from petwidgets.data.dataset import Dataset
    from petwidgets.learning.models.backbones import Pretrained
    from petwidgets.recipes.recipe import Recipe

    Making = Callable[[], torch.Tensor]
    Batch = tuple[TensorImage, TensorCategory]
    Begun = tuple[Batch, list[Future[None]]]
    Begin = Callable[[Sequence[Any]], tuple[int, list[Making]]]

AHEAD = 1
"""Batches that are made while another is computed with."""


class Batches(DataLoader):
    """A `DataLoader` whose batches threads make ahead: reading, decoding and sampling need no GIL.

    What is drawn is drawn here, in the thread that trains and at the same points of its work, so
    that a training depends on its seed alone, not on who of the threads was faster.

    Args:
        dataset: fastai's, whose items are paths.
        begin: what gives, of paths, the side of their squares, and for each a function that makes
            its (3, side, side) float32 pixels.
    """

    def __init__(self, dataset: Any, begin: Begin, **kwargs: Any) -> None:
        self.begin = begin
        super().__init__(dataset=dataset, num_workers=0, **kwargs)
        self.targets = tensor([int(y) for y in dataset.tls[1]])

    def create_batches(self, samps: Iterator[int]) -> Iterator[Batch]:
        """The photographs at `samps`, `bs` at a time."""
        pool = ThreadPoolExecutor(os.cpu_count(), initializer=partial(torch.set_num_threads, 1))
        coming: deque[Begun] = deque()
        try:
            for rows in self.chunkify(samps):
                coming.append(self._begun(pool, rows))
                if len(coming) > AHEAD:
                    yield _whole(*coming.popleft())
            while coming:
                yield _whole(*coming.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def _begun(self, pool: ThreadPoolExecutor, rows: list[int]) -> Begun:
        side, making = self.begin([self.dataset.items[row] for row in rows])
        # As convolutions on CPUs, and half precision on GPUs, are fastest.
        x = torch.empty(len(rows), 3, side, side, memory_format=torch.channels_last)
        made = [pool.submit(_put, x, i, make) for i, make in enumerate(making)]
        return (TensorImage(x), TensorCategory(self.targets[rows])), made


def _put(x: torch.Tensor, i: int, make: Making) -> None:
    x[i] = make()


def _whole(batch: Batch, made: list[Future[None]]) -> Batch:
    for future in made:
        future.result()
    return batch


class Augmented:
    """What the training side makes of photographs, at a size that may change between stages."""

    def __init__(self, recipe: Recipe, presized: Presized, stats: Pretrained) -> None:
        self.presized = presized
        self._recipe, self._stats = recipe, stats
        self.resize(recipe.size)

    def resize(self, size: int) -> None:
        """From the next batch on make squares of `size` pixels."""
        recipe = self._recipe
        self.way = OnePass(recipe.presize, size, recipe.min_scale, self._stats)

    def __call__(self, paths: Sequence[Any]) -> tuple[int, list[Making]]:
        """Draw for a batch, in fastai's order: each photograph's place, then its augmentation."""
        way, numbers = self.way, augment.random  # the run's own, see `learning.train.rng_state`
        places = [(numbers.random(), numbers.random()) for _ in paths]
        draws = way.draw(len(paths))

        def make(path: Any, place: tuple[float, float], i: int) -> torch.Tensor:
            return way.picture(self.presized.square(path, place), draws, i)

        each = zip(paths, places, range(len(paths)), strict=True)
        return way.size, [partial(make, *of) for of in each]


def fast_dataloaders(
    recipe: Recipe, dataset: Dataset, stats: Pretrained, parts: tuple[list[int], list[int]]
) -> DataLoaders:
    """What `dataloaders` gives, with the same chances and far less work.

    Raises:
        Problem: too few photographs.
    """
    plain = dataloaders(recipe, dataset, stats, parts)
    presized, preparation = Presized(dataset.paths, recipe.presize), Preparation(recipe, stats)

    def central(path: Any) -> torch.Tensor:
        return preparation.normalised([presized.square(path)])[0]

    def validated(paths: Sequence[Any]) -> tuple[int, list[Making]]:
        return recipe.size, [partial(central, path) for path in paths]

    begin = Augmented(recipe, presized, stats)
    train = Batches(plain.train_ds, begin, bs=recipe.batch_size, shuffle=True, drop_last=True)
    valid = Batches(plain.valid_ds, validated, bs=plain.valid.bs)
    return DataLoaders(train, valid, device=plain.device)
