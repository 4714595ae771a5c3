"""Features of a frozen body, computed once: the shortest way to a first honest error rate."""

from __future__ import annotations

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
    frozen.eval().to(memory_format=torch.channels_last)
    rows = []
    for start in range(0, len(paths), CHUNK):
        photos = [Photo.create(path) for path in paths[start : start + CHUNK]]
        batch = preparation.batch(photos).contiguous(memory_format=torch.channels_last)
        rows.append(frozen(batch))
        progress(min(start + CHUNK, len(paths)), len(paths))
    # Leaves inference mode: what is trained on must be able to take part in autograd.
    return torch.cat(rows).clone()


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
