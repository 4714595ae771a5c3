"""A run's network as the classification uses it: on onnxruntime where that can be, else on torch.

A baseline is a frozen body, which comes with the package as ONNX, and a linear head of its own. All
other runs need torch, which takes seconds to import: `petwidgets.learning` provides those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from petwidgets.common.errors import Problem
from petwidgets.common.os_errors import check_readable
from petwidgets.inference.body import STEP, body
from petwidgets.inference.preparation import Preparation
from petwidgets.jobs.network import torch_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.inference.body import Body
    from petwidgets.jobs.network import Network
    from petwidgets.runs.run import Run

EPSILON = 1e-5
"""What torch's batch norm adds to a variance."""

PARAMETER = re.compile(r"1\.\d+\.(weight|bias|running_mean|running_var|num_batches_tracked)")
"""Names of a head's weights: the second part of a network of fastai's."""

MAPS = 4
"""Dimensions of a batch of feature maps: photographs, channels, rows, columns."""


@dataclass(frozen=True)
class LinearHead:
    """A linear layer on features, which are the scaled and shifted means of feature maps.

    Args:
        scale, shift: (c) float32.
        weights: (classes, c) float32.
        bias: (classes) float32.
    """

    scale: np.ndarray
    shift: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def of(cls, state: dict[str, np.ndarray]) -> LinearHead:
        """The head of a state dict: a linear layer, perhaps after a batch norm.

        Raises:
            KeyError: it has other layers.
            ValueError: it has no linear layer, or several; or they don't fit together.
        """
        if unknown := [key for key in state if not PARAMETER.fullmatch(key)]:
            raise KeyError(*unknown)
        [linear] = [key.removesuffix("weight") for key, v in state.items() if v.ndim == 2]  # noqa: PLR2004
        weights = state[f"{linear}weight"].astype(np.float32)
        classes, channels = weights.shape
        bias = state.get(f"{linear}bias", np.zeros(classes))
        scale, shift = np.ones(channels), np.zeros(channels)
        for key, mean in state.items():
            if key.endswith("running_mean"):
                norm = key.removesuffix("running_mean")
                scale = state[f"{norm}weight"] / np.sqrt(state[f"{norm}running_var"] + EPSILON)
                shift = state[f"{norm}bias"] - mean * scale
        if not scale.shape == shift.shape == (channels,) or bias.shape != (classes,):
            raise ValueError(scale.shape, shift.shape, bias.shape)
        return cls(*(v.astype(np.float32) for v in (scale, shift, weights, bias)))

    def __call__(self, pooled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, c) features and (n, classes) activations of pooled maps (n, c)."""
        features = pooled * self.scale + self.shift
        return features, features @ self.weights.T + self.bias


class FrozenNetwork:
    """A baseline's network on onnxruntime.

    Args:
        run: a baseline.
        frozen: its body.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """

    def __init__(self, run: Run, frozen: Body) -> None:
        self.run, self.body, recipe = run, frozen, run.recipe
        self._head, stats = read_head(run), run.info["preprocessing"]
        self.preparation = Preparation(recipe.presize, recipe.size, stats["mean"], stats["std"])

    def maps(self, batch: np.ndarray) -> np.ndarray:
        """As `Network.maps`."""
        return self.body.maps(batch)

    def head(self, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `Network.head`."""
        return self._head(maps.mean((2, 3)))

    def heat(self, maps: np.ndarray, positions: Sequence[int]) -> np.ndarray:
        """As `Network.heat`: class activation maps.

        B. Zhou and others, "Learning Deep Features for Discriminative Localization", CVPR 2016. For
        a linear head they are what Grad-CAM gives: its weights are the gradients of a mean.
        """
        evidence = self._head.weights * self._head.scale / maps[0, 0].size
        # One after the other: together they would be summed in another order.
        heat = [np.tensordot(evidence[i], maps[0], axes=1) for i in positions]
        return np.maximum(heat, 0)


def read_head(run: Run) -> LinearHead:
    """The head that a baseline has trained.

    Raises:
        Problem: the run has no weights yet, or they are damaged, or the file can't be read.
    """
    path = run.folder / "model.safetensors"
    if not path.is_file():
        raise Problem(f"The run {run.id} has no weights yet: let its first epoch end.")
    check_readable(path)
    try:
        head = LinearHead.of(load_file(path))
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise Problem(f"The weights of run {run.id} are damaged: train it again.") from error
    if len(head.weights) != len(run.info["vocab"]):
        raise Problem(f"The weights of run {run.id} are damaged: train it again.")
    return head


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
    frozen = frozen_body(run)
    return FrozenNetwork(run, frozen) if frozen else torch_network.load()(run)
