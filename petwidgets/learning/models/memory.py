"""When the memory does not suffice: to see that, and to free what can be freed."""

from __future__ import annotations

import errno
import gc
from typing import TYPE_CHECKING

from fastai.vision.all import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

ONEDNN = "could not create a primitive"
"""What oneDNN, which convolves on CPUs, says where it gets no memory."""

SAID = ("allocator", "out of memory", "alloc_failed", "bad_alloc", ONEDNN)
"""How libraries say it in an error like any other: torch's allocators, CUDA, cuBLAS, C++."""


def exhausted(error: BaseException) -> bool:
    """Whether it was for want of memory that something failed.

    What led to the error is looked at, too: of a `MemoryError` without words in a callback fastai
    makes an `IndexError` (it looks for the words), and a decoder a damaged picture.
    """
    return any(_says_so(link) for link in _chain(error))


def distrust(error: BaseException) -> None:
    """Do without oneDNN in this process from now on, if it is what failed.

    After one such failure it fails at everything, however much memory there is (measured); torch's
    own convolutions are slower.
    """
    if any(ONEDNN in str(link) for link in _chain(error)):
        torch.backends.mkldnn.set_flags(False)


def free() -> None:
    """Give back what nobody refers to any more; a learner and its callbacks refer to each other."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _says_so(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(said in str(error).lower() for said in SAID)
