"""Labels that may be wrong, what is decided about them, and what a training makes of it.

Chapter section "Model Interpretation", whose `ImageClassifierCleaner` (chapter 2 of the book) forgets
choices when the category is changed, takes none back, and deletes files.

cleanlab is not depended on: the score below is one indexing of kept probabilities, done in the
page's kernel, into which it would bring pandas and scikit-learn.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.lessons.comparison import Pairs, paired
from petwidgets.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from petwidgets.lessons.comparison import Judged
    from petwidgets.lessons.interpretation import Interpretation
    from petwidgets.recipes import Recipe

FOLDS = 5
"""Each photograph is judged by a head that saw four fifths of the others."""

KEEP, RELABEL, LEAVE_OUT = "keep", "relabel", "leave_out"
DECISIONS = {KEEP: "keep", RELABEL: "relabel", LEAVE_OUT: "leave out"}
"""What may be decided about a photograph, and how it is said."""

BY_FOLDS, BY_LOSS = "cross-validation disagrees", "the run is wrong"
"""Why a label is suspicious."""

LONGEST = 1000
"""Characters of a name or a breed."""


def folds(targets: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Which fold each photograph is judged in, every breed spread evenly.

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
    """A photograph whose label a model doubts.

    Args:
        file: its name, as in the predictions.
        label: the breed that they take for its own.
        predicted: the most probable one.
        own: the probability of the label, which is called self-confidence.
        taken: that of the predicted one.
        why: `BY_FOLDS` or `BY_LOSS`.
    """

    file: str
    label: str
    predicted: str
    own: float
    taken: float
    why: str


def suspicions(found: Interpretation, why: str) -> list[Suspicion]:
    """The photographs that are taken for another breed, the least probable label first.

    A loss is minus the logarithm of the label's probability: the highest loss comes first, too.

    Source: C. G. Northcutt, L. Jiang, I. L. Chuang, "Confident Learning: Estimating Uncertainty in
    Dataset Labels", JAIR 70 (2021): ranking by self-confidence.
    """
    own = found.probabilities[np.arange(len(found.targets)), found.targets]
    doubted = np.flatnonzero(~found.right)
    return [
        Suspicion(
            found.files[i],
            found.vocab[found.targets[i]],
            found.vocab[found.predictions[i]],
            float(own[i]),
            float(found.confidence[i]),
            why,
        )
        for i in doubted[np.argsort(own[doubted], kind="stable")]
    ]


def ranked(doubts: Iterable[Suspicion]) -> dict[str, list[Suspicion]]:
    """All that is held against each photograph; the least probable label of any comes first."""
    by_file: dict[str, list[Suspicion]] = defaultdict(list)
    for doubt in sorted(doubts, key=lambda one: one.own):
        by_file[doubt.file].append(doubt)
    return dict(by_file)


@dataclass(frozen=True)
class Mark:
    """What was decided about a photograph, and what was held against it then.

    Args:
        do: `keep`, `relabel` or `leave_out`.
        breed: of a relabelled one, its new breed.
        label: the breed that it had.
        why: why it was suspicious, perhaps empty.
        probability: of its label; None where nobody said.

    Raises:
        Problem: no such decision, or a breed where none belongs, or none where one does.
    """

    do: str
    breed: str = ""
    label: str = ""
    why: str = ""
    probability: float | None = None

    def __post_init__(self) -> None:
        words = (self.do, self.breed, self.label, self.why)
        if not all(isinstance(word, str) and len(word) <= LONGEST for word in words):
            raise Problem("A decision is made of short words: write it anew.")
        if self.do not in DECISIONS:
            said = ", ".join(DECISIONS.values())
            raise Problem(f"{self.do!r} is no decision: write {said}.")
        if bool(self.breed) != (self.do == RELABEL):
            raise Problem("A new label belongs to relabel, and to nothing else: correct the line.")
        if self.probability is not None and not _share(self.probability):
            raise Problem(f"{self.probability!r} is no probability: write 0 to 1, or nothing.")

    @property
    def said(self) -> str:
        """In words."""
        return f"relabel: {self.breed}" if self.breed else DECISIONS[self.do]


def _share(value: Any) -> bool:
    number = isinstance(value, float | int) and not isinstance(value, bool)
    return number and 0 <= value <= 1


Step = dict[str, "Mark | None"]
"""Files and what was decided at one go; None takes a decision back."""


@dataclass(frozen=True)
class Choices:
    """Everything that was decided about the photographs of one source, in order.

    Args:
        done: steps, the last one last.
        undone: steps that were taken back, the one that comes back next last.

    Example:
        >>> choices = Choices().with_step({"pug_1.jpg": Mark("keep")})
        >>> choices.now, choices.undo().now, choices.undo().redo() == choices
        ({'pug_1.jpg': Mark(do='keep', breed='', label='', why='', probability=None)}, {}, True)
    """

    done: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = field(default=())

    @property
    def now(self) -> dict[str, Mark]:
        """What holds, by file, in the order in which it was first decided."""
        held: dict[str, Mark | None] = {}
        for step in self.done:
            held.update(step)
        return {file: mark for file, mark in held.items() if mark is not None}

    def with_step(self, step: Mapping[str, Mark | None]) -> Choices:
        """One step on; what was undone can't be redone any more."""
        return Choices((*self.done, dict(step)))

    def undo(self) -> Choices:
        """Without the last step.

        Raises:
            Problem: there is none.
        """
        if not self.done:
            raise Problem("There is nothing to undo.")
        *before, last = self.done
        return Choices(tuple(before), (*self.undone, last))

    def redo(self) -> Choices:
        """With the step again that was undone last.

        Raises:
            Problem: there is none.
        """
        if not self.undone:
            raise Problem("There is nothing to redo.")
        *others, last = self.undone
        return Choices((*self.done, last), tuple(others))

    @property
    def leave_out(self) -> tuple[str, ...]:
        """Files that a training leaves out, sorted."""
        return tuple(sorted(file for file, mark in self.now.items() if mark.do == LEAVE_OUT))

    @property
    def relabel(self) -> tuple[tuple[str, str], ...]:
        """Files and their new breeds, sorted."""
        return tuple(sorted((file, mark.breed) for file, mark in self.now.items() if mark.breed))

    def recipe(self, recipe: Recipe) -> Recipe:
        """The same training with these changes."""
        return replace(recipe, leave_out=self.leave_out, relabel=self.relabel)

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` turns back into equal choices."""
        return {name: [_plain(step) for step in getattr(self, name)] for name in ("done", "undone")}

    @classmethod
    def from_json(cls, value: Any) -> Choices:
        """The choices that `to_json` wrote.

        Raises:
            Problem: they are damaged.
        """
        try:
            return cls(*(tuple(map(_step, value[name])) for name in ("done", "undone")))
        except (TypeError, KeyError, AttributeError) as error:
            raise Problem("What was decided about these photographs is damaged.") from error


def _plain(step: Step) -> dict[str, Any]:
    return {file: None if mark is None else _short(mark) for file, mark in step.items()}


def _short(mark: Mark) -> dict[str, Any]:
    return {name: value for name, value in vars(mark).items() if value not in ("", None)}


def _step(value: Any) -> Step:
    return {str(file): None if one is None else Mark(**one) for file, one in value.items()}


def summary(leave_out: Sequence[Any], relabel: Sequence[Any]) -> str:
    """How many photographs are changed, in words.

    Example:
        >>> summary(("a.jpg",), ())
        '0 relabelled, 1 left out'
    """
    return f"{len(relabel):,} relabelled, {len(leave_out):,} left out"


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
    as they were written can't be compared: here both runs are judged by one list of labels, from the
    probabilities that they gave, and by the other list once more.
    """
    found, wanted = _labels(before), _labels(after)
    common = [file for file in found if file in wanted]
    pairs = [
        paired(judged_by(before, labels, common), judged_by(after, labels, common))
        for labels in (wanted, found)
    ]
    relabelled = sum(found[file] != wanted[file] for file in common)
    return Difference(*pairs, relabelled, len(found) - len(common))


def judged_by(run: Interpretation, labels: Mapping[str, str], files: Iterable[str]) -> Judged:
    """Whether a run gave these photographs these labels."""
    position = {file: i for i, file in enumerate(run.files)}
    taken = run.predictions
    return {
        file: (labels[file], run.vocab[taken[position[file]]] == labels[file]) for file in files
    }


def _labels(run: Interpretation) -> dict[str, str]:
    return {file: run.vocab[i] for file, i in zip(run.files, run.targets, strict=True)}
