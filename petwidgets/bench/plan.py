"""What the part of the benchmark that needs a GPU trains."""

from __future__ import annotations

from dataclasses import dataclass

from petwidgets.recipes.recipe import DEFAULT_ARCH

MINUTES = 8
"""After which nothing more is begun, and what runs is stopped."""


@dataclass(frozen=True)
class Plan:
    """What is trained, and for how long at most.

    Args:
        archs: architectures; those of torchvision get random weights, so nothing is downloaded.
        precisions: number formats.
        photographs: how many, of which a fifth is the validation set.
        size: side of what the network sees, in pixels.
        presize: side of the presized photographs.
        batch_size: photographs per batch.
        seconds: for all of it.
    """

    archs: tuple[str, ...] = ("resnet34", DEFAULT_ARCH)
    precisions: tuple[str, ...] = ("fp32", "fp16", "bf16")
    photographs: int = 1480
    size: int = 224
    presize: int = 460
    batch_size: int = 64
    seconds: float = 60.0 * MINUTES
