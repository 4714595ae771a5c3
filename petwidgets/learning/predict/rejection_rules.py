"""Other ways to say "I don't know", at the same price, beside the one that is used.

The chapter (section "Softmax") suggests a sigmoid for each breed instead of a softmax, so that all
of them may say no. They are fitted here on the features that a run keeps of its validation set.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from fastai.vision.all import F, torch

from petwidgets.data.image import read_photo
from petwidgets.jobs import classify as jobs
from petwidgets.jobs.classify import Refusals, Rule
from petwidgets.jobs.job import implements
from petwidgets.learning.models.inference import one_thread
from petwidgets.learning.predict.classify import Classifier, classifier
from petwidgets.metrics.abstention import LOST_TO_LIKENESS, LOST_TO_PROBABILITY, left_out
from petwidgets.metrics.calibration import cooled
from petwidgets.metrics.intervals import least_probability

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.runs.run import Run

LOST = LOST_TO_LIKENESS + LOST_TO_PROBABILITY
"""The share of right answers that each way gives up."""

DECAY, STEPS, FOLDS = 0.01, 60, 5
"""Of the sigmoids; of decays from 1e-4 to 1e-2 this one refuses most of what is no pet."""


@dataclass(frozen=True)
class Sigmoids:
    """A logistic regression for each breed.

    Args:
        weights: (c, f).
        bias: (c).
        least: what the largest sigmoid of right answers reaches, but for a share of them.
    """

    weights: torch.Tensor
    bias: torch.Tensor
    least: float

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        """(n, c) probabilities of features (n, f); rows need not add to one."""
        return torch.sigmoid(features @ self.weights.T + self.bias)


def fitted(features: np.ndarray, targets: np.ndarray, classes: int, lost: float = LOST) -> Sigmoids:
    """Sigmoids of features (n, f) and targets (n); their limit is read off folds left out."""
    x, y = torch.tensor(features).float(), torch.tensor(targets)
    hot = F.one_hot(y, classes).float()
    fold = torch.from_numpy(np.random.RandomState(0).permutation(len(x)) % FOLDS)
    unseen = torch.zeros(len(x), classes)
    for k in range(FOLDS):
        part = Sigmoids(*_fit(x[fold != k], hot[fold != k]), 0.0)
        unseen[fold == k] = part(x[fold == k])
    return Sigmoids(*_fit(x, hot), least_probability(unseen.numpy(), targets, lost))


def _fit(x: torch.Tensor, hot: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    weights = torch.zeros(hot.shape[1], x.shape[1], requires_grad=True)
    bias = torch.zeros(hot.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        wrong = F.binary_cross_entropy_with_logits(x @ weights.T + bias, hot, reduction="sum")
        total = wrong / len(x) + DECAY / 2 * weights.square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    return weights.detach(), bias.detach()


@lru_cache(maxsize=2)
def _sigmoids(known: Classifier) -> Sigmoids:
    kept = known.run.validation()
    return fitted(known.run.features(), kept.targets, len(known.vocab))


@one_thread()
@implements(jobs.refusals)
def refusals(run: Run, photo: Path | bytes) -> Refusals:
    """How each way decides about one photograph, as the job says."""
    known = classifier(run)
    batch = known.preparation.batch([read_photo(photo)])
    kept, features, sigmoids = run.validation(), run.features(), _sigmoids(known)
    sight, limits = known.look(batch), known.limits
    right = kept.probabilities.argmax(1) == kept.targets
    alike = left_out(features.astype(np.float32), kept.targets, len(known.vocab))[right]
    cold = cooled(kept.probabilities, limits.temperature)
    plain = torch.tensor(sight.activations).softmax(1).numpy()
    each = sigmoids(torch.tensor(sight.features))[0].numpy()
    order = each.argsort()[:-6:-1]
    softmax = "softmax", "softmax at the fitted temperature"
    rules = (
        Rule(softmax[0], float(plain.max()), _least(kept.probabilities, kept.targets)),
        Rule(softmax[1], float(limits.cooled(sight.activations).max()), _least(cold, kept.targets)),
        Rule(
            "likeness to a breed's mean features",
            float(limits.likeness(sight.features)[0]),
            float(np.quantile(alike, LOST)),
        ),
        Rule("a sigmoid for each breed", float(each.max()), sigmoids.least),
    )
    breeds = tuple((known.vocab[i], float(each[i])) for i in order)
    return Refusals(rules=rules, breeds=breeds, lost=LOST)


def _least(probabilities: np.ndarray, targets: np.ndarray) -> float:
    return least_probability(probabilities, targets, LOST)
