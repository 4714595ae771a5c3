"""Release memory, and go on after a lack of it."""

from __future__ import annotations

import ctypes
import gc
import platform

from fastai.vision.all import torch

from petwidgets.common.out_of_memory import ONEDNN, chain

M_MMAP_THRESHOLD = -3
"""The number that glibc's `mallopt` knows this setting by."""

LARGE = 2**20
"""Bytes from which on a tensor gets memory of its own, which goes back when the tensor is freed."""


def distrust(error: BaseException) -> None:
    """Switch oneDNN off in this process if it was oneDNN that failed.

    After one such failure it fails at everything, however much memory is free (measured). torch's
    own convolutions are slower.
    """
    if any(ONEDNN in str(link) for link in chain(error)):
        torch.backends.mkldnn.set_flags(False)


def free() -> None:
    """Release unused memory. A learner and its callbacks refer to each other, hence `gc`."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def keep_none() -> None:
    """Give memory back to the system as soon as it is freed, from now on.

    glibc keeps what is freed, in pieces: with 500 to 950 MB for a training whose batches had to be
    halved, 4 of 12 found too little in one piece to write or read their checkpoint, and 1 of 12
    with these settings. They cost time, so that they wait for the first lack of memory.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)
        libc.malloc_trim(0)
