"""A process's share of the photographs. Imported by distributed trainings: needs accelerate."""

from __future__ import annotations

from math import ceil

from fastai.distributed import DistributedDL
from fastai.torch_core import default_device
from fastai.vision.all import torch


class Part(DistributedDL):
    """fastai's `DistributedDL`, also for machines without a GPU, and with the correct length."""

    def _broadcast(self, t: list[int], rank: int) -> list[int]:
        positions = torch.tensor(t, device=default_device())
        torch.distributed.broadcast(positions, rank)
        return list(positions.tolist())

    def __len__(self) -> int:
        """Batches per epoch; fastai rounds the total up before it divides by the processes."""
        photographs = ceil(self.dl.n / self.world_size)
        return photographs // self.bs if self.drop_last else ceil(photographs / self.bs)
