"""Tell a lack of memory from other errors."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ONEDNN = "could not create a primitive"
"""The message of oneDNN, which computes torch's convolutions on CPUs, when it gets no memory."""

MESSAGES = ("allocator", "out of memory", "alloc_failed", "bad_alloc", "allocate memory", ONEDNN)
"""Parts of such messages in ordinary errors: torch's allocators, CUDA, cuBLAS, C++, onnxruntime."""


def exhausted(error: BaseException) -> bool:
    """Whether an error was caused by a lack of memory.

    The causes of the error are checked, too. In a callback fastai turns a `MemoryError` without a
    message into an `IndexError`, and a decoder turns it into the error of a damaged picture.
    """
    return any(_is_out_of_memory(link) for link in chain(error))


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error, its cause, the cause's cause, and so on."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    # onnxruntime's RuntimeException is no RuntimeError.
    computing = isinstance(error, RuntimeError) or type(error).__name__ == "RuntimeException"
    return computing and any(message in str(error).lower() for message in MESSAGES)
