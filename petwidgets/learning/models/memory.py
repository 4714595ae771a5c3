"""Release memory, and go on after a lack of it."""

from __future__ import annotations

import gc

from fastai.vision.all import torch

from petwidgets.common.out_of_memory import ONEDNN, chain


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
