"""The confusion matrix: counts, order of breeds, most confused pairs, and their photographs.

Chapter section "Model Interpretation". Names and order of results are those of fastai's
`ClassificationInterpretation`, which runs inference again for each of them. Here they are computed
from stored predictions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.data.species import CAT, DOG, species_of
from petwidgets.metrics.comparison import Pairs, judged, paired
from petwidgets.metrics.leaf_order import leaf_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.metrics.predictions import Interpretation

MIN_VAL = 5
"""The chapter's `most_confused(min_val=5)`."""

ORDERS = {
    "grouped": "cats, dogs; those confused beside each other",
    "species": "cats, dogs; by name",
    "clustered": "those confused beside each other",
    "alphabetical": "by name",
}
ALIKE = {"grouped": ORDERS["clustered"], "alphabetical": ORDERS["alphabetical"]}
"""The orders that are offered if the species of a breed is unknown."""


def confusion(targets: np.ndarray, predictions: np.ndarray, c: int) -> np.ndarray:
    """The confusion matrix, as fastai's `confusion_matrix` and scikit-learn's.

    Args:
        targets: (n) true classes.
        predictions: (n) predicted classes.
        c: number of classes.

    Returns:
        (c, c) counts: row the true class, column the predicted one.

    Example:
        >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
        [[1, 1], [0, 1]]
    """
    cells = np.asarray(targets, np.int64) * c + np.asarray(predictions, np.int64)
    return np.bincount(cells, minlength=c * c).reshape(c, c)


def matrix_of(interp: Interpretation) -> np.ndarray:
    """(c, c) counts of a run's predictions."""
    return confusion(interp.targets, interp.predictions, len(interp.vocab))


def rates(matrix: np.ndarray) -> np.ndarray:
    """The matrix normalised by row; a row adds to one, or is 0 if it has no photographs."""
    return np.asarray(matrix / np.maximum(1, matrix.sum(1, keepdims=True)))


def most_confused(
    matrix: np.ndarray, vocab: Sequence[str], min_val: int = 1
) -> list[tuple[str, str, int]]:
    """Cells off the diagonal with at least `min_val` photographs, the largest count first.

    Args:
        matrix: (c, c) counts.
        vocab: c breeds.
        min_val: 1 or more.

    Returns:
        (true breed, predicted breed, count); equal counts in the vocab's order, as in fastai.
    """
    wrong = matrix - np.diag(np.diag(matrix))
    cells = np.argwhere(wrong >= max(1, min_val))
    pairs = [(vocab[i], vocab[j], int(wrong[i, j])) for i, j in cells]
    return sorted(pairs, key=lambda cell: -cell[2])


def orders(vocab: Sequence[str]) -> dict[str, str]:
    """The entries of `ORDERS` that apply to a vocab, with their titles."""
    return ORDERS if species_of(vocab) else ALIKE


def order(interp: Interpretation, how: str, shown: Sequence[str] | None = None) -> list[int]:
    """A permutation of the c breeds, by one of `ORDERS`.

    Args:
        interp: a run's predictions.
        how: a key of `ORDERS`.
        shown: all breeds on display, including those of another run; by default the run's own.
            Cats and dogs are separated only if the species of every one of them is known.
    """
    names = [name.casefold() for name in interp.vocab]
    by_name = sorted(range(len(names)), key=names.__getitem__)
    kinds = species_of(shown or interp.vocab)
    of = [kinds.get(name, "") for name in interp.vocab]
    blocks = [[i for i in by_name if of[i] == kind] for kind in (CAT, DOG, "")]
    if how == "species":
        return [i for block in blocks for i in block]
    if how == "clustered":
        return _clustered(interp, by_name)
    if how == "grouped":
        return [i for block in blocks for i in _clustered(interp, block)]
    return by_name


def line(vocab: Sequence[str], order: Sequence[int]) -> int | None:
    """The number of cats, if all of them come before the first dog.

    None if they do not, if there is only one species, or if the species of a breed is unknown.
    """
    of = species_of(vocab)
    kinds = [of.get(vocab[i], "") for i in order]
    cats = kinds.count(CAT)
    return cats if 0 < cats < len(kinds) and DOG not in kinds[:cats] else None


def likeness(interp: Interpretation) -> np.ndarray:
    """Similarity of breeds by their mean predicted probabilities, (c, c), 1 on the diagonal.

    P[a, b] is the mean probability of breed b over the photographs of breed a. Unlike counts, it
    also uses the breeds that did not come first. P is made symmetric and divided by its diagonal,
    so that a breed that is hard to recognise is not far from all others.
    """
    c = len(interp.vocab)
    sums = np.zeros((c, c))
    np.add.at(sums, interp.targets, interp.probabilities.astype(np.float64))
    mean = sums / np.maximum(1, np.bincount(interp.targets, minlength=c))[:, None]
    both = (mean + mean.T) / 2
    own = np.sqrt(np.maximum(np.diag(both), 1e-9))
    alike: np.ndarray = np.minimum(1.0, both / np.outer(own, own))
    np.fill_diagonal(alike, 1.0)
    return alike


def _clustered(interp: Interpretation, among: list[int]) -> list[int]:
    """Order these breeds by hierarchical clustering, so that neighbours are most alike."""
    apart = 1 - likeness(interp)[np.ix_(among, among)]
    return [among[i] for i in leaf_order(apart)]


def among_species(matrix: np.ndarray, vocab: Sequence[str]) -> dict[tuple[str, str], int]:
    """Counts of errors by true and predicted species; empty if a breed's species is unknown."""
    kinds = species_of(vocab)
    if not kinds:
        return {}
    cats = np.array([kinds[name] == CAT for name in vocab])
    wrong = matrix - np.diag(np.diag(matrix))
    sides = {CAT: cats, DOG: ~cats}
    return {(a, b): int(wrong[np.ix_(sides[a], sides[b])].sum()) for a in sides for b in sides}


def in_cell(interp: Interpretation, cell: tuple[str, str]) -> np.ndarray:
    """Positions of a cell's photographs, the highest confidence first.

    Args:
        interp: a run's predictions.
        cell: true and predicted breed; an empty name stands for any.
    """
    true, predicted = cell
    names = np.array(interp.vocab, object)
    inside = np.ones(len(interp.files), bool)
    if true:
        inside &= names[interp.targets] == true
    if predicted:
        inside &= names[interp.predictions] == predicted
    positions = np.flatnonzero(inside)
    return np.asarray(positions[np.argsort(-interp.confidence[positions], kind="stable")])


def sound(interp: Interpretation, breed: str, k: int) -> np.ndarray:
    """Positions of the k correctly classified photographs of a breed, highest confidence first."""
    return in_cell(interp, (breed, breed))[:k]


@dataclass(frozen=True)
class Change:
    """Confusion of two runs on the photographs in both validation sets.

    Args:
        vocab: the c breeds of both runs.
        first: (c, c) counts of the first run.
        second: (c, c) counts of the second run.
        better: positions in the first run that only the second got right.
        worse: positions in the first run that only the first got right.
        pairs: counts of photographs by which of the two runs was right.
        by_breed: the same for each breed with common photographs.
    """

    vocab: tuple[str, ...]
    first: np.ndarray
    second: np.ndarray
    better: np.ndarray
    worse: np.ndarray
    pairs: Pairs
    by_breed: dict[str, Pairs]


def change(first: Interpretation, second: Interpretation) -> Change:
    """Compare two runs on their common photographs: those with the same name and breed."""
    judgements = [judged(f.files, f.vocab, f.probabilities, f.targets) for f in (first, second)]
    shared = [n for n in judgements[0] if judgements[1].get(n, ("",))[0] == judgements[0][n][0]]
    at = [{name: i for i, name in enumerate(f.files)} for f in (first, second)]
    ours, theirs = (np.array([where[n] for n in shared], np.int64) for where in at)
    vocab = tuple(dict.fromkeys((*first.vocab, *second.vocab)))
    numbers = np.array([vocab.index(name) for name in second.vocab], np.int64)
    targets, c = first.targets[ours], len(vocab)
    right, then = first.right[ours], second.right[theirs]
    return Change(
        vocab,
        confusion(targets, first.predictions[ours], c),
        confusion(targets, numbers[second.predictions[theirs]], c),
        ours[~right & then],
        ours[right & ~then],
        paired(*judgements),
        _by_breed([judgements[0][name][0] for name in shared], right, then),
    )


def _by_breed(breeds: Sequence[str], right: np.ndarray, then: np.ndarray) -> dict[str, Pairs]:
    """Counts of photographs by which of two runs was right, for each breed."""
    counts = Counter(zip(breeds, right.tolist(), then.tolist(), strict=True))
    ways = [(True, True), (True, False), (False, True), (False, False)]
    return {b: Pairs(*(counts[b, was, now] for was, now in ways)) for b in dict.fromkeys(breeds)}
