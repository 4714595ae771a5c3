"""A run's network on torch, for runs that have no ONNX body: fine-tuned ones, above all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from petwidgets.inference.preparation import Preparation
from petwidgets.jobs import network as jobs
from petwidgets.jobs.job import implements
from petwidgets.learning.explain.grad_cam import Attention
from petwidgets.learning.models.inference import one_thread
from petwidgets.learning.predict.classify import classifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.learning.predict.classify import TorchClassifier
    from petwidgets.runs.run import Run


class TorchNetwork:
    """As `petwidgets.jobs.network.Network`.

    Args:
        known: the run's network.
    """

    def __init__(self, known: TorchClassifier) -> None:
        self.run, recipe = known.run, known.run.recipe
        self.preparation = Preparation(recipe.presize, recipe.size, known.mean, known.std)
        self._body, self._head = known.body, known.head
        self._attention = Attention(known.head)

    @one_thread()
    @torch.inference_mode()
    def maps(self, batch: np.ndarray) -> np.ndarray:
        """As `Network.maps`."""
        squares = torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)
        return np.asarray(self._body(squares).float().numpy())

    @one_thread()
    @torch.inference_mode()
    def head(self, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `Network.head`."""
        features = self._head[:-1](torch.from_numpy(maps))
        return features.float().numpy(), self._head[-1](features).float().numpy()

    @one_thread()
    def heat(self, maps: np.ndarray, positions: Sequence[int]) -> np.ndarray:
        """As `Network.heat`: Grad-CAM."""
        return self._attention.heat(torch.from_numpy(maps), positions).numpy()


@implements(jobs.torch_network)
def torch_network(run: Run) -> TorchNetwork:
    """Load a run's network (implements the job)."""
    return TorchNetwork(classifier(run))
