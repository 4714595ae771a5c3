"""Check which precisions this machine supports, and compute with one of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastai.vision.all import MixedPrecision, nn, torch

from petwidgets.common.errors import Problem
from petwidgets.recipes.faults import PRECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastai.vision.all import Learner


def available(precision: str) -> str:
    """A sentence why this machine does not support a precision; empty if it does."""
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
    """The result of `available` for each precision."""
    return {precision: available(precision) for precision in PRECISIONS}


def require(precision: str) -> None:
    """Check that this machine supports a precision.

    Raises:
        Problem: it does not.
    """
    if sentence := available(precision):
        raise Problem(sentence)


@contextmanager
def lowered(model: nn.Module, precision: str, device: torch.device) -> Iterator[None]:
    """Make a model compute with `bf16` by torch's autocast; its outputs are fp32 again.

    This replaces the model's `forward`. fastai's `MixedPrecision` supports CUDA only, and leaves
    autocast on for its thread if a batch is cancelled between forward pass and loss.
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
    """Make a learner compute with `fp16` by fastai's `MixedPrecision`, which scales losses.

    The autocast around it switches off, for this thread, what a cancelled batch left on.
    """
    if precision != "fp16":
        yield
        return
    with torch.autocast("cuda", enabled=False), learn.added_cbs(MixedPrecision()):
        yield
