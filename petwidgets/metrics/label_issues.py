"""Find labels that may be wrong, and compare trainings with and without them.

fastai's `ImageClassifierCleaner` forgets choices when the category changes, has no undo, and
deletes files. Here decisions are a list (`petwidgets/data/label_edits.py`) that is passed to a
training.

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
"""Each photograph is judged by a head that saw four fifths of the others."""

BY_FOLDS, BY_LOSS = "cross-validation disagrees", "the run is wrong"
"""Why a label is suspicious."""


def folds(targets: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Assign each photograph to a fold, with every breed spread evenly.

    Each breed's photographs are shuffled and dealt out like cards, the next breed's going on where
    the last one's ended: so neither a breed nor the whole is uneven by more than one.

    Args:
        targets: (n) positions in the vocab.
        k: folds.
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
    """The photographs that are taken for another breed, the least probable label first.

    A loss is minus the logarithm of the label's probability: the highest loss comes first, too.

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
    """All that is held against each photograph; the least probable label of any comes first."""
    by_file: dict[str, list[Suspicion]] = defaultdict(list)
    for doubt in sorted(doubts, key=lambda doubt: doubt.own):
        by_file[doubt.file].append(doubt)
    return dict(by_file)


# --- before and after -----------------------------------------------------------------------------


def without_changes(recipe: Recipe) -> Recipe:
    """The same training on the labels of the files."""
    return replace(recipe, leave_out=(), relabel=())


@dataclass(frozen=True)
class Difference:
    """Two runs on the photographs that both were validated on.

    Args:
        corrected: judged by the second run's labels, both of them.
        as_found: judged by the first run's labels, both of them.
        relabelled: photographs whose labels differ.
        left_out: of the first run's, those that the second was not validated on.
    """

    corrected: Pairs
    as_found: Pairs
    relabelled: int
    left_out: int


def difference(before: Interpretation, after: Interpretation) -> Difference:
    """Whether a training with changes is better than one without; nothing is inferred again.

    A photograph that was relabelled has another target after than before, so that two error rates
    as they were written can't be compared: here both runs are judged by one list of labels, from
    the probabilities that they gave, and by the other list once more.
    """
    old_labels, new_labels = _labels(before), _labels(after)
    common = [file for file in old_labels if file in new_labels]
    corrected, as_found = (
        paired(judged_by(before, labels, common), judged_by(after, labels, common))
        for labels in (new_labels, old_labels)
    )
    relabelled = sum(old_labels[file] != new_labels[file] for file in common)
    return Difference(corrected, as_found, relabelled, len(old_labels) - len(common))


def judged_by(run: Interpretation, labels: Mapping[str, str], files: Iterable[str]) -> Judged:
    """Whether a run gave these photographs these labels."""
    position = {file: i for i, file in enumerate(run.files)}
    taken = run.predictions
    return {
        file: (labels[file], run.vocab[taken[position[file]]] == labels[file]) for file in files
    }


def _labels(run: Interpretation) -> dict[str, str]:
    return {file: run.vocab[i] for file, i in zip(run.files, run.targets, strict=True)}
