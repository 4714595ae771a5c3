"""The photographs that are to be decided about: in order, by category, each with what is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import plural
from petwidgets.data.label_edits import KEEP, RELABEL, LabelEdits, Mark
from petwidgets.data.species import noun
from petwidgets.metrics.label_issues import BY_FOLDS, BY_LOSS, Suspicion, ranked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WHYS = {"": "any reason", "folds": BY_FOLDS, "loss": BY_LOSS}
"""Kinds of suspicion."""

STATES = {"open": "not decided yet", "all": "all", "decided": "decided"}


@dataclass(frozen=True)
class ReviewQueue:
    """What is doubted and what is decided.

    Args:
        labels: the breed of every photograph that is here, by its name.
        doubts: what is held against some of them, the most suspicious first.
        choices: what was decided.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, Sequence[Suspicion]] = field(default_factory=dict)
    choices: LabelEdits = field(default_factory=LabelEdits)

    @classmethod
    def of_present(
        cls,
        labels: Mapping[str, str],
        doubts: Mapping[str, Sequence[Suspicion]],
        choices: LabelEdits,
    ) -> ReviewQueue:
        """What is held against a label that a photograph has, or is decided to have.

        A run may have been trained with other ones, and then doubts those.
        """
        decided = dict(choices.relabel)
        present = (
            doubt
            for file, held in doubts.items()
            for doubt in held
            if doubt.label in (labels.get(file), decided.get(file))
        )
        return cls(labels, ranked(present), choices)

    def listed(self, why: str = "", state: str = "all", breed: str = "") -> list[str]:
        """The photographs of a category.

        Those that are decided and doubted no more come last, under any reason alone.

        Args:
            why: a key of `WHYS`.
            state: a key of `STATES`.
            breed: their own label; empty: any.
        """
        marks = self.choices.now
        named = [
            file
            for file, doubts in self.doubts.items()
            if not why or WHYS[why] in [doubt.why for doubt in doubts]
        ]
        if not why:
            named += [file for file in marks if file not in self.doubts]
        if state != "all":
            named = [file for file in named if (file in marks) == (state == "decided")]
        return [f for f in named if breed in ("", self._label(f, marks))]

    def label(self, file: str) -> str:
        """A photograph's own label; of one that is not here, the one that was written down."""
        return self._label(file, self.choices.now)

    def _label(self, file: str, marks: Mapping[str, Mark]) -> str:
        return self.labels.get(file) or (marks[file].label if file in marks else "")

    def mark(self, file: str, do: str, breed: str = "") -> Mark:
        """The decision, with what is held against the photograph.

        Who relabels as what it is called already keeps it. What was held against it once is not
        forgotten with the run that did.

        Raises:
            Problem: no such decision, or no such breed.
        """
        label = self.label(file)
        doubts = [doubt for doubt in self.doubts.get(file, ()) if doubt.label == label]
        if do == RELABEL and breed not in self.labels.values():
            nouns = plural(noun(self.labels.values()))
            raise Problem(f"A photograph is relabelled as one of the {nouns}: choose one.")
        if do == RELABEL and breed == label:
            do = KEEP
        why = " and ".join(dict.fromkeys(doubt.why for doubt in doubts))
        own = doubts[0].own if doubts else None
        before = self.choices.now.get(file)
        if before and not doubts:
            why, own = before.why, before.probability
        return Mark(do, breed if do == RELABEL else "", label, why, own)


def following(files: Sequence[str], file: str) -> str:
    """Which is looked at once this one is decided: the next one, at the end the one before.

    Example:
        >>> following(["a", "b", "c"], "b"), following(["a", "b"], "b"), following(["a"], "a")
        ('c', 'a', 'a')
    """
    at = files.index(file)
    return [*files[at + 1 :], *files[:at][-1:], file][0]
