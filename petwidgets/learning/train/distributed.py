"""One training on several processes, one for each GPU, as `accelerate launch` starts them.

Each takes its part of the photographs, and fastai's `distrib_ctx` averages their gradients: a step
learns from as many batches as there are processes. The first one writes and tells; the others do
the same work beside it. Where there is but one process, all of this does nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastai.torch_core import default_device, maybe_gather, num_distrib
from fastai.vision.all import torch
from timm.layers import convert_sync_batchnorm

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastai.vision.all import Learner


def processes() -> int:
    """How many train together; fastai's `rank_distrib` says which of them this one is."""
    return max(1, num_distrib())


@contextmanager
def group() -> Iterator[None]:
    """Talk to the other processes of this training.

    Raises:
        Problem: the package `accelerate` is not installed.
    """
    if processes() == 1:
        yield
        return
    try:
        from accelerate import PartialState
    except ImportError as error:
        raise Problem(
            "Several processes need accelerate: install petwidgets[distributed]."
        ) from error
    state = PartialState(cpu=not torch.cuda.is_available())
    yield
    # Not after an error: it would wait for the others, which wait for this process.
    state.destroy_process_group()


@contextmanager
def shared(learn: Learner) -> Iterator[None]:
    """Let fastai train this learner together with those of the other processes.

    Raises:
        Problem: there are too few photographs for a batch of each process.
    """
    if processes() == 1:
        yield
        return
    from petwidgets.learning.train.accelerate_parts import Part

    whole = list(learn.dls.loaders)
    learn.dls.loaders = [Part(loader) for loader in whole]
    if not len(learn.dls.train):
        raise Problem(
            f"{counted(whole[0].n, 'photograph')} to train on can't fill"
            f" {counted(processes(), 'batch')} of {whole[0].bs}, one for each process:"
            " add photographs or make the batch smaller."
        )
    if torch.cuda.is_available():
        # fastai's own way loses the activations that timm has within its batch norms. The
        # optimiser first: it would not take what is made here for batch norms.
        learn.create_opt()
        learn.model = convert_sync_batchnorm(learn.model)
    try:
        with learn.distrib_ctx(sync_bn=False):
            yield
    finally:
        learn.dls.loaders = whole


def agreed(stop: Callable[[], bool]) -> Callable[[], bool]:
    """Whether any process is asked to stop; all have to look at the same point of their work."""

    def any_of_us() -> bool:
        asked = torch.tensor(float(stop()), device=default_device())
        torch.distributed.all_reduce(asked, torch.distributed.ReduceOp.MAX)
        return bool(asked)

    return stop if processes() == 1 else any_of_us


def gathered(rows: Any, n: int) -> Any:
    """(n, ...) the rows of all processes in the data set's order, without those that fill up."""
    if processes() == 1:
        return rows
    return maybe_gather(rows.to(default_device())).cpu()[:n]
