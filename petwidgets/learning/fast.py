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

from petwidgets.learning.dls import Preparation, dataloaders
from petwidgets.learning.onepass import OnePass
from petwidgets.learning.presized import Presized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from petwidgets.data.dataset import Dataset
    from petwidgets.learning.backbones import Pretrained
    from petwidgets.recipes import Recipe

    Making = Callable[[], torch.Tensor]

AHEAD = 1
"""Batches that are made while another is computed with."""


class Batches(DataLoader):
    """A `DataLoader` whose batches threads make ahead: reading, decoding and sampling need no GIL.

    What is drawn is drawn here, in the thread that trains and at the same points of its work, so
    that a training depends on its seed alone, not on who of the threads was faster.

    Args:
        dataset: fastai's, whose items are paths.
        begin: what gives, of paths, a function for each that makes its (3, s, s) float32 pixels.
    """

    def __init__(
        self, dataset: Any, begin: Callable[[Sequence[Any]], list[Making]], **kwargs: Any
    ) -> None:
        self.begin = begin
        super().__init__(dataset=dataset, num_workers=0, **kwargs)
        self.targets = tensor([int(y) for y in dataset.tls[1]])

    def create_batches(self, samps: Iterator[int]) -> Iterator[tuple[TensorImage, TensorCategory]]:
        """The photographs at `samps`, `bs` at a time."""
        pool = ThreadPoolExecutor(os.cpu_count(), initializer=partial(torch.set_num_threads, 1))
        coming: deque[tuple[list[int], list[Future[torch.Tensor]]]] = deque()
        try:
            for rows in self.chunkify(samps):
                making = self.begin([self.dataset.items[row] for row in rows])
                coming.append((rows, [pool.submit(make) for make in making]))
                if len(coming) > AHEAD:
                    yield self._batch(*coming.popleft())
            while coming:
                yield self._batch(*coming.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def _batch(
        self, rows: list[int], made: list[Future[torch.Tensor]]
    ) -> tuple[TensorImage, TensorCategory]:
        pixels = torch.stack([future.result() for future in made])
        # As convolutions on CPUs, and half precision on GPUs, are fastest.
        x = pixels.contiguous(memory_format=torch.channels_last)
        return TensorImage(x), TensorCategory(self.targets[rows])


class Augmented:
    """What the training side makes of photographs, at a size that may change between stages."""

    def __init__(self, recipe: Recipe, presized: Presized, stats: Pretrained) -> None:
        self.presized = presized
        self._at = lambda size: OnePass(recipe.presize, size, recipe.min_scale, stats)
        self.resize(recipe.size)

    def resize(self, size: int) -> None:
        """From the next batch on make squares of `size` pixels."""
        self.way = self._at(size)

    def __call__(self, paths: Sequence[Any]) -> list[Making]:
        """Draw for a batch, in fastai's order: each photograph's place, then its augmentation."""
        way, numbers = self.way, augment.random  # the run's own, see `learning.randomness`
        places = [(numbers.random(), numbers.random()) for _ in paths]
        draws = way.draw(len(paths))

        def make(path: Any, place: tuple[float, float], i: int) -> torch.Tensor:
            return way.picture(self.presized.square(path, place), draws, i)

        return [partial(make, *of) for of in zip(paths, places, range(len(paths)), strict=True)]


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

    def validated(paths: Sequence[Any]) -> list[Making]:
        return [partial(central, path) for path in paths]

    begin = Augmented(recipe, presized, stats)
    train = Batches(plain.train_ds, begin, bs=recipe.batch_size, shuffle=True, drop_last=True)
    valid = Batches(plain.valid_ds, validated, bs=plain.valid.bs)
    return DataLoaders(train, valid, device=plain.device)
