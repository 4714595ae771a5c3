"""A bench for architectures: the steps of a training on random pixels, timed and weighed.

All that draws does so from numbers of its own: a training beside it in this process must not
notice.
"""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import psutil  # type: ignore[import-untyped]
import torch
from fastai.vision.all import (
    CrossEntropyLossFlat,
    DataLoaders,
    F,
    default_device,
    nn,
    vision_learner,
)

from petwidgets.common.errors import Problem
from petwidgets.jobs.model_cost import AUTOCAST
from petwidgets.learning.input.rng import OwnDraws
from petwidgets.learning.models.backbones import DRAWING, architecture

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.jobs.model_cost import Measuring, Memory, Phase

TIMED = 3
"""Batches that are timed, after one to warm up."""

LONGEST = 60.0
"""Seconds that the timed batches may take, by what two photographs took."""

FEWEST = 2
"""Photographs of a trial, and of the smallest batch."""

TRIALS, PATIENCE = 3, 3.0
"""Trials after one to warm up, and the seconds after which no other one is begun."""


class Draws(OwnDraws):
    """Numbers of one's own for new weights and for dropout, too, and on the device in use."""

    def __init__(self) -> None:
        super().__init__(0)

    def move(self, device: torch.device) -> None:
        """Draw on this device from now on."""
        self.tensors = torch.Generator(device).manual_seed(0)

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Hand this generator to what fills weights; dropout takes none, and is done here."""
        kwargs = kwargs or {}
        if function is F.dropout:
            return self._dropout(*args, **kwargs)
        if function.__name__ in DRAWING and kwargs.get("generator") is None:
            kwargs = {**kwargs, "generator": self.tensors}
        return super().__torch_function__(function, types, args, kwargs)

    def _dropout(
        self,
        x: torch.Tensor,
        p: float = 0.5,
        training: bool = True,  # noqa: FBT001, FBT002 - torch's own arguments
        inplace: bool = False,  # noqa: FBT001, FBT002 - as above
    ) -> torch.Tensor:
        if not training or not p:
            return x
        noise = torch.empty_like(x).bernoulli_(1 - p, generator=self.tensors)
        if p < 1:
            noise.div_(1 - p)
        return x.mul_(noise) if inplace else x * noise


class Bench:
    """A learner as `vision_learner` makes it, and the steps of its training on random pixels."""

    def __init__(self, arch: str, asked: Measuring, draws: Draws) -> None:
        self.asked, self.device = asked, default_device()
        self.before = torch.cuda.memory_allocated() if self.device.type == "cuda" else 0
        self.learn = vision_learner(
            DataLoaders(),
            architecture(arch),
            n_out=asked.classes,
            pretrained=False,
            normalize=False,
            loss_func=CrossEntropyLossFlat(),
        )
        self.learn.model.to(self.device).train()
        draws.move(self.device)
        half = asked.precision == "fp16"
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half)

    def pixels(self, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """A batch: (n, 3, size, size) pixels and (n) targets."""
        x = torch.randn(n, 3, self.asked.size, self.asked.size, device=self.device)
        return x, torch.randint(self.asked.classes, (n,), device=self.device)

    def step(self, x: torch.Tensor, y: torch.Tensor, kept: Any = None) -> float:
        """One batch of a training: loss, gradients, new weights. Seconds that it took."""
        learn, start = self.learn, time.perf_counter()
        with self._autocast(), kept or nullcontext():
            loss = learn.loss_func(learn.model(x), y)
        self.scaler.scale(loss).backward()
        self.scaler.step(learn.opt)
        self.scaler.update()
        learn.opt.zero_grad()
        if self.device.type != "cpu":
            getattr(torch, self.device.type).synchronize()
        return time.perf_counter() - start

    def _autocast(self) -> Any:
        kind = AUTOCAST.get(self.asked.precision)
        if kind is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=getattr(torch, kind))

    def try_two(self) -> None:
        """See with two photographs what the batches will take.

        Raises:
            MemoryError: more than there is; on a CPU nothing else would say so in time.
            Problem: too long.
        """
        self.learn.unfreeze()
        kept, (x, y) = Kept(self.learn.model), self.pixels(FEWEST)
        self.step(x, y, kept.counting())
        share = self.asked.batch_size / FEWEST
        if self.device.type == "cpu" and kept.bytes * share > psutil.virtual_memory().available:
            raise MemoryError
        seconds = self._quickest(x, y)
        if TIMED * seconds * share > LONGEST:
            raise Problem(self._too_long(TIMED * seconds))

    def _quickest(self, x: torch.Tensor, y: torch.Tensor) -> float:
        """Of a few: on a busy machine one alone may take ten times as long."""
        until, found = time.monotonic() + PATIENCE, [self.step(x, y)]
        while len(found) < TRIALS and time.monotonic() < until:
            found.append(self.step(x, y))
        return min(found)

    def _too_long(self, three: float) -> str:
        """The sentence, by the seconds of three batches of two."""
        batch = self.asked.batch_size
        fits = FEWEST * int(2 ** math.floor(math.log2(max(1.0, LONGEST / three))))
        said = f"Three batches of {batch} would take about {three * batch / FEWEST:.0f} s here"
        if three > LONGEST:
            return f"{said}, and even three of two {three:.0f} s: make the size smaller."
        return f"{said}: measure with batches of {fits}, which take {three * fits / FEWEST:.0f} s."

    def phase(self, begin: Callable[[], None]) -> Phase:
        """Measure with the layers that `begin` has train."""
        begin()
        learn, (x, y) = self.learn, self.pixels(self.asked.batch_size)
        parameters = [*learn.model.parameters()]
        for parameter in parameters:
            parameter.grad = None
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        kept = Kept(learn.model)
        self.step(x, y, kept.counting())
        seconds = [self.step(x, y) for _ in range(TIMED)]
        return {
            "seconds": seconds,
            "images_per_second": TIMED * len(x) / sum(seconds),
            "trained": sum(p.numel() for p in parameters if p.requires_grad),
            "memory": self._memory(kept),
        }

    def _memory(self, kept: Kept) -> Memory:
        model = self.learn.model
        weights = _bytes([*model.parameters(), *model.buffers()])
        gradients = _bytes(p.grad for p in model.parameters() if p.grad is not None)
        moments = _bytes(
            value
            for of_one in self.learn.opt.state.values()
            for value in of_one.values()
            if isinstance(value, torch.Tensor)
        )
        together = weights + gradients + moments + kept.bytes
        if self.device.type == "cuda":
            together = torch.cuda.max_memory_allocated() - self.before
        return {
            "weights": weights,
            "gradients": gradients,
            "moments": moments,
            "activations": kept.bytes,
            "all": together,
        }


def _bytes(tensors: Any) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


class Kept:
    """Counts what a forward pass keeps for the backward pass, each storage once, no weights."""

    def __init__(self, model: nn.Module) -> None:
        own = (*model.parameters(), *model.buffers())
        self._weights = {tensor.untyped_storage().data_ptr() for tensor in own}
        self._sizes: dict[int, int] = {}

    @property
    def bytes(self) -> int:
        """Of all storages that were kept."""
        return sum(self._sizes.values())

    def counting(self) -> Any:
        """A context in which it counts."""
        return torch.autograd.graph.saved_tensors_hooks(self._keep, lambda tensor: tensor)

    def _keep(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._weights:
            self._sizes[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()  # the tensor itself would hold on to the graph that holds it
