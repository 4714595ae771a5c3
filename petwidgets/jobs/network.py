"""A run's network as the classification uses it, whether onnxruntime or torch computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from PIL import Image

    from petwidgets.recipes.recipe import Recipe
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


class Stats(NamedTuple):
    """What a pretrained body's input is normalised with, and where its weights are from.

    Attributes:
        mean, std: of each channel.
        source: package and version, as in `run.json`.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    source: str


class Reporter(Protocol):
    """Reports the progress of a work."""

    def progress(self, stage: str) -> Callable[[int, int], None]:
        """A callback `(done, total)`."""

    def smaller(self, work: str, size: int) -> None:
        """Report that the memory did not suffice for `work`: it goes on with `size` at once."""


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


@job("petwidgets.learning.export.convert")
def convert(run: Run) -> bool:
    """Convert the body that a run has trained to ONNX, once its training has ended.

    Takes some ten seconds, in a separate process. From then on `inference.network` needs no torch
    for the run.

    Returns:
        False if the run has no body of its own, or it can't be converted; the log says why.
    """


class LastLayer(Protocol):
    """A run's network without its last layer, whose inputs are the features of a photograph."""

    def lacking(self, paths: Sequence[Path]) -> list[int]:
        """Positions of the photographs without cached features."""

    def features(self, paths: Sequence[Path]) -> np.ndarray:
        """(n, f) float32 of n files; those that are not cached are computed (30 ms each).

        Raises:
            Problem: a photograph can't be read.
        """

    def of(self, photo: Image.Image) -> np.ndarray:
        """(f) float32 of one photograph in memory."""


@job("petwidgets.learning.explain.embeddings")
def torch_last_layer(run: Run) -> LastLayer:
    """Load a run's network with torch, to compute features.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """


@job("petwidgets.learning.models.backbones")
def require_architecture(name: str) -> None:
    """Check that torchvision or timm has an architecture.

    Raises:
        Problem: neither library knows the name.
    """


@job("petwidgets.learning.train.frozen_body")
def torch_stats(arch: str) -> Stats:
    """Mean, standard deviation and source of an architecture's pretrained weights.

    Raises:
        Problem: no such architecture, or its weights are not available.
    """


@job("petwidgets.learning.train.frozen_body")
def torch_features(
    recipe: Recipe, paths: Sequence[Path], journal: Reporter, stop: Callable[[], bool]
) -> np.ndarray | None:
    """(n, features) float32 of n photographs, by torch; None if it was stopped.

    Args:
        recipe: gives architecture, sizes and precision.
        paths: n files.
        journal: reports the progress.
        stop: called often; true ends the work.

    Raises:
        Problem: a photograph can't be read.
    """
