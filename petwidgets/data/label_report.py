"""Report how an expression labels all file names: classes, misses and suspicious results.

The chapter's section on reading breeds from file names. fastai's `RegexLabeller` does the same
search, but raises at the first name without a match. Here all names are counted.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.data.labels import labels
from petwidgets.recipes.labelling import CHAPTER_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

PUZZLE = CHAPTER_PATTERN.replace("_", "")
"""The chapter's expression as misprinted in one edition: `beagle_75.jpg` gives `beagle_7`."""

KNOWN_SHARE = 0.9
"""Minimum share of names that begin with a known breed, to expect known breeds in a set."""


@dataclass(frozen=True)
class Labelling:
    """Counts of one expression on one list of names.

    Args:
        counts: number of names per class, the largest class first.
        first: the first name of each class.
        unmatched: names without a class.
        seconds: duration of the labelling.
    """

    counts: dict[str, int]
    first: dict[str, str]
    unmatched: tuple[str, ...]
    seconds: float

    @property
    def matched(self) -> int:
        """Number of names with a class."""
        return sum(self.counts.values())

    @property
    def singles(self) -> list[str]:
        """Classes of one photograph, which can't be in both training and validation set."""
        return [name for name, count in self.counts.items() if count == 1]

    @property
    def extremes(self) -> tuple[tuple[str, int], tuple[str, int]] | None:
        """The smallest and the largest class with their counts; `None` without classes."""
        classes = list(self.counts.items())
        return (classes[-1], classes[0]) if classes else None


def label_all(paths: Sequence[Path], pattern: str) -> Labelling:
    """Label every name and count.

    Args:
        paths: photographs; 7,390 take some 20 ms.
        pattern: as of `Recipe.pattern`; for a table the paths are relative to the set's folder.

    Raises:
        Problem: the pattern is invalid, or takes too long.
    """
    began = time.perf_counter()
    labelled = labels(paths, pattern)
    counts = Counter(breed for breed in labelled if breed)
    first: dict[str, str] = {}
    for path, breed in zip(paths, labelled, strict=True):
        if breed:
            first.setdefault(breed, path.name)
    unmatched = tuple(path.name for path, breed in zip(paths, labelled, strict=True) if not breed)
    seconds = time.perf_counter() - began
    return Labelling(dict(counts.most_common()), first, unmatched, seconds)


def expected(names: Iterable[str], known: Sequence[str]) -> list[str]:
    """The known breeds with which the file names begin.

    This does not depend on the expression under test: `great_pyrenees_173.jpg` begins with
    `great_pyrenees` and an underscore. Empty if fewer than `KNOWN_SHARE` of the names do so.
    """
    prefixes = {f"{breed}_": breed for breed in known}
    counts: Counter[str] = Counter()
    total = 0
    for total, name in enumerate(names, 1):  # noqa: B007 - read after the loop
        counts[prefixes.get(name[: name.rfind("_") + 1], "")] += 1
    known_ones = total - counts.pop("", 0)
    return sorted(counts) if total and known_ones >= KNOWN_SHARE * total else []
