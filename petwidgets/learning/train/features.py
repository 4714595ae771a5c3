"""Features of a frozen body, computed once: the shortest way to a first honest error rate."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile
from typing import TYPE_CHECKING

from fastai.vision.all import (
    DataLoader,
    DataLoaders,
    TensorCategory,
    nn,
    tensor,
    torch,
)

from petwidgets.common.formatting import counted
from petwidgets.learning.input.photograph import Photo
from petwidgets.learning.models.inference import ready
from petwidgets.learning.models.memory import distrust, exhausted, free

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from petwidgets.learning.input.dataloaders import Preparation
    from petwidgets.learning.train.event_log import EventLog

CHUNK = 16
"""Photographs a forward pass: larger ones are slower on a CPU, whose cache they leave."""


def halves(network: nn.Sequential) -> tuple[nn.Sequential, nn.Sequential]:
    """What a baseline never changes (body and pooling), and what it trains; weights are shared.

    Slices keep the names of their modules, so that the second half's state dict is a part of
    `network[1]`'s.
    """
    body, head = network
    fixed = list(takewhile(lambda layer: not list(layer.parameters()), head))
    return nn.Sequential(body, *fixed), head[len(fixed) :]


def last_linear(network: nn.Module) -> nn.Linear:
    """The layer whose outputs are the activations of breeds; its input is what features are."""
    return [module for module in network.modules() if isinstance(module, nn.Linear)][-1]


@torch.inference_mode()
def compute(
    frozen: nn.Module,
    preparation: Preparation,
    paths: Sequence[Path],
    journal: EventLog,
    most: int = CHUNK,
) -> torch.Tensor:
    """(n, features) float32, through the transforms of the validation set.

    Where the memory does not suffice for a forward pass it goes on with half as many photographs,
    from the row that was reached.

    Args:
        frozen: what makes features of a batch.
        preparation: what makes a batch of photographs.
        paths: n files.
        journal: what is told how far it is.
        most: photographs a forward pass, no more than this and `CHUNK`.

    Raises:
        Problem: a photograph can't be read.
    """
    return through(ready(frozen, preparation.size), preparation, paths, journal, most)


@torch.inference_mode()
def through(
    frozen: nn.Module,
    preparation: Preparation,
    paths: Sequence[Path],
    journal: EventLog,
    most: int = CHUNK,
) -> torch.Tensor:
    """The same of what is `ready` already."""
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

    while not _suffices(add_missing, last=chunk == 1):
        free()
        journal.smaller(f"{counted(chunk, 'photograph')} at once", chunk // 2)
        chunk //= 2
    # Leaves inference mode: what is trained on must be able to take part in autograd.
    return torch.cat(rows).clone()


def _suffices(work: Callable[[], None], *, last: bool) -> bool:
    """Whether the memory was enough for `work`; when not, and there is no less, it raises."""
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
    """Chunks of pixels; one is read while another is computed with, but never more than that."""

    def read(path: Path) -> torch.Tensor:
        return preparation.pixels(Photo.create(path))

    coming: deque[list[Future[torch.Tensor]]] = deque()
    for start in range(0, len(paths), chunk):
        coming.append([pool.submit(read, path) for path in paths[start : start + chunk]])
        if len(coming) > 1:
            yield [future.result() for future in coming.popleft()]
    for rest in coming:
        yield [future.result() for future in rest]


class FeatureBatches(DataLoader):
    """A `DataLoader` over rows in memory; whole batches are indexed, never collated."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor, **kwargs: object) -> None:
        self.x, self.y = x, y
        super().__init__(dataset=range(len(x)), num_workers=0, **kwargs)

    def create_batches(self, samps: Iterator[int]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """The rows at `samps`, `bs` at a time."""
        for rows in torch.split(tensor(list(samps)), self.bs):
            if len(rows) == self.bs or not self.drop_last:
                yield self.x[rows], TensorCategory(self.y[rows])


def feature_dls(
    train: tuple[torch.Tensor, torch.Tensor], valid: tuple[torch.Tensor, torch.Tensor], bs: int
) -> DataLoaders:
    """`DataLoaders` over features (n, f) and targets (n) for training and validation."""
    return DataLoaders(
        FeatureBatches(*train, bs=bs, shuffle=True, drop_last=True),
        FeatureBatches(*valid, bs=4 * bs),
    )
