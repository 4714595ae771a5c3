"""Inventory of a data set before a training: the photographs found, those left out, and why.

It lists everything that makes a set smaller than expected, or the figures of a breed less certain.
It appears on the page, on the command line, in a run's events and in its run.json.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data import holdout, own_split
from petwidgets.data.divide import forecast
from petwidgets.data.set_notes import (
    about_few,
    about_labels,
    about_listing,
    about_look_alikes,
    about_sides,
    about_unreadable,
)
from petwidgets.data.sources import kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from petwidgets.data.dataset import Dataset
    from petwidgets.recipes.recipe import Recipe

ENOUGH = 0.9
"""Minimum share of the found photographs that must be usable to train without confirmation."""

Sides = dict[str, tuple[int, int]]


class IncompleteError(Problem):
    """Too many photographs would be left out to start without a confirmation."""


@dataclass(frozen=True)
class Inventory:
    """Counts of a set for a training.

    Args:
        found: photographs in the folder and below it.
        labelled: those of them with a label.
        chosen: those of them that are within the training's limit per breed.
        used: those of them that can be read.
        breeds: numbers of training and validation photographs by breed; empty before the split.
        sentences: warnings, the most serious first.
        noun: the noun for its pictures.
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
        """The headline and all sentences, as one text."""
        return " ".join([self.headline, *self.sentences])

    def require_enough(self) -> None:
        """Check that enough photographs are used to train without a confirmation.

        Raises:
            IncompleteError: less than `ENOUGH` of what was found would be used.
        """
        if not self.enough:
            raise IncompleteError(
                f"Only {100 * self.share:.0f} % of the {self.noun}s would be used. {self.account}"
            )

    def counts(self) -> dict[str, int]:
        """The four counts by name."""
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
    """Count the photographs of a labelled set and describe its oddities.

    Args:
        dataset: the photographs that are used; it also records those that listing and labelling
            left out.
        unreadable: names of unreadable photographs that were removed from it.
        sides: numbers of training and validation photographs by breed, from `count_sides`.
        notes: further sentences, put first.
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
    """Numbers of training and validation photographs of each breed, in the order of the vocab.

    Args:
        dataset: the labelled set.
        train: positions of the training set.
        valid: positions of the validation set.
    """
    counts = [Counter(dataset.breeds[i] for i in part) for part in (train, valid)]
    return {breed: (counts[0][breed], counts[1][breed]) for breed in dataset.vocab}


def plan_inventory(dataset: Dataset, recipe: Recipe, notes: Sequence[str] = ()) -> Inventory:
    """Predict the inventory of a training before its files are read.

    Args:
        dataset: the recipe's complete data set, with the files that are known to be unreadable.
        recipe: its split, limit, hold-out and label changes are applied.
        notes: as in `take_inventory`.

    Raises:
        Problem: the set does not have the split that is asked for.
    """
    limited = own_split.limited(dataset, recipe.split, recipe.limit_per_breed)
    unreadable = sorted(
        limited.name(path) for path in limited.unreadable.intersection(limited.paths)
    )
    all_notes = [*notes, *own_split.said(dataset, recipe.split)]
    if held := holdout.positions(recipe.hold_out, limited.readable()):
        all_notes.append(holdout.said(len(held)))
    used, parts = forecast(recipe, dataset)
    return take_inventory(used, unreadable, count_sides(used, *parts), all_notes)
