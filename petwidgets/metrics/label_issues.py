"""Find labels that may be wrong, and compare trainings with and without them.

fastai's `ImageClassifierCleaner` forgets choices when the category changes, has no undo, and
deletes files. Here decisions are a list (`petwidgets/data/label_edits.py`) that a training applies.

cleanlab is no dependency: the score below is one indexing of stored probabilities in the page's
kernel, and cleanlab would import pandas and scikit-learn there.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.metrics.comparison import Pairs, paired

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from petwidgets.metrics.comparison import Judged
    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.recipes.recipe import Recipe

FOLDS = 5
"""Folds of the cross-validation: each photograph is judged by a head trained on the other folds."""

BY_FOLDS, BY_LOSS = "cross-validation disagrees", "the run is wrong"
"""Reasons for suspecting a label."""


def folds(targets: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Assign each photograph to a fold, stratified by breed.

    Each breed's photographs are shuffled and assigned to the folds in turn, starting at the fold
    after the previous breed's last one. So the sizes of folds differ by at most one, for each breed
    and in all.

    Args:
        targets: (n) positions in the vocab.
        k: number of folds.
        seed: the same seed gives the same folds.

    Returns:
        (n) whole numbers below k.
    """
    draw = np.random.default_rng(seed)
    dealt = np.empty(len(targets), np.int64)
    begin = 0
    for breed in np.unique(targets):
        own = draw.permutation(np.flatnonzero(targets == breed))
        dealt[own] = (begin + np.arange(len(own))) % k
        begin += len(own)
    return dealt


@dataclass(frozen=True)
class Suspicion:
    """A photograph whose label a model finds improbable.

    Args:
        file: its name, as in the predictions.
        label: its breed in the data.
        predicted: the most probable breed.
        own: the probability of the label, called self-confidence.
        taken: the probability of the predicted breed.
        why: `BY_FOLDS` or `BY_LOSS`.
    """

    file: str
    label: str
    predicted: str
    own: float
    taken: float
    why: str

    @property
    def loss(self) -> float:
        """Cross-entropy of the label, in nats."""
        return -math.log(max(self.own, sys.float_info.min))


def suspicions(interp: Interpretation, why: str) -> list[Suspicion]:
    """The photographs that are predicted as another breed, the least probable label first.

    The loss is minus the logarithm of the label's probability, so this is also the order of losses,
    the highest first.

    Source: C. G. Northcutt, L. Jiang, I. L. Chuang, "Confident Learning: Estimating Uncertainty in
    Dataset Labels", JAIR 70 (2021): ranking by self-confidence.
    """
    own = interp.probabilities[np.arange(len(interp.targets)), interp.targets]
    doubted = np.flatnonzero(~interp.right)
    return [
        Suspicion(
            interp.files[i],
            interp.vocab[interp.targets[i]],
            interp.vocab[interp.predictions[i]],
            float(own[i]),
            float(interp.confidence[i]),
            why,
        )
        for i in doubted[np.argsort(own[doubted], kind="stable")]
    ]


def ranked(doubts: Iterable[Suspicion]) -> dict[str, list[Suspicion]]:
    """Group suspicions by photograph; the photograph with the least probable label comes first."""
    by_file: dict[str, list[Suspicion]] = defaultdict(list)
    for doubt in sorted(doubts, key=lambda doubt: doubt.own):
        by_file[doubt.file].append(doubt)
    return dict(by_file)


# --- before and after -----------------------------------------------------------------------------


def without_changes(recipe: Recipe) -> Recipe:
    """The same recipe without label edits."""
    return replace(recipe, leave_out=(), relabel=())


@dataclass(frozen=True)
class Difference:
    """Comparison of two runs on the photographs in both validation sets.

    Args:
        corrected: both runs judged by the second run's labels.
        as_found: both runs judged by the first run's labels.
        relabelled: number of photographs whose labels differ.
        left_out: number of photographs in the first validation set only.
    """

    corrected: Pairs
    as_found: Pairs
    relabelled: int
    left_out: int


def difference(before: Interpretation, after: Interpretation) -> Difference:
    """Compare a run before and a run after label edits, from their stored predictions.

    A relabelled photograph has a different target in each run, so the recorded error rates can't be
    compared. Here both runs are judged by one list of labels, and then by the other.
    """
    old_labels, new_labels = before.labels, after.labels
    common = [file for file in old_labels if file in new_labels]
    corrected, as_found = (
        paired(judged_by(before, labels, common), judged_by(after, labels, common))
        for labels in (new_labels, old_labels)
    )
    relabelled = sum(old_labels[file] != new_labels[file] for file in common)
    return Difference(corrected, as_found, relabelled, len(old_labels) - len(common))


def judged_by(run: Interpretation, labels: Mapping[str, str], files: Iterable[str]) -> Judged:
    """The label of each of these files, and whether the run predicted it."""
    position = {file: i for i, file in enumerate(run.files)}
    taken = run.predictions
    return {
        file: (labels[file], run.vocab[taken[position[file]]] == labels[file]) for file in files
    }
