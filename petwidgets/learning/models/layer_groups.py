"""The layer groups of a learner, to which freezing and discriminative learning rates apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastai.vision.all import norm_types

if TYPE_CHECKING:
    from fastai.vision.all import Learner

    from petwidgets.jobs.model_cost import Group


def layer_groups(learn: Learner) -> list[Group]:
    """A description of each of the optimiser's groups, starting at the first layers."""
    owner = {
        id(parameter): (name, module)
        for name, module in learn.model.named_modules()
        for parameter in module.parameters(recurse=False)
    }
    return [_describe(list(group), owner) for group in learn.opt.param_lists]


def _describe(parameters: list[Any], owner: dict[int, tuple[str, Any]]) -> Group:
    owners = dict(owner[id(parameter)] for parameter in parameters)
    names = list(owners) or [""]  # a group may be empty
    norms = [module for module in owners.values() if isinstance(module, norm_types)]
    return {
        "first": names[0],
        "last": names[-1],
        "parameters": sum(p.numel() for p in parameters),
        "trained": sum(p.numel() for p in parameters if p.requires_grad),
        "norms": len(norms),
        "norms_trained": sum(norm.weight.requires_grad for norm in norms),
    }
