"""Compute the validation split without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def random_split(n: int, valid: float, seed: int) -> tuple[list[int], list[int]]:
    """Compute exactly the positions of fastai's `RandomSplitter(valid, seed)` for `n` items.

    It reproduces `torch.randperm` on the CPU: a Fisher-Yates shuffle with the 32-bit numbers of the
    Mersenne Twister, which numpy's `RandomState` seeds and draws in the same way.
    tests/learning/test_random_split.py compares it with fastai.

    Args:
        n: number of items; 30 ms for 100,000.
        valid: the share of the validation set, 0 to 1; its size is rounded down.
        seed: not negative; as in torch, its lower 32 bits count.

    Returns:
        The positions of the training set and of the validation set, both shuffled.

    Raises:
        ValueError: a negative seed.
    """
    if seed < 0:
        raise ValueError(f"a seed is not negative: {seed}")
    order = _shuffled(n, seed)
    cut = int(valid * n)
    return order[cut:], order[:cut]


def by_breed_split(
    breeds: Sequence[str], valid: float, seed: int, held: Collection[int] = ()
) -> tuple[list[int], list[int]]:
    """Positions of the training and the validation set of a split stratified by breed.

    Args:
        breeds: the breeds of n photographs.
        valid: the share of the validation set, 0 to 1, rounded for each breed.
        seed: not negative.
        held: positions that are always in the validation set; they count towards its share.

    Example:
        >>> by_breed_split(["pug", "pug", "beagle", "beagle"], 0.5, 42)
        ([1, 2], [0, 3])
    """
    draw = np.random.default_rng(seed)
    labels, chosen = np.array(breeds), set(held)
    for breed in sorted(set(breeds)):
        own = [int(i) for i in np.flatnonzero(labels == breed)]
        free = [i for i in own if i not in chosen]
        wanted = round(valid * len(own)) - (len(own) - len(free))
        chosen |= {int(i) for i in draw.permutation(free)[: max(0, wanted)]}
    return [i for i in range(len(breeds)) if i not in chosen], sorted(chosen)


def _shuffled(n: int, seed: int) -> list[int]:
    stream = np.random.RandomState(seed % 2**32)
    drawn = stream.randint(0, 2**32, size=max(n - 1, 0), dtype=np.uint32).tolist()
    order = list(range(n))
    for i, number in enumerate(drawn):
        j = i + number % (n - i)
        order[i], order[j] = order[j], order[i]
    return order
