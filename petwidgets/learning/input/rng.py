"""Random generators for one thread, so that its draws do not disturb a training in another thread.

All threads share torch's global generator, and the `random` that fastai's augmentation looks up.
Drawing from these would change the result of a training that runs at the same time.
"""

from __future__ import annotations

import random
from types import FunctionType
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DRAWING = {
    *("uniform_", "bernoulli_", "normal_", "random_", "exponential_"),
    *("bernoulli", "multinomial", "rand", "randn", "randint", "randperm"),
}
"""torch's random functions that transforms and loaders use."""


class OwnDraws(TorchFunctionMode):
    """A context in which this thread draws from generators of its own.

    They give the same numbers as fastai's `set_seed(seed)` on a CPU. Saving and restoring the
    global state would not work, because a training may draw in between. (fastai's `DataLoader`
    takes one number from Python's generator when it is made; no training reads that generator, see
    `learning.train.rng_state`.)
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.tensors, self.numbers = torch.Generator(), random.Random()  # noqa: S311 - fastai's kind
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Seed the generators, as `set_seed` does."""
        self.tensors.manual_seed(seed)
        self.numbers.seed(seed)

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Pass this generator to random functions that are called without one."""
        kwargs = kwargs or {}
        if function.__name__ in DRAWING and kwargs.get("generator") is None:
            kwargs = {**kwargs, "generator": self.tensors}
        return function(*args, **kwargs)

    def lend(self, transforms: Iterable[Any]) -> None:
        """Make these transforms draw from this generator; no other thread may use them.

        fastai's `before_call` looks up `random` in its module, where a training may have put its
        own generator (`learning.train.rng_state`). Here its code runs with other globals.
        """
        for transform in transforms:
            if hasattr(transform, "before_call"):
                transform.before_call = _before_call(transform, self.numbers)


def _before_call(transform: Any, numbers: random.Random) -> Callable[..., None]:
    code = type(transform).before_call
    names = {**code.__globals__, "random": numbers}
    copy = FunctionType(code.__code__, names, argdefs=code.__defaults__, closure=code.__closure__)
    # No bound method: a transform's name prints its attributes, so it would print itself for ever.
    return lambda *args, **kwargs: copy(transform, *args, **kwargs)
