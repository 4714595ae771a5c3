"""One training in several processes, one per GPU, as `accelerate launch` starts them.

Each process takes its share of the photographs, and fastai's `distrib_ctx` averages the gradients:
a step learns from as many batches as there are processes. Only the first process writes files and
reports events. With a single process, all functions here do nothing.
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
    """Number of processes that train together; fastai's `rank_distrib` is the index of this one."""
    return max(1, num_distrib())


@contextmanager
def group() -> Iterator[None]:
    """Connect to the other processes of this training.

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
    # Skipped after an error: it would wait for the others, which wait for this process.
    state.destroy_process_group()


@contextmanager
def shared(learn: Learner) -> Iterator[None]:
    """Train this learner together with those of the other processes, by fastai's `distrib_ctx`.

    Raises:
        Problem: there are too few photographs for a batch of each process.
    """
    if processes() == 1:
        yield
        return
    from petwidgets.learning.train.accelerate_parts import Part

    loaders = list(learn.dls.loaders)
    learn.dls.loaders = [Part(loader) for loader in loaders]
    if not len(learn.dls.train):
        raise Problem(
            f"{counted(loaders[0].n, 'photograph')} to train on can't fill"
            f" {counted(processes(), 'batch')} of {loaders[0].bs}, one for each process:"
            " add photographs or make the batch smaller."
        )
    if torch.cuda.is_available():
        # fastai's own conversion loses the activations inside timm's batch norms. The optimiser is
        # created first, because it would not recognise the converted layers as batch norms.
        learn.create_opt()
        learn.model = convert_sync_batchnorm(learn.model)
    try:
        with learn.distrib_ctx(sync_bn=False):
            yield
    finally:
        learn.dls.loaders = loaders


def agreed(stop: Callable[[], bool]) -> Callable[[], bool]:
    """A stop function that is true in all processes once `stop` is true in one of them.

    All processes have to call it at the same point of their work.
    """

    def any_of_us() -> bool:
        stops = torch.tensor(float(stop()), device=default_device())
        torch.distributed.all_reduce(stops, torch.distributed.ReduceOp.MAX)
        return bool(stops)

    return stop if processes() == 1 else any_of_us


def gathered(rows: Any, n: int) -> Any:
    """(n, ...) the rows of all processes in the data set's order, without padding rows."""
    if processes() == 1:
        return rows
    return maybe_gather(rows.to(default_device())).cpu()[:n]
