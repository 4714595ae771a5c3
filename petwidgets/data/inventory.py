"""Inventory of a data set before a training: what was found, what is left out, and why.

It lists everything that makes a set smaller than expected, or the figures of a breed less certain.
The page, the command line, a run's events and its run.json repeat it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data import holdout, own_split
from petwidgets.data.dataset import kind
from petwidgets.data.set_notes import (
    about_few,
    about_labels,
    about_listing,
    about_look_alikes,
    about_sides,
    about_unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from petwidgets.data.dataset import Dataset
    from petwidgets.recipes.recipe import Recipe

ENOUGH = 0.9
"""The share of what was found that a training uses without asking."""

Sides = dict[str, tuple[int, int]]


class IncompleteError(Problem):
    """Too much of a set would be left out to start without a confirmation."""


@dataclass(frozen=True)
class Inventory:
    """Counts of a set for a training.

    Args:
        found: photographs in the folder and below it.
        labelled: those of them with a label.
        chosen: those of them that the training asks for, by its limit a breed.
        used: those of them that can be read.
        breeds: photographs to train and to validate on, by breed; empty before the split.
        sentences: warnings, the most serious first.
        noun: what its pictures are called.
    """

    found: int
    labelled: int
    chosen: int
    used: int
    breeds: Sides
    sentences: tuple[str, ...]
    noun: str = "photograph"

    @property
    def share(self) -> float:
        """Share of the found photographs that is used, 0 to 1; a requested limit does not count."""
        return (self.labelled / max(1, self.found)) * (self.used / max(1, self.chosen))

    @property
    def enough(self) -> bool:
        """Whether a training may start without a confirmation."""
        return self.share >= ENOUGH

    @property
    def headline(self) -> str:
        """The counts in one sentence."""
        verb = "is" if self.used == 1 else "are"
        sides = [sum(side) for side in zip(*self.breeds.values(), strict=True)]
        split = f": {sides[0]:,} to train on, {sides[1]:,} to validate on" if sides else ""
        return f"{counted(self.found, self.noun)} found, {self.used:,} {verb} used{split}."

    @property
    def account(self) -> str:
        """All of it, as one text."""
        return " ".join([self.headline, *self.sentences])

    def require_enough(self) -> None:
        """Raise if too much is left out to go on without asking.

        Raises:
            IncompleteError: less than `ENOUGH` of what was found would be used.
        """
        if not self.enough:
            raise IncompleteError(
                f"Only {100 * self.share:.0f} % of the {self.noun}s would be used. {self.account}"
            )

    def counts(self) -> dict[str, int]:
        """Its four numbers."""
        return {name: getattr(self, name) for name in ("found", "labelled", "chosen", "used")}

    def to_json(self) -> dict[str, Any]:
        """Plain values for run.json and events."""
        return asdict(self)


def take_inventory(
    dataset: Dataset,
    unreadable: Sequence[str] = (),
    sides: Sides | None = None,
    notes: Sequence[str] = (),
) -> Inventory:
    """Count what a labelled set holds and say what is odd about it.

    Args:
        dataset: with the photographs that are used; it knows what its folder and its labels left
            out.
        unreadable: names of photographs that it has been rid of.
        sides: photographs to train and to validate on, by breed, as of `count_sides`.
        notes: what else is to be said, first of all.
    """
    used, left_out = len(dataset.paths), len(dataset.unmatched) + len(dataset.stray)
    chosen = used + len(unreadable)
    n_found = len(dataset.listing.photos) if dataset.listing else chosen + left_out
    return Inventory(
        found=n_found,
        labelled=n_found - left_out,
        chosen=chosen,
        used=used,
        breeds=sides or {},
        sentences=(
            *notes,
            *about_labels(dataset),
            *about_unreadable(unreadable),
            *about_listing(dataset.listing),
            *about_sides(sides or {}),
            *about_few(dataset.counts()),
            *about_look_alikes(dataset.vocab),
        ),
        noun=kind(dataset.source, many=False),
    )


def count_sides(dataset: Dataset, train: Iterable[int], valid: Iterable[int]) -> Sides:
    """Photographs of each breed to train and to validate on, in the order of the vocab.

    Args:
        dataset: labelled.
        train: positions in it.
        valid: likewise.
    """
    counts = [Counter(dataset.breeds[i] for i in part) for part in (train, valid)]
    return {breed: (counts[0][breed], counts[1][breed]) for breed in dataset.vocab}


def plan_inventory(dataset: Dataset, recipe: Recipe, notes: Sequence[str] = ()) -> Inventory:
    """Predict the inventory of a training before its files are read.

    Args:
        dataset: the recipe's, whole.
        recipe: whose split, limit and hold-out are applied.
        notes: as of `take_inventory`.

    Raises:
        Problem: the set does not have the split that is asked for.
    """
    used = own_split.limited(dataset, recipe.split, recipe.limit_per_breed)
    held = holdout.positions(recipe.hold_out, used)
    all_notes = [*notes, *own_split.said(dataset, recipe.split)]
    if held:
        all_notes.append(holdout.said(len(held)))
    parts = own_split.parts(used, recipe.split, recipe.valid, recipe.seed, held)
    return take_inventory(used, (), count_sides(used, *parts), all_notes)
