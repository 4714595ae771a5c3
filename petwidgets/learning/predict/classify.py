"""A run's network on torch, with its body and head folded for speed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import torch

from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models.inference import ready
from petwidgets.learning.models.weights import whole
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from PIL import Image


class TorchClassifier:
    """A run's network with the preparation of its input, in torch's terms.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.vocab = run, run.info["vocab"]
        trained = whole(run)
        self.mean, self.std = trained.mean, trained.std
        self.preparation = Preparation(run.recipe, trained)
        self.model = ready(trained.network, run.recipe.size)
        self.body, self.head = self.model

    @torch.inference_mode()
    def probabilities(self, photos: Sequence[Image.Image]) -> np.ndarray:
        """(n, c) float32 for n photographs, rows of sum 1."""
        return self._forward(photos).softmax(1).numpy()

    @torch.inference_mode()
    def activations(self, photos: Sequence[Image.Image]) -> np.ndarray:
        """(n, c) float32 for n photographs: outputs of the last layer."""
        return self._forward(photos).numpy()

    def _forward(self, photos: Sequence[Image.Image]) -> torch.Tensor:
        batch = self.preparation.batch(photos)
        return self.model(batch.contiguous(memory_format=torch.channels_last)).float()


@lru_cache(maxsize=3)
def _classifier(folder: Path, _weights_ns: int) -> TorchClassifier:
    return TorchClassifier(Run(folder))


def classifier(run: Run) -> TorchClassifier:
    """The run's network, kept in memory until its weights change.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
    run.require_sound()
    return _classifier(run.folder, run.weights_ns)
