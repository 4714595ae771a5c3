"""The head of fastai's networks, by numpy: pooling, and linear layers with batch norms and ReLU."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError, safe_open

from petwidgets.common.errors import Problem
from petwidgets.common.os_errors import check_readable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from petwidgets.runs.run import Run

EPSILON = 1e-5
"""What torch's batch norm adds to a variance."""

PARAMETER = re.compile(r"1\.(\d+)\.(weight|bias|running_mean|running_var|num_batches_tracked)")
"""Names of a head's weights: the second part of a network of fastai's."""


@dataclass(frozen=True)
class Layer:
    """A linear layer after a batch norm.

    Args:
        scale, shift: (c) float32, of the batch norm.
        weights: (k, c) float32.
        bias: (k) float32.
    """

    scale: np.ndarray
    shift: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def of(cls, linear: Mapping[str, np.ndarray], norm: Mapping[str, np.ndarray]) -> Layer:
        """A layer of torch's parameters; `norm` may be empty.

        Raises:
            KeyError: one is missing.
            ValueError: they don't fit together.
        """
        weights = linear["weight"]
        outputs, inputs = weights.shape
        bias = linear.get("bias", np.zeros(outputs))
        scale, shift = np.ones(inputs), np.zeros(inputs)
        if norm:
            scale = norm["weight"] / np.sqrt(norm["running_var"] + EPSILON)
            shift = norm["bias"] - norm["running_mean"] * scale
        if not scale.shape == shift.shape == (inputs,) or bias.shape != (outputs,):
            raise ValueError(scale.shape, shift.shape, bias.shape)
        return cls(*(v.astype(np.float32) for v in (scale, shift, weights, bias)))

    def normed(self, inputs: np.ndarray) -> np.ndarray:
        """(n, c) inputs after the batch norm."""
        return np.asarray(inputs * self.scale + self.shift)

    def linear(self, normed: np.ndarray) -> np.ndarray:
        """(n, k) outputs."""
        return np.asarray(normed @ self.weights.T + self.bias)


@dataclass(frozen=True)
class Head:
    """A head as fastai's `create_head` makes it: layers with ReLU between, after a pooling.

    It takes the mean of each feature map; or, where its first layer is twice as wide, the maximum
    of each and then the mean of each.

    Args:
        layers: the linear layers, each with its batch norm.
    """

    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, state: Mapping[str, np.ndarray]) -> Head:
        """The head of a state dict.

        Raises:
            KeyError: it has other layers, or none.
            ValueError: its layers don't fit together.
        """
        layers: list[Layer] = []
        norm: dict[str, np.ndarray] = {}
        for _, parameters in sorted(_modules(state).items()):
            if "running_mean" in parameters:
                norm = parameters
            else:
                layers.append(Layer.of(parameters, norm))
                norm = {}
        if not layers or norm:
            raise KeyError("a last linear layer")
        for before, after in pairwise(layers):
            if len(before.bias) != len(after.scale):
                raise ValueError(before.bias.shape, after.scale.shape)
        return cls(tuple(layers))

    @property
    def classes(self) -> int:
        """The number of activations."""
        return len(self.layers[-1].bias)

    def pooled(self, maps: np.ndarray) -> np.ndarray:
        """(n, c) or (n, 2 c) of feature maps (n, c, h, w)."""
        means = np.asarray(maps.mean((2, 3)))
        if len(self.layers[0].scale) == maps.shape[1]:
            return means
        return np.concatenate([maps.max((2, 3)), means], axis=1)

    def __call__(self, pooled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, f) features, the inputs of the last linear layer, and (n, classes) activations."""
        *hidden, last = self.layers
        for layer in hidden:
            pooled = np.maximum(layer.linear(layer.normed(pooled)), 0)
        features = last.normed(pooled)
        return features, last.linear(features)

    def heat(self, maps: np.ndarray, positions: Sequence[int]) -> np.ndarray:
        """(k, h, w): where maps (1, c, h, w) are evidence for k breeds; at least 0.

        Grad-CAM: the maps, each weighted by the mean of the activation's gradient over its places
        (R. R. Selvaraju and others, ICCV 2017). A mean passes its gradient on to all places in
        equal parts, a maximum to one of them: the mean is the same. For a linear head on means
        these are the class activation maps of B. Zhou and others, CVPR 2016.
        """
        gradients = self._gradients(self.pooled(maps), positions)
        evidence = gradients.reshape(len(gradients), -1, maps.shape[1]).sum(1) / maps[0, 0].size
        # One after the other: together they would be summed in another order.
        return np.maximum([np.tensordot(one, maps[0], axes=1) for one in evidence], 0)

    def _gradients(self, pooled: np.ndarray, positions: Sequence[int]) -> np.ndarray:
        """(k, inputs): the gradients of k activations with respect to the pooled maps of one."""
        *hidden, last = self.layers
        outputs = []
        for layer in hidden:
            outputs.append(layer.linear(layer.normed(pooled)))
            pooled = np.maximum(outputs[-1], 0)
        gradients = np.asarray(last.weights[[*positions]] * last.scale)
        for layer, output in zip(reversed(hidden), reversed(outputs), strict=True):
            gradients = (gradients * (output > 0)) @ layer.weights * layer.scale
        return gradients


def _modules(state: Mapping[str, np.ndarray]) -> dict[int, dict[str, np.ndarray]]:
    """Parameters by name of each module, by the module's position."""
    modules: dict[int, dict[str, np.ndarray]] = defaultdict(dict)
    for key, value in state.items():
        found = PARAMETER.fullmatch(key)
        if found is None:
            raise KeyError(key)
        modules[int(found[1])][found[2]] = value
    return modules


def read_head(run: Run) -> Head:
    """The head that a run has trained.

    Raises:
        Problem: the run has no weights yet, or they are damaged, or the file can't be read.
    """
    path = run.folder / "model.safetensors"
    if not path.is_file():
        raise Problem(f"The run {run.id} has no weights yet: let its first epoch end.")
    check_readable(path)
    try:
        with safe_open(path, "numpy") as file:
            keys = [key for key in file.keys() if not key.startswith("0.")]  # noqa: SIM118
            head = Head.of({key: file.get_tensor(key) for key in keys})
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise Problem(f"The weights of run {run.id} are damaged: train it again.") from error
    if head.classes != len(run.info["vocab"]):
        raise Problem(f"The weights of run {run.id} are damaged: train it again.")
    return head
