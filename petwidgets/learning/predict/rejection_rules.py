"""Compare rules to abstain ("I don't know") that all lose the same share of correct answers.

The chapter (section "Softmax") suggests a sigmoid for each breed instead of a softmax, so that all
breeds can get a low probability. The sigmoids are fitted here on a run's validation features.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from fastai.vision.all import F, torch

from petwidgets.data.image import read_photo
from petwidgets.inference.classify import Classifier, classifier
from petwidgets.jobs import classify as jobs
from petwidgets.jobs.classify import RejectionRules, Rule
from petwidgets.jobs.job import implements
from petwidgets.metrics.abstention import LOST_TO_LIKENESS, LOST_TO_PROBABILITY, left_out
from petwidgets.metrics.calibration import UNFITTED, cooled
from petwidgets.metrics.intervals import least_probability

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.runs.run import Run

LOST = LOST_TO_LIKENESS + LOST_TO_PROBABILITY
"""The share of correct answers that each rule gives up."""

DECAY, STEPS, FOLDS = 0.01, 60, 5
"""Weight decay, optimiser steps and folds of the sigmoids. Of decays from 1e-4 to 1e-2, this one
rejects the most photographs without a pet."""


@dataclass(frozen=True)
class Sigmoids:
    """A logistic regression for each breed.

    Args:
        weights: (c, f).
        bias: (c).
        least: threshold for the largest sigmoid; all but a share of correct answers reach it.
    """

    weights: torch.Tensor
    bias: torch.Tensor
    least: float

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        """(n, c) probabilities of features (n, f); rows need not have sum 1."""
        return torch.sigmoid(features @ self.weights.T + self.bias)


def fitted(features: np.ndarray, targets: np.ndarray, classes: int, lost: float = LOST) -> Sigmoids:
    """Fit sigmoids on features (n, f) and targets (n), their threshold by cross-validation."""
    x, y = torch.tensor(features).float(), torch.tensor(targets)
    hot = F.one_hot(y, classes).float()
    fold = torch.from_numpy(np.random.RandomState(0).permutation(len(x)) % FOLDS)
    out_of_fold = torch.zeros(len(x), classes)
    for k in range(FOLDS):
        part = Sigmoids(*_fit(x[fold != k], hot[fold != k]), 0.0)
        out_of_fold[fold == k] = part(x[fold == k])
    return Sigmoids(*_fit(x, hot), least_probability(out_of_fold.numpy(), targets, lost))


def _fit(x: torch.Tensor, hot: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    weights = torch.zeros(hot.shape[1], x.shape[1], requires_grad=True)
    bias = torch.zeros(hot.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        loss_sum = F.binary_cross_entropy_with_logits(x @ weights.T + bias, hot, reduction="sum")
        total = loss_sum / len(x) + DECAY / 2 * weights.square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    return weights.detach(), bias.detach()


@lru_cache(maxsize=2)
def _sigmoids(classifier: Classifier) -> Sigmoids:
    validation = classifier.run.validation()
    return fitted(classifier.run.features(), validation.targets, len(classifier.vocab))


@implements(jobs.rejection_rules)
def rejection_rules(run: Run, photo: Path | bytes) -> RejectionRules:
    """Apply each rule to a photograph (implements the job)."""
    model = classifier(run)
    batch = model.preparation.batch([read_photo(photo)])
    kept, features, sigmoids = run.validation(), run.features(), _sigmoids(model)
    sight, limits = model.look(batch), model.limits
    correct = kept.probabilities.argmax(1) == kept.targets
    likeness = left_out(features.astype(np.float32), kept.targets, len(model.vocab))[correct]
    calibrated = cooled(kept.probabilities, limits.temperature)
    plain = torch.tensor(sight.activations).softmax(1).numpy()
    independent = sigmoids(torch.tensor(sight.features))[0].numpy()
    order = independent.argsort()[:-6:-1]
    fitted = Rule(
        "softmax at the fitted temperature",
        float(limits.cooled(sight.activations).max()),
        _least(calibrated, kept.targets),
    )
    rules = (
        Rule("softmax", float(plain.max()), _least(kept.probabilities, kept.targets)),
        *([fitted] if limits.temperature != UNFITTED else []),
        Rule(
            f"likeness to a {run.noun}'s mean features",
            float(limits.likeness(sight.features)[0]),
            float(np.quantile(likeness, LOST)),
        ),
        Rule(f"a sigmoid for each {run.noun}", float(independent.max()), sigmoids.least),
    )
    breeds = tuple((model.vocab[i], float(independent[i])) for i in order)
    return RejectionRules(rules=rules, breeds=breeds, lost=LOST)


def _least(probabilities: np.ndarray, targets: np.ndarray) -> float:
    return least_probability(probabilities, targets, LOST)
