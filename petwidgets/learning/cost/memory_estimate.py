"""Estimate the memory of a training on a CPU before it starts.

Linux kills a process that takes too much memory, and a page loses its photographs. A batch that
does not fit is therefore reduced beforehand. The memory for the backward pass is counted by a
forward pass of two photographs on torch's meta device, which has shapes but no numbers: it takes no
memory and some tenths of a second. For five trainings (baselines and fine-tunings of lite0 with 16
and 64 photographs of 224 to 640 pixels), the estimate was 1.17 to 1.44 times the measured memory.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from fastai.torch_core import norm_types
from fastai.vision.all import default_device, nn

from petwidgets.common import memory
from petwidgets.common.errors import Problem
from petwidgets.learning.models.backbones import Undrawn, network
from petwidgets.learning.train.features import CHUNK

if TYPE_CHECKING:
    from petwidgets.recipes.recipe import Recipe

log = logging.getLogger(__name__)

FEWEST = 2
"""Least number of photographs per batch: batch norm needs more than one."""

COPIES = 3
"""Values per trained weight besides itself: its gradient and Adam's two moments."""

FLOAT, CHANNELS = 4, 3

PASSING = 2
"""How many times the inputs and outputs of the largest layer are in memory, besides the tensors
that are kept for the backward pass."""

AUGMENTED = 3
"""Presized batches that are in memory at a time: in fastai's transforms, or the current batch and
those prepared ahead."""


@dataclass(frozen=True)
class Need:
    """Bytes of a training: `fixed`, and `each` per photograph of a batch."""

    fixed: int
    each: int

    def most(self, room: int) -> int:
        """Largest batch that fits into `room` bytes."""
        return max(0, room - self.fixed) // max(1, self.each)


@dataclass(frozen=True)
class Pass:
    """Bytes of a network and of its forward pass.

    Args:
        weights: of all weights.
        trained: of the weights with a gradient.
        kept: per photograph, for the backward pass.
        widest: per photograph, inputs and outputs of the layer with the most.
    """

    weights: int
    trained: int
    kept: int
    widest: int


def fitting(recipe: Recipe, classes: int, head: str, photographs: int) -> int:
    """The largest batch size that fits into the memory, halved from the recipe's as needed.

    Args:
        recipe: the recipe to train.
        classes: number of breeds.
        head: as of `Run.head_kind`.
        photographs: number of training photographs, which limits a batch.

    Returns:
        The recipe's batch size if it fits, if there is no estimate, or on a GPU, which raises an
        error in time when its memory is full.

    Raises:
        Problem: not even two photographs fit.
    """
    needs = _needs(recipe, classes, head) if default_device().type == "cpu" else []
    size, room = recipe.batch_size, memory.room()
    max_batch = min((need.most(room) for need in needs), default=size)
    if recipe.frozen_only and max_batch >= CHUNK:  # no forward pass is larger than `CHUNK`
        return size
    used = min(size, photographs)
    while used > max(max_batch, FEWEST):
        size = used = max(FEWEST, used // 2)
    if max_batch < FEWEST:
        needed = max(need.fixed + FEWEST * need.each for need in needs)
        raise Problem(
            f"A batch of two photographs of {recipe.size} pixels takes {needed / 1e9:.1f} GB with"
            f" {recipe.arch}, and {room / 1e9:.1f} GB are free: make the size smaller, or choose a"
            " smaller architecture."
        )
    return size


def _needs(recipe: Recipe, classes: int, head: str) -> list[Need]:
    """The memory of each kind of stage; empty if the network can't be made on the meta device."""
    stages = {(stage.frozen, stage.size or recipe.size) for stage in recipe.stages}
    try:
        return [_need(recipe, classes, head, stage) for stage in sorted(stages)]
    except Problem:
        raise
    except Exception:
        log.info("what %s takes can't be told", recipe.arch, exc_info=True)
        return []


def _need(recipe: Recipe, classes: int, head: str, stage: tuple[bool, int]) -> Need:
    (frozen, size), norms = stage, recipe.input != "fast"
    size_of_pass = passed(recipe.arch, classes, head, size, frozen=frozen, norms=norms)
    files = FLOAT * CHANNELS * AUGMENTED * max(recipe.presize, size) ** 2
    passing = files + PASSING * size_of_pass.widest
    if recipe.frozen_only:
        return Need(size_of_pass.weights, passing)
    # fastai's validation batches are twice as large.
    per_photograph = max(passing + size_of_pass.kept, 2 * passing)
    return Need(size_of_pass.weights + COPIES * size_of_pass.trained, per_photograph)


@lru_cache(maxsize=32)
def passed(arch: str, classes: int, head: str, size: int, *, frozen: bool, norms: bool) -> Pass:
    """Measure a network and its forward pass.

    Args:
        arch: name of the architecture.
        classes: number of breeds.
        head: as of `network`.
        size: side of the photographs in pixels.
        frozen: whether the body is frozen.
        norms: whether the batch norms of a frozen body are trained, as in fastai.

    Raises:
        Exception: the network can't be made or run on the meta device.
    """
    with torch.device("meta"), Undrawn():
        model = network(arch, classes, head).train()
        _freeze(model, frozen=frozen, norms=norms)
        widest, kept = _Widest(model), _Kept(model)
        with torch.autograd.graph.saved_tensors_hooks(kept, lambda tensor: tensor):
            model(torch.empty(FEWEST, CHANNELS, size, size))
    weights = [*model.parameters(), *model.buffers()]
    return Pass(
        weights=_bytes(weights),
        trained=_bytes([p for p in model.parameters() if p.requires_grad]),
        kept=kept.bytes // FEWEST,
        widest=widest.bytes // FEWEST,
    )


def _freeze(model: nn.Sequential, *, frozen: bool, norms: bool) -> None:
    for module in model[0].modules():
        is_norm = isinstance(module, norm_types)
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_(not frozen or (norms and is_norm))


def _bytes(tensors: list[torch.Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


class _Widest:
    """Measures the layer with the most bytes of inputs and outputs."""

    def __init__(self, model: nn.Module) -> None:
        self.bytes = 0
        for module in model.modules():
            if not list(module.children()):
                module.register_forward_hook(self._look)

    def _look(self, _module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        passed = [t for t in (*inputs, output) if isinstance(t, torch.Tensor)]
        self.bytes = max(self.bytes, _bytes(passed))


class _Kept:
    """Counts the bytes that are kept for a backward pass: each storage once, without weights.

    As `measure.Kept`, but for a device whose storages have no addresses to identify them.
    """

    def __init__(self, model: nn.Module) -> None:
        self._held = [t.untyped_storage() for t in (*model.parameters(), *model.buffers())]
        self._known = {storage._cdata for storage in self._held}  # noqa: SLF001 - its identity
        self.bytes = 0

    def __call__(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._known:  # noqa: SLF001 - as above
            self._known.add(storage._cdata)  # noqa: SLF001 - as above
            self._held.append(storage)  # a freed storage's address could be used again
            self.bytes += storage.nbytes()
        return tensor.detach()
