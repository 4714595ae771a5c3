"""The confusion matrix: counts, order of breeds, most confused pairs, and their photographs.

Chapter section "Model Interpretation". Names and order of results are those of fastai's
`ClassificationInterpretation`, which runs inference again for each of them; here they are counted
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
"""The orders of breeds whose species is not known."""


def confusion(targets: np.ndarray, predictions: np.ndarray, c: int) -> np.ndarray:
    """The confusion matrix, as fastai's `confusion_matrix` and scikit-learn's.

    Args:
        targets: (n) true classes.
        predictions: (n) predicted classes.
        c: how many classes there are.

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
    """Shares of each row's sum; a row adds to one, or is 0 where it has no photographs."""
    return np.asarray(matrix / np.maximum(1, matrix.sum(1, keepdims=True)))


def most_confused(
    matrix: np.ndarray, vocab: Sequence[str], min_val: int = 1
) -> list[tuple[str, str, int]]:
    """Cells beside the diagonal with at least `min_val` photographs, the fullest first.

    Args:
        matrix: (c, c) counts.
        vocab: c breeds.
        min_val: 1 or more.

    Returns:
        (true breed, predicted breed, photographs), of equal ones in the vocab's order, as fastai's.
    """
    wrong = matrix - np.diag(np.diag(matrix))
    cells = np.argwhere(wrong >= max(1, min_val))
    pairs = [(vocab[i], vocab[j], int(wrong[i, j])) for i, j in cells]
    return sorted(pairs, key=lambda cell: -cell[2])


def orders(vocab: Sequence[str]) -> dict[str, str]:
    """Those of `ORDERS` that a set of breeds can be put into, with what they are called."""
    return ORDERS if species_of(vocab) else ALIKE


def order(interp: Interpretation, how: str, shown: Sequence[str] | None = None) -> list[int]:
    """A permutation of the c breeds, by one of `ORDERS`.

    Args:
        interp: a run's predictions.
        how: a key of `ORDERS`.
        shown: all breeds that are looked at, another run's among them; by default the run's own.
            Unless the species of each is known they are not parted by it.
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
    """How many cats come before the first dog, if all of them do and there are both.

    None, too, where the species of a breed is not known.
    """
    of = species_of(vocab)
    kinds = [of.get(vocab[i], "") for i in order]
    cats = kinds.count(CAT)
    return cats if 0 < cats < len(kinds) and DOG not in kinds[:cats] else None


def likeness(interp: Interpretation) -> np.ndarray:
    """How much of their probability two breeds give each other, (c, c), 1 on the diagonal.

    P is the mean probability that photographs of a breed give each breed. Where counts know only
    which breed won, P knows the second as well. Made symmetric, and measured by the diagonal, so
    that a breed that is hard in itself is not far from all.
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
    """These breeds as the leaves of a tree of the most alike, neighbours as alike as can be."""
    apart = 1 - likeness(interp)[np.ix_(among, among)]
    return [among[i] for i in leaf_order(apart)]


def among_species(matrix: np.ndarray, vocab: Sequence[str]) -> dict[tuple[str, str], int]:
    """Errors by the species of the true and of the predicted breed; empty if one is not known."""
    kinds = species_of(vocab)
    if not kinds:
        return {}
    cats = np.array([kinds[name] == CAT for name in vocab])
    wrong = matrix - np.diag(np.diag(matrix))
    sides = {CAT: cats, DOG: ~cats}
    return {(a, b): int(wrong[np.ix_(sides[a], sides[b])].sum()) for a in sides for b in sides}


def in_cell(interp: Interpretation, cell: tuple[str, str]) -> np.ndarray:
    """Positions of a cell's photographs, those that the model was surest of first.

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
    """Positions of the k photographs of a breed that were recognised with the most probability."""
    return in_cell(interp, (breed, breed))[:k]


@dataclass(frozen=True)
class Change:
    """Confusion of two runs on the photographs that both were validated on.

    Args:
        vocab: c breeds, of both.
        first: (c, c) counts of the first run.
        second: (c, c) counts of the second run.
        better: positions in the first run that only the second got right.
        worse: positions in the first run that only the first got right.
        pairs: how many photographs they got right together and alone.
        by_breed: the same of each breed that has photographs in common.
    """

    vocab: tuple[str, ...]
    first: np.ndarray
    second: np.ndarray
    better: np.ndarray
    worse: np.ndarray
    pairs: Pairs
    by_breed: dict[str, Pairs]


def change(first: Interpretation, second: Interpretation) -> Change:
    """Compare two runs on their common photographs, which have the same name and breed."""
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
    """The outcomes of two runs, breed by breed."""
    counts = Counter(zip(breeds, right.tolist(), then.tolist(), strict=True))
    ways = [(True, True), (True, False), (False, True), (False, False)]
    return {b: Pairs(*(counts[b, was, now] for was, now in ways)) for b in dict.fromkeys(breeds)}
