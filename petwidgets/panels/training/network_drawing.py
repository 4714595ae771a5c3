"""Words and sizes for the picture of a network: what each of its groups does in a step."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted
from petwidgets.jobs.network_blocks import recorded_networks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.model_cost import Group
    from petwidgets.jobs.network_blocks import Block, NetworkShape
    from petwidgets.widgets.network import DrawnBlock, DrawnGroup

STEPS = {
    "imagenet": "1. As ImageNet left it",
    "cut": "2. Cut the head off, put a new one on",
    "frozen": "3. Freeze the body, train the head",
    "one": "4. Unfreeze, one rate for all",
    "slice": "5. Unfreeze, slice of rates",
}
"""What happens to a network in transfer learning, in order."""

SMALLEST, LARGEST = 7, 112
"""Sides of the maps that blocks give for 224 pixels; drawn from the least size to the largest."""

STATES = {
    "imagenet": ("still", "still"),
    "cut": ("still", "new"),
    "frozen": ("frozen", "trains"),
    "one": ("trains", "trains"),
    "slice": ("trains", "trains"),
}
"""States of the body's groups and of the head, by step."""


def drawn(shape: NetworkShape, step: str) -> list[DrawnGroup]:
    """The groups of a network in a step, and its old head as long as there is one.

    Args:
        shape: the network.
        step: one of `STEPS`.
    """
    body, head = STATES[step]
    last = shape["blocks"][-1]["group"]
    groups = [
        _group(shape["blocks"], i, head if i == last else body)
        for i in range(last + 1)
        if step != "imagenet" or i < last
    ]
    return [*groups, _old_head(shape, step)] if step in ("imagenet", "cut") else groups


def groups_of_training(groups: Sequence[Group], arch: str) -> list[DrawnGroup]:
    """The groups of a training, as its events tell; their blocks where they are recorded."""
    shape = recorded_networks().get(arch)
    known = shape is not None and shape["blocks"][-1]["group"] == len(groups) - 1
    blocks = shape["blocks"] if shape is not None and known else []
    return [
        {
            "name": f"Group {i}, {_now(group)}",
            "said": f"{_span(group)}: {_weights(group['parameters'])}, {group['trained']:,} of them"
            f" trained; {counted(group['norms'], 'batch norm')}, {group['norms_trained']} trained",
            "state": "trains" if group["trained"] == group["parameters"] else "frozen",
            "blocks": [_block(block) for block in blocks if block["group"] == i],
        }
        for i, group in enumerate(groups)
    ]


def _group(blocks: Sequence[Block], i: int, state: str) -> DrawnGroup:
    own = [block for block in blocks if block["group"] == i]
    norms = sum(block["norms"] for block in own)
    said = _weights(sum(block["parameters"] for block in own))
    if state == "frozen":  # fastai's train_bn
        said += f"; its {counted(norms, 'batch norm')} train all the same"
    name = "New head" if own[0]["name"] == "head" else f"Group {i}"
    words = {"still": "", "frozen": ", frozen", "trains": ", trains", "new": ", random"}[state]
    return {
        "name": name + words, "said": said, "state": state, "blocks": [_block(b) for b in own],
    }  # fmt: skip


def _old_head(shape: NetworkShape, step: str) -> DrawnGroup:
    old = shape["old_head"]
    classes = counted(old["classes"], "class")
    return {
        "name": "Old head",
        "said": _weights(old["parameters"]),
        "state": "cut" if step == "cut" else "still",
        "blocks": [
            {
                "name": classes,
                "said": f"{classes} of ImageNet, {_weights(old['parameters'])}.",
                "side": 0.0,
            }
        ],
    }


def _block(block: Block) -> DrawnBlock:
    many, *sides = block["shape"]
    if not sides:
        return {
            "name": block["name"],
            "said": f"Gives {counted(many, 'activation')}, one a class. It pools the maps, then has"
            f" two linear layers: {_weights(block['parameters'])}.",
            "side": 0.0,
        }
    side = sides[-1]
    norms = counted(block["norms"], "batch norm")
    return {
        "name": block["name"],
        "said": f"Gives {counted(many, 'map')} of {side} x {side}."
        f" {_weights(block['parameters'])}, {norms}.",
        "side": round(log2(side / SMALLEST) / log2(LARGEST / SMALLEST), 2),
    }


def _weights(count: int) -> str:
    return f"{count / 1e6:.1f} million weights" if count >= 1e6 else counted(count, "weight")  # noqa: PLR2004


def _span(group: Group) -> str:
    first, last = group["first"], group["last"]
    return first if first == last else f"{first} to {last}"


def _now(group: Group) -> str:
    if not group["trained"]:
        return "frozen"
    if group["trained"] == group["parameters"]:
        return "trains"
    return "frozen but for its batch norms" if group["norms_trained"] else "trains in part"
