"""A run's network as the classification uses it, whether onnxruntime or torch computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PIL import Image

    from petwidgets.runs.run import Run


class Prepares(Protocol):
    """What makes a network's input of photographs.

    Attributes:
        size: side of the input, in pixels.
    """

    size: int

    def batch(self, photos: Sequence[Image.Image]) -> np.ndarray:
        """(n, 3, size, size) float32, normalised, of n photographs."""

    def seen(self, batch: np.ndarray) -> np.ndarray:
        """(n, size, size, 3) uint8: the pictures of a batch, as the network sees them."""


class Network(Protocol):
    """A network with the preparation of its input."""

    @property
    def preparation(self) -> Prepares:
        """Makes its input of photographs."""

    def maps(self, batch: np.ndarray) -> np.ndarray:
        """What the body makes of n squares, (n, 3, size, size): (n, c, h, w) feature maps.

        A body that is not convolutional returns another shape.
        """

    def head(self, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, features) inputs of the last layer and (n, classes) activations, of maps."""

    def heat(self, maps: np.ndarray, positions: Sequence[int]) -> np.ndarray:
        """(k, h, w): where one photograph's maps are evidence for k breeds; at least 0."""


@job("petwidgets.learning.predict.network")
def torch_network(run: Run) -> Network:
    """Load a run's network with torch, in this process.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
