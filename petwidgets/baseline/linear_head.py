"""The head of a baseline: logistic regression on standardised features.

It learns as fastai's `fit_one_cycle` would train a batch norm with fixed statistics and a linear
layer without bias, by `partial(Adam, decouple_wd=False)`: the same batches, rates and momenta
(a test compares the weights). numpy does it in a fraction of the time, and without torch.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from petwidgets.inference.head import EPSILON
from petwidgets.metrics import one_cycle
from petwidgets.metrics.losses import log_softmax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from petwidgets.jobs.model_cost import Group
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.recipes.stage import Stage

SQUARES = 0.99
"""Adam's second beta, fastai's default."""

TINY = 1e-5
"""Adam's epsilon, fastai's default."""

SMOOTHING = 0.98
"""The beta of the exponential average that fastai's recorder shows as training loss."""


class SmoothLoss:
    """The training loss as fastai's recorder smooths it (`AvgSmoothLoss`)."""

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0

    def add(self, loss: float) -> float:
        """Take one batch's mean loss; returns the smoothed loss so far, in nats."""
        self._count += 1
        self._sum = SMOOTHING * self._sum + (1 - SMOOTHING) * loss
        return self._sum / (1 - SMOOTHING**self._count)


class Adam:
    """fastai's `Adam` with coupled weight decay, for one array.

    Args:
        weights: float32, changed in place.
        weight_decay: times the weights, added to the gradient: L2 regularisation.
    """

    def __init__(self, weights: np.ndarray, weight_decay: float) -> None:
        self.weights, self.weight_decay = weights, np.float32(weight_decay)
        self._mean, self._square = np.zeros_like(weights), np.zeros_like(weights)
        self._steps = 0

    def step(self, gradient: np.ndarray, rate: float, momentum: float) -> None:
        """Take one step.

        Args:
            gradient: of the mean loss by the weights.
            rate: the learning rate.
            momentum: Adam's first beta.
        """
        self._steps += 1
        gradient = gradient + self.weight_decay * self.weights
        self._mean += np.float32(1 - momentum) * (gradient - self._mean)
        self._square += np.float32(1 - SQUARES) * (gradient * gradient - self._square)
        step = np.float32(rate / (1 - momentum**self._steps))
        deviation = np.sqrt(self._square / np.float32(1 - SQUARES**self._steps))
        self.weights -= step * self._mean / (deviation + np.float32(TINY))


class LinearHead:
    """A linear layer on features that are standardised by those to train on.

    The statistics are of all rows and stay as they are: batches of 64 don't know them as well. The
    weights begin at 0, so that the result does not depend on a draw.

    Args:
        rows: (n, features) float32 to train on.
        classes: number of breeds.
    """

    def __init__(self, rows: np.ndarray, classes: int) -> None:
        self.mean, self.variance = rows.mean(0), rows.var(0)
        self.weights = np.zeros((classes, rows.shape[1]), np.float32)

    def standardised(self, rows: np.ndarray) -> np.ndarray:
        """(n, features) of the same shape: the inputs of the linear layer."""
        scaled: np.ndarray = (rows - self.mean) / np.sqrt(self.variance + np.float32(EPSILON))
        return scaled

    def activations(self, inputs: np.ndarray) -> np.ndarray:
        """(n, classes) of standardised rows (n, features)."""
        return np.asarray(inputs @ self.weights.T)

    def group(self) -> Group:
        """Its one layer group, as fastai would name it: the norm stays as it is."""
        channels = len(self.mean)
        return {
            "first": "2",
            "last": "4",
            "parameters": self.weights.size + 2 * channels,
            "trained": self.weights.size,
            "norms": 1,
            "norms_trained": 0,
        }

    def state(self) -> dict[str, np.ndarray]:
        """The tensors of `model.safetensors`, by the names that fastai's linear head gives them."""
        channels = len(self.mean)
        return {
            "1.2.weight": np.ones(channels, np.float32),
            "1.2.bias": np.zeros(channels, np.float32),
            "1.2.running_mean": self.mean,
            "1.2.running_var": self.variance,
            "1.2.num_batches_tracked": np.array(0),
            "1.4.weight": self.weights.copy(),
        }


class Step(NamedTuple):
    """A batch that was trained on.

    Attributes:
        loss: its mean cross-entropy before the step, in nats.
        rate: the learning rate.
        momentum: Adam's first beta.
        size: photographs of the batch.
    """

    loss: float
    rate: float
    momentum: float
    size: int


class Trainer:
    """Trains a new head batch by batch.

    Args:
        recipe: gives batch size, weight decay and seed.
        rows: (n, features) float32 to train on.
        targets: (n) positions in the vocab.
        classes: number of breeds.

    Attributes:
        head: what is trained.
        size: photographs per batch.
    """

    def __init__(self, recipe: Recipe, rows: np.ndarray, targets: np.ndarray, classes: int) -> None:
        self.head, self._targets = LinearHead(rows, classes), targets
        self._inputs = self.head.standardised(rows)
        self.size = min(recipe.batch_size, len(rows))
        self._weight_decay = recipe.weight_decay
        self._rng = random.Random(recipe.seed)  # noqa: S311 - as fastai's `DataLoader` draws
        self.begin()

    def begin(self) -> None:
        """Forget the optimiser's state, as fastai does at the begin of each stage."""
        self._adam = Adam(self.head.weights, self._weight_decay)

    @property
    def batches(self) -> int:
        """Batches per epoch; photographs that don't fill one wait for the next epoch."""
        return len(self._inputs) // self.size

    def epoch(self, rates: Sequence[float], momenta: Sequence[float]) -> Iterator[Step]:
        """Train one epoch, or as many batches of it as there are rates."""
        n = len(self._inputs)
        self._rng = random.Random(self._rng.randint(0, 2**32 - 1))  # noqa: S311 - as above
        order = np.array(self._rng.sample(range(n), n))
        for i, (rate, momentum) in enumerate(zip(rates, momenta, strict=True)):
            batch = order[i * self.size : (i + 1) * self.size]
            yield Step(self._step(batch, rate, momentum), rate, momentum, self.size)

    def _step(self, batch: np.ndarray, rate: float, momentum: float) -> float:
        inputs, targets = self._inputs[batch], self._targets[batch]
        logs, which = log_softmax(self.head.activations(inputs)), (np.arange(len(batch)), targets)
        gradient = np.exp(logs)
        gradient[which] -= 1  # by the activations: softmax minus one-hot
        self._adam.step(gradient.T @ inputs / np.float32(len(batch)), rate, momentum)
        return -float(logs[which].mean())


def schedule(stage: Stage, batches: int) -> list[tuple[list[float], list[float]]]:
    """The rates and momenta of a stage's batches, epoch by epoch."""
    rates, momenta = one_cycle.of_stage(stage, batches, groups=1)
    epochs = range(0, stage.epochs * batches, batches)
    return [(rates[i : i + batches, 0].tolist(), momenta[i : i + batches].tolist()) for i in epochs]
