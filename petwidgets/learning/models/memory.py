"""Detect out-of-memory errors, and release memory."""

from __future__ import annotations

import errno
import gc
from typing import TYPE_CHECKING

from fastai.vision.all import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

ONEDNN = "could not create a primitive"
"""The message of oneDNN, which computes convolutions on CPUs, when it gets no memory."""

MESSAGES = ("allocator", "out of memory", "alloc_failed", "bad_alloc", ONEDNN)
"""Parts of out-of-memory messages in ordinary errors: torch's allocators, CUDA, cuBLAS, C++."""


def exhausted(error: BaseException) -> bool:
    """Whether an error was caused by a lack of memory.

    The causes of the error are checked, too. In a callback fastai turns a `MemoryError` without a
    message into an `IndexError`, and a decoder turns it into the error of a damaged picture.
    """
    return any(_is_out_of_memory(link) for link in _chain(error))


def distrust(error: BaseException) -> None:
    """Switch oneDNN off in this process if it was oneDNN that failed.

    After one such failure it fails at everything, however much memory is free (measured). torch's
    own convolutions are slower.
    """
    if any(ONEDNN in str(link) for link in _chain(error)):
        torch.backends.mkldnn.set_flags(False)


def free() -> None:
    """Release unused memory. A learner and its callbacks refer to each other, hence `gc`."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(
        message in str(error).lower() for message in MESSAGES
    )
