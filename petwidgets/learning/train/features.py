"""Features of a frozen body by torch."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile
from typing import TYPE_CHECKING

from fastai.vision.all import nn, torch

from petwidgets.common.formatting import counted
from petwidgets.common.out_of_memory import exhausted
from petwidgets.learning.input.photograph import Photo
from petwidgets.learning.models.memory import distrust, free

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from petwidgets.jobs.network import Reporter
    from petwidgets.learning.input.dataloaders import Preparation

CHUNK = 16
"""Photographs per forward pass; more are slower on a CPU, because they exceed its cache."""


def halves(network: nn.Sequential) -> tuple[nn.Sequential, nn.Sequential]:
    """Split a network into the part a baseline never changes, and the part that it trains.

    The first half is the body and the pooling. Both halves share their weights with the network.
    Slices keep the names of their modules, so that the second half's state dict is a part of
    `network[1]`'s.
    """
    body, head = network
    fixed = list(takewhile(lambda layer: not list(layer.parameters()), head))
    return nn.Sequential(body, *fixed), head[len(fixed) :]


def last_linear(network: nn.Module) -> nn.Linear:
    """The last linear layer: its outputs are the breeds' activations, its inputs the features."""
    return [module for module in network.modules() if isinstance(module, nn.Linear)][-1]


@torch.inference_mode()
def through(
    frozen: nn.Module,
    preparation: Preparation,
    paths: Sequence[Path],
    journal: Reporter,
    most: int = CHUNK,
) -> torch.Tensor:
    """(n, features) float32 of n photographs, with the transforms of the validation set.

    If the memory does not suffice for a forward pass, it continues with half as many photographs,
    from the row that was reached.

    Args:
        frozen: computes the features of a batch; made `ready`.
        preparation: makes a batch of photographs.
        paths: n files.
        journal: reports the progress.
        most: largest number of photographs per forward pass; never more than `CHUNK`.

    Raises:
        Problem: a photograph can't be read.
    """
    rows: list[torch.Tensor] = []
    chunk, progress = min(CHUNK, most), journal.progress("features")

    def add_missing() -> None:
        done = sum(map(len, rows))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for pixels in _read_ahead(pool, preparation, paths[done:], chunk):
                batch = preparation.normalised(pixels)
                rows.append(frozen(batch.contiguous(memory_format=torch.channels_last)))
                done += len(pixels)
                progress(done, len(paths))

    while not _memory_sufficed(add_missing, last=chunk == 1):
        free()
        journal.smaller(f"{counted(chunk, 'photograph')} at once", chunk // 2)
        chunk //= 2
    return torch.cat(rows)


def _memory_sufficed(work: Callable[[], None], *, last: bool) -> bool:
    """Do some work; returns whether the memory sufficed. On the last try a lack raises."""
    try:
        work()
    except Exception as error:
        if last or not exhausted(error):
            raise
        distrust(error)
        return False
    return True


def _read_ahead(
    pool: ThreadPoolExecutor, preparation: Preparation, paths: Sequence[Path], chunk: int
) -> Iterator[list[torch.Tensor]]:
    """Yield chunks of pixels; at most one chunk is read ahead of the one in use."""

    def read(path: Path) -> torch.Tensor:
        return preparation.pixels(Photo.create(path))

    pending: deque[list[Future[torch.Tensor]]] = deque()
    for start in range(0, len(paths), chunk):
        pending.append([pool.submit(read, path) for path in paths[start : start + chunk]])
        if len(pending) > 1:
            yield [future.result() for future in pending.popleft()]
    for futures in pending:
        yield [future.result() for future in futures]
