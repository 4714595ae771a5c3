"""An inventory of a set before it is trained on: what was found, what is left out, and why.

Everything that makes a set smaller than its owner thinks, or a breed's figures worth less, is said
here once: a page, a command, a run's events and its run.json repeat it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from petwidgets.data.dataset import kind
from petwidgets.data.labels import labels
from petwidgets.formatting import counted, listed
from petwidgets.problem import Problem
from petwidgets.recipes import PARENT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from petwidgets.data.dataset import Dataset
    from petwidgets.data.listing import Listing

ENOUGH = 0.9
"""The share of what was found that a training uses without asking."""

FEW = 10
"""Photographs of a breed below which its figures mean little."""

ANY_EXTENSION = r"(.+)_\d+\.\w+$"
"""The chapter's expression for names with other extensions than `.jpg`."""

NUMBER = re.compile(r"[\s_-]*\(?\d+\)?$")
BLANKS = re.compile(r"[\s_-]+")
Sides = dict[str, tuple[int, int]]


class IncompleteError(Problem):
    """So much of a set would be left out that its owner is asked first."""


@dataclass(frozen=True)
class Inventory:
    """What a training makes of a set.

    Args:
        found: photographs in the folder and below it.
        labelled: those of them with a label.
        chosen: those of them that the training asks for, by its limit a breed.
        used: those of them that can be read.
        breeds: photographs to train and to validate on, by breed; empty before the split.
        sentences: what its owner should know, the gravest first.
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
        """What is used of what was found, 0 to 1; a limit that was asked for loses nothing."""
        return (self.labelled / max(1, self.found)) * (self.used / max(1, self.chosen))

    @property
    def enough(self) -> bool:
        """Whether nobody needs to be asked."""
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
) -> Inventory:
    """Count what a labelled set holds and say what is odd about it.

    Args:
        dataset: with the photographs that are used; it knows what its folder and its labels left
            out.
        unreadable: names of photographs that it has been rid of.
        sides: photographs to train and to validate on, by breed, as of `count_sides`.
    """
    used, left_out = len(dataset.paths), len(dataset.unmatched) + len(dataset.stray)
    chosen = used + len(unreadable)
    found = len(dataset.listing.photos) if dataset.listing else chosen + left_out
    return Inventory(
        found=found,
        labelled=found - left_out,
        chosen=chosen,
        used=used,
        breeds=sides or {},
        sentences=(
            *_about_labels(dataset),
            *_about_unreadable(unreadable),
            *_about_listing(dataset.listing),
            *about_sides(sides or {}),
            *_about_few(dataset.counts()),
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


def about_sides(sides: Mapping[str, Sequence[int]]) -> list[str]:
    """What to know of breeds that stand on one side of the split alone."""
    unknown = [breed for breed, (train, _) in sides.items() if not train]
    untested = [breed for breed, (_, valid) in sides.items() if not valid]
    said = []
    if unknown:
        verb = "is" if len(unknown) == 1 else "are"
        said.append(
            f"{listed(unknown)} {verb} validated on but not trained on: a model can't know what it"
            " has never seen, so that each of these counts as an error."
        )
    if untested:
        verb, what = ("is", "it is") if len(untested) == 1 else ("are", "they are")
        said.append(
            f"{listed(untested)} {verb} trained on but not validated on: nothing tells how well"
            f" {what} recognised."
        )
    return said


def about_look_alikes(names: Iterable[str]) -> list[str]:
    """Labels that differ so little that they may be meant for one."""
    return [
        f"The labels {listed([_quoted(name) for name in group])} differ only by case, blanks or"
        " Unicode form: if they mean one breed, give them one name."
        for group in look_alikes(names)
    ]


def look_alikes(names: Iterable[str]) -> list[list[str]]:
    """Groups of two names and more that differ by case, blanks or Unicode form alone."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        groups[_folded(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def _folded(name: str) -> str:
    seen = "".join(
        c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf"
    )
    return BLANKS.sub(" ", unicodedata.normalize("NFKC", seen.casefold())).strip()


def _quoted(name: str) -> str:
    decomposed = name != unicodedata.normalize("NFC", name)
    return f"“{name}”" + " (its accents are characters of their own)" * decomposed


def _about_few(counts: Mapping[str, int]) -> list[str]:
    few = [f"{breed} ({n:,})" for breed, n in counts.items() if n < FEW]
    if not few:
        return []
    verb, whose = ("has", "its") if len(few) == 1 else ("have", "their")
    return [f"{listed(few)} {verb} fewer than {FEW} photographs: {whose} figures mean little."]


def _about_unreadable(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    verb = "is" if len(names) == 1 else "are"
    return [
        f"{counted(len(names), 'photograph')} can't be read and {verb} left out: {listed(names)}."
    ]


def _about_listing(listing: Listing | None) -> list[str]:
    if listing is None:
        return []
    kinds = Counter(path.suffix.lower() or "no ending" for path in listing.others)
    n, verb = len(listing.others), "is" if len(listing.others) == 1 else "are"
    what = listed([f"{kind} ({count:,})" for kind, count in kinds.most_common()])
    others = [f"{counted(n, 'other file')} {verb} left out: {what}."] if n else []
    return [*listing.sentences(), *others]


def _about_labels(dataset: Dataset) -> list[str]:
    said = []
    if n := len(dataset.stray):
        verb, names = ("lies", "is") if n == 1 else ("lie", "are")
        said.append(
            f"{counted(n, 'photograph')} {verb} beside the class folders and {names} left out:"
            f" {listed([dataset.name(path) for path in dataset.stray])}."
        )
    if dataset.unmatched:
        said.append(_about_unmatched(dataset))
    return said


def _about_unmatched(dataset: Dataset) -> str:
    n, pattern = len(dataset.unmatched), dataset.pattern
    what = f"{counted(n, 'name')} {'does' if n == 1 else 'do'} not match the expression {pattern}"
    said = f"{what} and {'is' if n == 1 else 'are'} left out, such as {dataset.unmatched[0].name}."
    better = better_pattern(dataset)
    guesses = labels(dataset.unmatched, better) if better else map(_likely, dataset.unmatched)
    missing = Counter(breed for breed in guesses if breed and breed not in dataset.vocab)
    if missing and (better or len(missing) < n):  # else every name would be a breed of its own
        of = listed([f"{breed} ({count:,})" for breed, count in missing.most_common()])
        said += f" Without them these are missing: {of}."
    return said + f" The expression {better} matches them, too." * bool(better)


def better_pattern(dataset: Dataset) -> str:
    """An expression that labels what this set's leaves out, and the rest as before; or nothing."""
    if dataset.pattern == PARENT_FOLDER or not dataset.unmatched:
        return ""
    patterns = (f"(?i){dataset.pattern}", ANY_EXTENSION)
    return next((pattern for pattern in patterns if _labels_all(dataset, pattern)), "")


def _labels_all(dataset: Dataset, pattern: str) -> bool:
    """Whether an expression labels what this set's leaves out, and the rest as before."""
    try:
        same = tuple(labels(dataset.paths, pattern)) == dataset.breeds
        return same and all(labels(dataset.unmatched, pattern))
    except Problem:  # an expression whose flags can't stand behind others
        return False


def _likely(path: Path) -> str:
    """What a name seems to be about: its stem without a number."""
    return NUMBER.sub("", path.stem)
