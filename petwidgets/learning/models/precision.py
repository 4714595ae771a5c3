"""Which precisions this machine computes with, and computing with one of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastai.vision.all import MixedPrecision, nn, torch

from petwidgets.common.errors import Problem
from petwidgets.recipes.recipe import PRECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastai.vision.all import Learner


def available(precision: str) -> str:
    """Empty, or a sentence why this machine does not compute with `precision`."""
    if precision not in PRECISIONS:
        return f"The precisions are {', '.join(PRECISIONS)}: choose one of them."
    if precision == "fp16" and not torch.cuda.is_available():
        return "fp16 needs an NVIDIA GPU, which this machine has not: choose fp32 or bf16."
    if precision == "bf16" and not _has_bf16():
        return "bf16 would be slower here, for want of instructions for it: choose fp32."
    return ""


def _has_bf16() -> bool:
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001 - has no public name


def available_all() -> dict[str, str]:
    """What `available` says of each precision."""
    return {precision: available(precision) for precision in PRECISIONS}


def require(precision: str) -> None:
    """Refuse what this machine does not compute with.

    Raises:
        Problem: it does not.
    """
    if sentence := available(precision):
        raise Problem(sentence)


@contextmanager
def lowered(model: nn.Module, precision: str, device: torch.device) -> Iterator[None]:
    """Have a model compute with `bf16` within, by torch's autocast; its outputs are fp32 again.

    The model's own `forward` does it, unlike fastai's `MixedPrecision`, which knows CUDA alone, and
    leaves autocast on for its thread when a batch is broken off between forward pass and loss.
    """
    if precision != "bf16":
        yield
        return
    forward, autocast = model.forward, torch.autocast(device.type, torch.bfloat16)

    def lower(*args: torch.Tensor) -> torch.Tensor:
        with autocast:
            return forward(*args).float()

    model.forward = lower
    try:
        yield
    finally:
        del model.forward


@contextmanager
def scaled(learn: Learner, precision: str) -> Iterator[None]:
    """Have a learner compute with `fp16` within, by fastai's `MixedPrecision`, which scales losses.

    The autocast around it ends, for this thread, what a batch that was broken off left on.
    """
    if precision != "fp16":
        yield
        return
    with torch.autocast("cuda", enabled=False), learn.added_cbs(MixedPrecision()):
        yield
