"""A process's part of the photographs. Imported only where several train: it needs accelerate."""

from __future__ import annotations

from math import ceil

from fastai.distributed import DistributedDL
from fastai.torch_core import default_device
from fastai.vision.all import torch


class Part(DistributedDL):
    """fastai's own, but for machines without a GPU, too, and with the right number of batches."""

    def _broadcast(self, t: list[int], rank: int) -> list[int]:
        positions = torch.tensor(t, device=default_device())
        torch.distributed.broadcast(positions, rank)
        return list(positions.tolist())

    def __len__(self) -> int:
        """Batches an epoch; fastai's divides the batches of all, rounded up, by the processes."""
        photographs = ceil(self.dl.n / self.world_size)
        return photographs // self.bs if self.drop_last else ceil(photographs / self.bs)
