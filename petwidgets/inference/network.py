"""A run's network as the classification uses it: on onnxruntime where that can be, else on torch.

A baseline is a frozen body, which comes with the package as ONNX, and a linear head of its own.
The body of a fine-tuned run is converted to ONNX when its training ends. All other runs need torch,
which takes seconds to import: `petwidgets.learning` provides those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.inference.body import STEP, body
from petwidgets.inference.converted import converted_body
from petwidgets.inference.head import read_head
from petwidgets.inference.preparation import Preparation
from petwidgets.jobs.network import torch_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from petwidgets.inference.body import Body
    from petwidgets.jobs.network import Network
    from petwidgets.runs.run import Run

MAPS = 4
"""Dimensions of a batch of feature maps: photographs, channels, rows, columns."""


class OnnxNetwork:
    """A run's network on onnxruntime.

    Args:
        run: has the head.
        body: its body.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """

    def __init__(self, run: Run, body: Body) -> None:
        self.run, self.body, recipe = run, body, run.recipe
        self._head, stats = read_head(run), run.info["preprocessing"]
        self.preparation = Preparation(recipe.presize, recipe.size, stats["mean"], stats["std"])

    def maps(self, batch: np.ndarray) -> np.ndarray:
        """As `Network.maps`."""
        return self.body.maps(batch)

    def head(self, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `Network.head`."""
        return self._head(self._head.pooled(maps))

    def heat(self, maps: np.ndarray, positions: Sequence[int]) -> np.ndarray:
        """As `Network.heat`."""
        return self._head.heat(maps, positions)


def frozen_body(run: Run) -> Body | None:
    """The body that comes with the package for a run; None where torch is needed."""
    is_linear = run.recipe.frozen_only and run.info.get("head", "linear") == "linear"
    if not is_linear or run.recipe.size % STEP:
        return None
    found = body(run.recipe.arch)
    return found if found and found.stats.source == run.info.get("weights") else None


def network(run: Run) -> Network:
    """The run's network, with the weights that it has now.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
    run.require_sound()
    found = frozen_body(run) or converted_body(run)
    return OnnxNetwork(run, found) if found else torch_network.load()(run)
