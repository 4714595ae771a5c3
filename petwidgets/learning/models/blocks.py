"""A network taken apart into blocks: stem, stages and head, as papers draw it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import timm
import torch
from fastai.vision.all import model_meta, nn, norm_types, params
from fastai.vision.learner import _default_meta

from petwidgets.learning.models.backbones import Undrawn, architecture, network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from petwidgets.jobs.network_blocks import Block, NetworkShape, OldHead

CLASSES = 37
"""Of the new head; the old one has ImageNet's 1,000."""


class Part(NamedTuple):
    """A block's name and its modules, in the order in which they run."""

    name: str
    modules: list[nn.Module]


def parts(arch: str, body: nn.Module) -> list[Part]:
    """The blocks of a body that `vision_learner` made of an architecture.

    A norm, or a module without weights, belongs to the block before it.
    """
    found: list[Part] = []
    for name, module in _named(arch, body):
        bare = not params(module)
        if found and (bare or isinstance(module, norm_types)):
            found[-1].modules.append(module)
        else:
            found.append(Part(name, [module]))
    return found


def _named(arch: str, body: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    whole = architecture(arch)
    if isinstance(whole, str):  # fastai puts timm's network into a `TimmBody`
        named = [*body.model.named_children()]
    else:  # fastai numbers the modules; torchvision names them
        with Undrawn():
            names = [name for name, _ in whole().named_children()]
        named = [*zip(names, body.children(), strict=False)]
    for name, module in named:
        stages = [*module.named_children()]
        if stages and all(isinstance(stage, nn.Sequential) for _, stage in stages):
            yield from ((f"{name}.{i}", stage) for i, stage in stages)
        else:
            yield name, module


@contextmanager
def listening(blocks: list[Part]) -> Iterator[dict[str, torch.Tensor]]:
    """Collect what each block gives, by its name, as the network runs."""
    outputs: dict[str, torch.Tensor] = {}

    def hear(name: str, _module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
        outputs[name] = output  # of its last module that runs: timm's pooling may not

    hooks = [
        module.register_forward_hook(partial(hear, part.name))
        for part in blocks
        for module in part.modules
    ]
    try:
        yield outputs
    finally:
        for hook in hooks:
            hook.remove()


def network_shape(arch: str, size: int = 224) -> NetworkShape:
    """Take an architecture apart, with a new head for 37 classes.

    Args:
        arch: a torchvision or timm name.
        size: side of the square that it is shown, in pixels.

    Raises:
        Problem: no such architecture.
    """
    with Undrawn():
        model = network(arch, CLASSES)
    body, head = model.eval()
    found = parts(arch, body)
    with listening(found) as outputs, torch.inference_mode():
        model(torch.zeros(1, 3, size, size))
    groups = _groups(arch, model)
    blocks = [
        _block(part.name, part.modules, [*outputs[part.name].shape[1:]], groups) for part in found
    ]
    blocks.append(_block("head", [head], [CLASSES], groups))
    return {"arch": arch, "size": size, "old_head": _old_head(arch), "blocks": blocks}


def _groups(arch: str, model: nn.Module) -> dict[int, int]:
    """The layer group of each parameter, by its id."""
    split = model_meta.get(architecture(arch), _default_meta)["split"]
    return {id(p): i for i, group in enumerate(split(model)) for p in group}


def _block(name: str, modules: list[nn.Module], shape: list[int], groups: dict[int, int]) -> Block:
    weights = [p for module in modules for p in module.parameters()]
    norms = [m for module in modules for m in module.modules() if isinstance(m, norm_types)]
    return {
        "name": name,
        "parameters": sum(p.numel() for p in weights),
        "norms": len(norms),
        "shape": shape,
        "group": groups[id(weights[0])],
    }


def _old_head(arch: str) -> OldHead:
    whole: Any = architecture(arch)
    with Undrawn():
        model = timm.create_model(whole) if isinstance(whole, str) else whole()
    last = model.get_classifier() if isinstance(whole, str) else model.fc
    return {
        "parameters": sum(p.numel() for p in last.parameters()),
        "classes": last.out_features,
    }
