"""Filter photographs by breed, species, shape, size, finding, folder and words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from petwidgets.data.metadata import Facts

STEP = 100
"""Width of a size class in pixels."""

NO_FAULTS: frozenset[str] = frozenset()
"""One empty set for all photographs without findings, to save memory."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One photograph with the properties that a filter can use.

    `faults` are kinds of `Finding`; `species` is `cat` or `dog`, empty if unknown.
    """

    path: Path
    name: str
    breed: str
    facts: Facts | None = None
    faults: frozenset[str] = NO_FAULTS
    species: str = ""

    @property
    def size(self) -> str:
        """Size class of the longer side, such as `400` for 400 to 499 pixels; empty if unknown."""
        longer = max(self.facts.width, self.facts.height) if self.facts else 0
        return str(longer // STEP * STEP) if self.facts else ""


@dataclass(frozen=True)
class Choice:
    """A filter; an empty field matches everything.

    Args:
        words: each must occur in the file's name or breed, ignoring case.
        breed: a breed.
        species: `cat` or `dog`.
        shape: as `Facts.shape`.
        size: as `Shown.size`.
        fault: a kind of finding.
        folder: relative to the set's folder, with `/`.
    """

    words: str = ""
    breed: str = ""
    species: str = ""
    shape: str = ""
    size: str = ""
    fault: str = ""
    folder: str = ""

    def takes(self, photograph: Shown) -> bool:
        """Whether a photograph passes the filter."""
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
    """Filter photographs, in order; without a chosen breed, one of each breed in turn.

    Otherwise the first page might show a single breed.
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
    """Number of photographs per size class, the smallest first, without unknown sizes."""
    counts = Counter(photograph.size for photograph in photographs if photograph.size)
    return dict(sorted(counts.items(), key=lambda pair: int(pair[0])))
