"""Filter photographs by breed, species, shape, size, fault, folder and words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from petwidgets.data.metadata import Facts

STEP = 100
"""Pixels between two classes of size."""

NO_FAULTS: frozenset[str] = frozenset()
"""Shared by the photographs of a set, almost all of them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One photograph with the properties that a filter can use.

    `faults` are kinds of `Finding`; `species` is `cat` or `dog`, empty where it is not known.
    """

    path: Path
    name: str
    breed: str
    facts: Facts | None = None
    faults: frozenset[str] = NO_FAULTS
    species: str = ""

    @property
    def size(self) -> str:
        """The class of its longer side, such as `400`: 400 to 499 pixels."""
        longer = max(self.facts.width, self.facts.height) if self.facts else 0
        return str(longer // STEP * STEP) if self.facts else ""


@dataclass(frozen=True)
class Choice:
    """A filter; an empty field matches everything.

    Args:
        words: each must stand in the file's name or breed, in any case.
        breed: a breed.
        species: `cat` or `dog`.
        shape: as `Facts.shape`.
        size: as `Shown.size`.
        fault: a kind of finding.
        folder: below the set's own, with `/`.
    """

    words: str = ""
    breed: str = ""
    species: str = ""
    shape: str = ""
    size: str = ""
    fault: str = ""
    folder: str = ""

    def takes(self, photograph: Shown) -> bool:
        """Whether a photograph is looked at."""
        text = f"{photograph.name} {photograph.breed}".replace("_", " ").lower()
        return (
            self.breed in ("", photograph.breed)
            and self.species in ("", photograph.species)
            and self.shape in ("", photograph.facts.shape if photograph.facts else "-")
            and self.size in ("", photograph.size)
            and (not self.fault or self.fault in photograph.faults)
            and (not self.folder or photograph.name.startswith(f"{self.folder}/"))
            and all(word in text for word in self.words.replace("_", " ").lower().split())
        )


def choose(photographs: Iterable[Shown], choice: Choice) -> list[Shown]:
    """Those that a choice takes, in order; without a breed chosen, one of each breed in turn.

    A first page of one breed would say little of the set.
    """
    taken = [photograph for photograph in photographs if choice.takes(photograph)]
    if choice.breed:
        return taken
    seen: Counter[str] = Counter()
    turns = []
    for photograph in taken:
        seen[photograph.breed] += 1
        turns.append(seen[photograph.breed])
    return [
        photograph
        for _, photograph in sorted(zip(turns, taken, strict=True), key=lambda pair: pair[0])
    ]


def sizes(photographs: Sequence[Shown]) -> Mapping[str, int]:
    """Photographs a class of size, the smallest first; those of unknown size are left out."""
    counts = Counter(photograph.size for photograph in photographs if photograph.size)
    return dict(sorted(counts.items(), key=lambda pair: int(pair[0])))
