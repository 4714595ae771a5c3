"""A benchmark for architectures: time and memory of training steps on random pixels.

All random numbers come from a separate generator, so that a training in another thread of this
process is not disturbed.
"""

from __future__ import annotations

import logging
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
from petwidgets.jobs.model_cost import AUTOCAST, FEWEST, SMALL
from petwidgets.learning.input.rng import OwnDraws
from petwidgets.learning.models.backbones import DRAWING, architecture

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.jobs.model_cost import Measuring, Memory, Phase

log = logging.getLogger(__name__)

TIMED = 3
"""Batches that are timed, after one to warm up."""

LONGEST = 60.0
"""Largest time of the timed batches in seconds, extrapolated from a trial of two photographs."""

TRIALS, PATIENCE = 3, 3.0
"""Number of trials after the warm-up, and the seconds after which no further one starts."""


class Draws(OwnDraws):
    """A separate generator on the device in use, also for weight initialisation and dropout."""

    def __init__(self) -> None:
        super().__init__(0)

    def move(self, device: torch.device) -> None:
        """Use a generator on this device from now on."""
        self.tensors = torch.Generator(device).manual_seed(0)

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Pass the generator to initialisers; dropout takes no generator and is computed here."""
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
    """A learner of `vision_learner`, and training steps of it on random pixels."""

    def __init__(self, arch: str, settings: Measuring, draws: Draws) -> None:
        self.settings, self.device = settings, default_device()
        self.before = torch.cuda.memory_allocated() if self.device.type == "cuda" else 0
        self.learn = vision_learner(
            DataLoaders(),
            architecture(arch),
            n_out=settings.classes,
            pretrained=False,
            normalize=False,
            loss_func=CrossEntropyLossFlat(),
        )
        self.learn.model.to(self.device).train()
        draws.move(self.device)
        half = settings.precision == "fp16"
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half)

    def pixels(self, n: int, size: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
        """A batch: (n, 3, size, size) pixels, by default of the settings' size, and (n) targets."""
        side = size or self.settings.size
        x = torch.randn(n, 3, side, side, device=self.device)
        return x, torch.randint(self.settings.classes, (n,), device=self.device)

    def step(self, x: torch.Tensor, y: torch.Tensor, kept: Any = None) -> float:
        """Train one batch (loss, gradients, weight update); returns the seconds that it took."""
        learn, start = self.learn, time.perf_counter()
        with self._autocast(), kept or nullcontext():
            loss = learn.loss_func(learn.model(x), y)
        self.scaler.scale(loss).backward()
        self.scaler.step(learn.opt)
        self.scaler.update()
        learn.opt.zero_grad()
        self._wait_for_device()
        return time.perf_counter() - start

    def _wait_for_device(self) -> None:
        if self.device.type != "cpu":
            getattr(torch, self.device.type).synchronize()

    def _autocast(self) -> Any:
        kind = AUTOCAST.get(self.settings.precision)
        if kind is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=getattr(torch, kind))

    def try_two(self) -> None:
        """Estimate time and memory of the batches from a trial of two photographs.

        Raises:
            MemoryError: they need more memory than is free; a CPU would not report that in time.
            Problem: they take too long.
        """
        self.learn.unfreeze()
        kept, (x, y) = Kept(self.learn.model), self.pixels(FEWEST)
        self.step(x, y, kept.counting())
        share = self.settings.batch_size / FEWEST
        if self.device.type == "cpu" and kept.bytes * share > psutil.virtual_memory().available:
            raise MemoryError
        seconds = self._quickest(x, y)
        if TIMED * seconds * share > LONGEST:
            raise Problem(self._too_long(TIMED * seconds))

    def _quickest(self, x: torch.Tensor, y: torch.Tensor) -> float:
        """The shortest of a few steps, since one may take ten times as long on a busy machine."""
        deadline, times = time.monotonic() + PATIENCE, [self.step(x, y)]
        while len(times) < TRIALS and time.monotonic() < deadline:
            times.append(self.step(x, y))
        return min(times)

    def _too_long(self, three: float) -> str:
        """The sentence about batches that take too long; `three` is the time of three trials."""
        batch = self.settings.batch_size
        fits = FEWEST * int(2 ** math.floor(math.log2(max(1.0, LONGEST / three))))
        start = f"Three batches of {batch} would take about {three * batch / FEWEST:.0f} s here"
        if three > LONGEST:
            return f"{start}, and even three of two {three:.0f} s: make the size smaller."
        return f"{start}: measure with batches of {fits}, which take {three * fits / FEWEST:.0f} s."

    def phase(self, begin: Callable[[], None]) -> Phase:
        """Measure a phase; `begin` freezes or unfreezes the body."""
        begin()
        learn, (x, y) = self.learn, self.pixels(self.settings.batch_size)
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
            "small": self._small(),
            "images_per_second": TIMED * len(x) / sum(seconds),
            "trained": sum(p.numel() for p in parameters if p.requires_grad),
            "memory": self._memory(kept),
        }

    def _small(self) -> list[float]:
        """Seconds of batches of small squares; empty if the architecture does not take them."""
        batch = self.pixels(self.settings.batch_size, SMALL)
        try:
            return [self.step(*batch) for _ in range(1 + TIMED)][1:]  # the first one warms up
        except (AssertionError, RuntimeError, ValueError):  # one size only, or too deep for it
            log.info("no batch of %s pixels", SMALL, exc_info=True)
            return []

    def validating(self) -> list[float]:
        """Seconds of some batches of the forward pass alone, as a validation computes it."""
        model, (x, _) = self.learn.model.eval(), self.pixels(self.settings.batch_size)
        seconds = []
        with torch.no_grad(), self._autocast():
            for _ in range(1 + TIMED):  # the first one warms up
                start = time.perf_counter()
                model(x)
                self._wait_for_device()
                seconds.append(time.perf_counter() - start)
        model.train()
        return seconds[1:]

    def _memory(self, kept: Kept) -> Memory:
        model = self.learn.model
        weights = _bytes([*model.parameters(), *model.buffers()])
        gradients = _bytes(p.grad for p in model.parameters() if p.grad is not None)
        moments = _bytes(
            value
            for state in self.learn.opt.state.values()
            for value in state.values()
            if isinstance(value, torch.Tensor)
        )
        total = weights + gradients + moments + kept.bytes
        if self.device.type == "cuda":
            total = torch.cuda.max_memory_allocated() - self.before
        return {
            "weights": weights,
            "gradients": gradients,
            "moments": moments,
            "activations": kept.bytes,
            "all": total,
        }


def _bytes(tensors: Any) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


class Kept:
    """Counts what a forward pass keeps for the backward pass: each storage once, no weights."""

    def __init__(self, model: nn.Module) -> None:
        tensors = (*model.parameters(), *model.buffers())
        self._weights = {tensor.untyped_storage().data_ptr() for tensor in tensors}
        self._sizes: dict[int, int] = {}

    @property
    def bytes(self) -> int:
        """Total bytes of the kept storages."""
        return sum(self._sizes.values())

    def counting(self) -> Any:
        """A context within which storages are counted."""
        return torch.autograd.graph.saved_tensors_hooks(self._keep, lambda tensor: tensor)

    def _keep(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._weights:
            self._sizes[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()  # the tensor itself would make a reference cycle with its graph
