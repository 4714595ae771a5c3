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

from petwidgets.learning.dls import Photo
from petwidgets.learning.inference import ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from petwidgets.learning.dls import Preparation

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


@torch.inference_mode()
def compute(
    frozen: nn.Module,
    preparation: Preparation,
    paths: Sequence[Path],
    progress: Callable[[int, int], None],
) -> torch.Tensor:
    """(n, features) float32, through the transforms of the validation set.

    Raises:
        Problem: a photograph can't be read.
    """
    frozen = ready(frozen, preparation.size)
    rows: list[torch.Tensor] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for pixels in _read_ahead(pool, preparation, paths):
            batch = preparation.normalised(pixels)
            rows.append(frozen(batch.contiguous(memory_format=torch.channels_last)))
            progress(min(CHUNK * len(rows), len(paths)), len(paths))
    # Leaves inference mode: what is trained on must be able to take part in autograd.
    return torch.cat(rows).clone()


def _read_ahead(
    pool: ThreadPoolExecutor, preparation: Preparation, paths: Sequence[Path]
) -> Iterator[list[torch.Tensor]]:
    """Chunks of pixels; one is read while another is computed with, but never more than that."""

    def read(path: Path) -> torch.Tensor:
        return preparation.pixels(Photo.create(path))

    coming: deque[list[Future[torch.Tensor]]] = deque()
    for start in range(0, len(paths), CHUNK):
        coming.append([pool.submit(read, path) for path in paths[start : start + CHUNK]])
        if len(coming) > 1:
            yield [future.result() for future in coming.popleft()]
    for chunk in coming:
        yield [future.result() for future in chunk]


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
