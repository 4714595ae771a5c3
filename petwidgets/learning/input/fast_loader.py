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

    Maker = Callable[[], torch.Tensor]
    Batch = tuple[TensorImage, TensorCategory]
    Pending = tuple[Batch, list[Future[None]]]
    Begin = Callable[[Sequence[Any]], tuple[int, list[Maker]]]

AHEAD = 1
"""Batches that are prepared while the network computes with another one."""


class Batches(DataLoader):
    """A `DataLoader` that prepares batches in threads: reading, decoding and sampling free the GIL.

    Random numbers are drawn in the training thread only, always at the same points of its work. A
    training therefore depends on its seed alone, not on the order in which threads finish.

    Args:
        dataset: of fastai, with paths as items.
        begin: for a list of paths, returns the side of their squares, and for each path a function
            that makes its (3, side, side) float32 pixels.
    """

    def __init__(self, dataset: Any, begin: Begin, **kwargs: Any) -> None:
        self.begin = begin
        super().__init__(dataset=dataset, num_workers=0, **kwargs)
        self.targets = tensor([int(y) for y in dataset.tls[1]])

    def create_batches(self, samps: Iterator[int]) -> Iterator[Batch]:
        """Yield the photographs at `samps` in batches of `bs`."""
        pool = ThreadPoolExecutor(os.cpu_count(), initializer=partial(torch.set_num_threads, 1))
        pending: deque[Pending] = deque()
        try:
            for rows in self.chunkify(samps):
                pending.append(self._begin(pool, rows))
                if len(pending) > AHEAD:
                    yield _wait_for(*pending.popleft())
            while pending:
                yield _wait_for(*pending.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def _begin(self, pool: ThreadPoolExecutor, rows: list[int]) -> Pending:
        side, makers = self.begin([self.dataset.items[row] for row in rows])
        # Channels last is fastest for convolutions on CPUs, and for half precision on GPUs.
        x = torch.empty(len(rows), 3, side, side, memory_format=torch.channels_last)
        futures = [pool.submit(_put, x, i, make) for i, make in enumerate(makers)]
        return (TensorImage(x), TensorCategory(self.targets[rows])), futures


def _put(x: torch.Tensor, i: int, make: Maker) -> None:
    x[i] = make()


def _wait_for(batch: Batch, futures: list[Future[None]]) -> Batch:
    for future in futures:
        future.result()
    return batch


class Augmented:
    """Presizes and augments training photographs, at a size that may change between stages."""

    def __init__(self, recipe: Recipe, presized: Presized, stats: Pretrained) -> None:
        self.presized = presized
        self._recipe, self._stats = recipe, stats
        self.resize(recipe.size)

    def resize(self, size: int) -> None:
        """Make squares of `size` pixels from the next batch on."""
        recipe = self._recipe
        self.way = OnePass(recipe.presize, size, recipe.min_scale, self._stats)

    def __call__(self, paths: Sequence[Any]) -> tuple[int, list[Maker]]:
        """Draw for a batch, in fastai's order: each photograph's crop, then its augmentation."""
        # `augment.random` is the run's own generator, see `learning.train.rng_state`.
        way, numbers = self.way, augment.random
        places = [(numbers.random(), numbers.random()) for _ in paths]
        draws = way.draw(len(paths))

        def make(path: Any, place: tuple[float, float], i: int) -> torch.Tensor:
            return way.picture(self.presized.square(path, place), draws, i)

        each = zip(paths, places, range(len(paths)), strict=True)
        return way.size, [partial(make, *arguments) for arguments in each]


def fast_dataloaders(
    recipe: Recipe, dataset: Dataset, stats: Pretrained, parts: tuple[list[int], list[int]]
) -> DataLoaders:
    """Make the same `DataLoaders` as `dataloaders` (equal distribution), with far less work.

    Raises:
        Problem: too few photographs.
    """
    plain = dataloaders(recipe, dataset, stats, parts)
    presized, preparation = Presized(dataset.paths, recipe.presize), Preparation(recipe, stats)

    def central(path: Any) -> torch.Tensor:
        return preparation.normalised([presized.square(path)])[0]

    def validated(paths: Sequence[Any]) -> tuple[int, list[Maker]]:
        return recipe.size, [partial(central, path) for path in paths]

    begin = Augmented(recipe, presized, stats)
    train = Batches(plain.train_ds, begin, bs=recipe.batch_size, shuffle=True, drop_last=True)
    valid = Batches(plain.valid_ds, validated, bs=plain.valid.bs)
    return DataLoaders(train, valid, device=plain.device)
