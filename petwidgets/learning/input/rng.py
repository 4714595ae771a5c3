"""Random numbers of one's own, beside a training in another thread that has its own.

All threads draw from one state of torch's random numbers and from one `random` that fastai's
augmentation looks up: whoever draws there changes the result of a training beside it.
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
"""torch's functions that draw, as far as transforms and loaders use them."""


class OwnDraws(TorchFunctionMode):
    """What this thread draws within comes from generators of its own.

    They give the numbers that fastai's `set_seed(seed)` gives on a CPU. Reading the global state,
    drawing and putting it back would not do: a training may draw in between. (fastai's `DataLoader`
    takes one number of Python's own when it is made; no training reads those, see
    `learning.train.rng_state`.)
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.tensors, self.numbers = torch.Generator(), random.Random()  # noqa: S311 - fastai's kind
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin anew, as `set_seed` does."""
        self.tensors.manual_seed(seed)
        self.numbers.seed(seed)

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Hand this generator to what draws and brings none."""
        kwargs = kwargs or {}
        if function.__name__ in DRAWING and kwargs.get("generator") is None:
            kwargs = {**kwargs, "generator": self.tensors}
        return function(*args, **kwargs)

    def lend(self, transforms: Iterable[Any]) -> None:
        """Have these transforms, which nobody else uses, draw their numbers here, too.

        fastai's `before_call` looks up `random` in its module. It is run as it stands, but looks
        it up elsewhere: a training may have put its own there (`learning.train.rng_state`).
        """
        for transform in transforms:
            if hasattr(transform, "before_call"):
                transform.before_call = _before_call(transform, self.numbers)


def _before_call(transform: Any, numbers: random.Random) -> Callable[..., None]:
    code = type(transform).before_call
    names = {**code.__globals__, "random": numbers}
    own = FunctionType(code.__code__, names, argdefs=code.__defaults__, closure=code.__closure__)
    # No bound method: a transform's name prints its attributes, and this one would print the name.
    return lambda *args, **kwargs: own(transform, *args, **kwargs)
