"""Seed, save and restore all random generators of a training."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from fastai.vision import augment
from fastai.vision.all import set_seed, torch

if TYPE_CHECKING:
    from collections.abc import Iterator


class Randomness:
    """The random generators of one training.

    A resumed training restores their state instead of seeding each epoch anew, so that a training
    without an interruption is exactly what fastai does from one seed.

    Args:
        seed: of torch, numpy, Python, augmentation and the order of photographs.
        batches: the `DataLoader` to train on, which draws that order.
    """

    def __init__(self, seed: int, batches: Any) -> None:
        set_seed(seed)
        self.batches = batches
        self.batches.rng = random.Random(seed)  # noqa: S311 - fastai's own kind
        self.augmentation = random.Random(seed)  # noqa: S311 - as above

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Give fastai's augmentation its own random generator.

        By default it uses Python's global one, from which Dask's threads also draw when they send.
        """
        augment.random = self.augmentation  # the name that its functions look up
        try:
            yield
        finally:
            augment.random = random

    def tensors(self) -> dict[str, torch.Tensor]:
        """The states of torch's generators, (n) uint8: the CPU's and the used GPU's."""
        states = {"cpu": torch.get_rng_state()}
        if torch.cuda.is_available():
            states["cuda"] = torch.cuda.get_rng_state()
        return states

    def plain(self) -> dict[str, Any]:
        """The states of all other generators, as values that JSON can hold."""
        name, key, *others = np.random.get_state(legacy=True)  # noqa: NPY002 - what set_seed seeds
        generators = {"augmentation": self.augmentation, "batches": self.batches.rng}
        return {
            "numpy": [name, np.asarray(key).tolist(), *others],
            "python": random.getstate(),
            **{key: generator.getstate() for key, generator in generators.items()},
        }

    def restore(self, tensors: dict[str, torch.Tensor], plain: dict[str, Any]) -> None:
        """Restore the states that `tensors()` and `plain()` returned."""
        torch.set_rng_state(tensors["cpu"])
        if torch.cuda.is_available() and "cuda" in tensors:
            torch.cuda.set_rng_state(tensors["cuda"])
        name, key, *others = plain["numpy"]
        np.random.set_state((name, np.array(key, np.uint32), *others))  # noqa: NPY002 - as above
        random.setstate(_python(plain["python"]))
        self.augmentation.setstate(_python(plain["augmentation"]))
        self.batches.rng.setstate(_python(plain["batches"]))


def _python(state: list[Any]) -> tuple[Any, ...]:
    version, words, gauss = state  # JSON has no tuples, and `setstate` takes no lists
    return version, tuple(words), gauss
