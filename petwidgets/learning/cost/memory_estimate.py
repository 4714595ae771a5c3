"""The memory that a training is going to take on a CPU, told before it is begun.

Linux ends a process that takes too much, and a page's photographs with it: so a batch that does not
fit is made smaller before. What a network keeps for its backward pass is counted by a forward pass
of two photographs on torch's meta device, which has shapes and no numbers: it takes no memory, and
some tenths of a second. Measured on five trainings, baselines and fine-tunings of lite0 with 16 and
64 photographs of 224 to 640 pixels, the estimate was 1.17 to 1.44 times what they took.
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
"""Photographs a batch: batch norm wants more than one."""

COPIES = 3
"""Beside each trained weight: its gradient and Adam's two moments."""

FLOAT, CHANNELS = 4, 3

PASSING = 2
"""Of the largest layer, its inputs and outputs: what lives at a time beside what is kept."""

AUGMENTED = 3
"""Batches as they come from files, at their presize, that live at a time: fastai's transforms, or
the batch that is computed with and those that are made ahead."""


@dataclass(frozen=True)
class Need:
    """Bytes: `fixed`, and `each` for each photograph of a batch."""

    fixed: int
    each: int

    def most(self, room: int) -> int:
        """Photographs a batch that fit into so many bytes."""
        return max(0, room - self.fixed) // max(1, self.each)


@dataclass(frozen=True)
class Pass:
    """A network's bytes: of its weights, the trained ones, and for each photograph of a pass.

    Args:
        weights: all of them.
        trained: those with a gradient.
        kept: of a photograph, for the backward pass.
        widest: of a photograph: inputs and outputs of the layer that has the most.
    """

    weights: int
    trained: int
    kept: int
    widest: int


def fitting(recipe: Recipe, classes: int, head: str, photographs: int) -> int:
    """The largest batch, halved from the recipe's as often as needed, that the memory suffices for.

    Args:
        recipe: what is to be trained.
        classes: breeds.
        head: as of `head_kind`.
        photographs: to train on; a batch has no more.

    Returns:
        The recipe's batch size where it fits, where it can't be told, and on a GPU, which says in
        time that it has no more.

    Raises:
        Problem: not even two photographs fit.
    """
    needs = _needs(recipe, classes, head) if default_device().type == "cpu" else []
    size, room = recipe.batch_size, memory.room()
    most = min((need.most(room) for need in needs), default=size)
    if recipe.frozen_only and most >= CHUNK:  # no pass has more, however large its batches are
        return size
    used = min(size, photographs)
    while used > max(most, FEWEST):
        size = used = max(FEWEST, used // 2)
    if most < FEWEST:
        taken = max(need.fixed + FEWEST * need.each for need in needs)
        raise Problem(
            f"A batch of two photographs of {recipe.size} pixels takes {taken / 1e9:.1f} GB with"
            f" {recipe.arch}, and {room / 1e9:.1f} GB are free: make the size smaller, or choose a"
            " smaller architecture."
        )
    return size


def _needs(recipe: Recipe, classes: int, head: str) -> list[Need]:
    """Of each kind of stage; none where the network can't be made without memory."""
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
    known = passed(recipe.arch, classes, head, size, frozen=frozen, norms=norms)
    files = FLOAT * CHANNELS * AUGMENTED * max(recipe.presize, size) ** 2
    passing = files + PASSING * known.widest
    if recipe.frozen_only:
        return Need(known.weights, passing)
    # fastai validates on twice as many at a time.
    each = max(passing + known.kept, 2 * passing)
    return Need(known.weights + COPIES * known.trained, each)


@lru_cache(maxsize=32)
def passed(arch: str, classes: int, head: str, size: int, *, frozen: bool, norms: bool) -> Pass:
    """What a forward pass of a network takes.

    Args:
        arch: its name.
        classes: breeds.
        head: as of `network`.
        size: pixels.
        frozen: whether its body is not trained.
        norms: whether the batch norms of a frozen body are, as fastai has it.

    Raises:
        Exception: it can't be made, or passed, without memory.
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
    """The most bytes that one layer takes and gives."""

    def __init__(self, model: nn.Module) -> None:
        self.bytes = 0
        for module in model.modules():
            if not list(module.children()):
                module.register_forward_hook(self._look)

    def _look(self, _module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        passed = [t for t in (*inputs, output) if isinstance(t, torch.Tensor)]
        self.bytes = max(self.bytes, _bytes(passed))


class _Kept:
    """The bytes of what is kept for a backward pass, each storage once, no weights.

    As `measuring.Kept`, but on a device whose storages have no addresses to be told by.
    """

    def __init__(self, model: nn.Module) -> None:
        self._held = [t.untyped_storage() for t in (*model.parameters(), *model.buffers())]
        self._known = {storage._cdata for storage in self._held}  # noqa: SLF001 - its identity
        self.bytes = 0

    def __call__(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._known:  # noqa: SLF001 - as above
            self._known.add(storage._cdata)  # noqa: SLF001 - as above
            self._held.append(storage)  # else another could come to have its place
            self.bytes += storage.nbytes()
        return tensor.detach()
