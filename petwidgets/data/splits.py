"""Which photographs are validated on, without torch: the page says it where no torch is loaded."""

from __future__ import annotations

import numpy as np


def random_split(n: int, valid: float, seed: int) -> tuple[list[int], list[int]]:
    """Exactly the positions that fastai's `RandomSplitter(valid, seed)` gives for `n` items.

    It is `torch.randperm` on the CPU: a shuffle after Fisher and Yates with the 32-bit numbers of
    the Mersenne Twister, which numpy's `RandomState` seeds and draws alike. Held against fastai in
    tests/learning/test_random_split.py.

    Args:
        n: how many there are; 30 ms for 100,000.
        valid: the share to validate on, 0 to 1; the number is rounded down.
        seed: not negative; as in torch, its lower 32 bits count.

    Returns:
        The positions to train on, and those to validate on, both shuffled.

    Raises:
        ValueError: a negative seed.
    """
    if seed < 0:
        raise ValueError(f"a seed is not negative: {seed}")
    order = _shuffled(n, seed)
    cut = int(valid * n)
    return order[cut:], order[:cut]


def _shuffled(n: int, seed: int) -> list[int]:
    stream = np.random.RandomState(seed % 2**32)
    drawn = stream.randint(0, 2**32, size=max(n - 1, 0), dtype=np.uint32).tolist()
    order = list(range(n))
    for i, number in enumerate(drawn):
        j = i + number % (n - i)
        order[i], order[j] = order[j], order[i]
    return order
