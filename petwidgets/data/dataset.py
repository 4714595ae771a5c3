"""Labelled data sets."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data import species
from petwidgets.data.labels import labels_and_notes, stray_photographs
from petwidgets.data.sources import OXFORD, listing, prepare
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.recipes.recipe import MOST_BREEDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from petwidgets.data.listing import Listing


@dataclass(frozen=True)
class Dataset:
    """Labelled photographs in a fixed order.

    Args:
        source: `sample`, `oxford-pets` or a folder, as requested.
        folder: the folder of the files.
        paths: the labelled files, sorted by name (fastai does not sort, and an unsorted list would
            be split differently on another machine).
        breeds: one label for each of `paths`.
        unmatched: files that the pattern did not match; they are left out.
        stray: files outside of the class folders, if these give the labels; also left out.
        listing: the files of the folder, and the skipped entries.
        pattern: the pattern that labelled them.
        notes: sentences about the labelling.
        unreadable: those of `paths` that are known to be unreadable; a training leaves them out.
    """

    source: str
    folder: Path
    paths: tuple[Path, ...]
    breeds: tuple[str, ...]
    unmatched: tuple[Path, ...] = ()
    stray: tuple[Path, ...] = ()
    listing: Listing | None = None
    pattern: str = ""
    notes: tuple[str, ...] = ()
    unreadable: frozenset[Path] = frozenset()

    @property
    def vocab(self) -> tuple[str, ...]:
        """The breeds, in the order of fastai's `CategoryMap`."""
        return tuple(sorted(set(self.breeds)))

    @property
    def noun(self) -> str:
        """What its labels are called, a breed or a class."""
        return species.noun(self.breeds)

    def counts(self) -> dict[str, int]:
        """Number of photographs per breed, in the order of `vocab`."""
        return dict(sorted(Counter(self.breeds).items()))

    def require_breeds(self) -> None:
        """Check that a classifier can learn from the number of breeds.

        Raises:
            Problem: all photographs have the same label, or there are more than `MOST_BREEDS`.
        """
        if len(self.vocab) > MOST_BREEDS:
            raise Problem(
                f"These photographs have {counted(len(self.vocab), 'label')}, and a classifier here"
                f" tells {MOST_BREEDS:,} classes apart at most: see whether the pattern takes more"
                " of a name than its class."
            )
        if len(self.vocab) == 1:
            raise Problem(
                f"All photographs are labelled {self.vocab[0]}, but a classifier needs at least two"
                " classes: choose another pattern or folder."
            )

    def name(self, path: Path) -> str:
        """The path relative to the set's folder, with `/` on every system."""
        return path.relative_to(self.folder).as_posix()

    def keep(self, chosen: Sequence[int]) -> Dataset:
        """A copy with only the photographs at these positions."""
        paths = tuple(self.paths[i] for i in chosen)
        breeds = tuple(self.breeds[i] for i in chosen)
        return replace(self, paths=paths, breeds=breeds)

    def readable(self) -> Dataset:
        """A copy without the photographs that are known to be unreadable."""
        if not self.unreadable:
            return self
        return self.keep([i for i, path in enumerate(self.paths) if path not in self.unreadable])

    def labels(self) -> dict[str, str]:
        """The breed of each photograph, by its name."""
        return {self.name(p): breed for p, breed in zip(self.paths, self.breeds, strict=True)}

    def changed(
        self, leave_out: Collection[str] = (), relabel: Collection[tuple[str, str]] = ()
    ) -> Dataset:
        """A copy without some photographs and with other labels; files are not changed.

        Args:
            leave_out: names as returned by `name`; unknown ones are ignored.
            relabel: names with their new breeds; unknown names are ignored.
        """
        if not leave_out and not relabel:
            return self
        out, labels = set(leave_out), dict(relabel)
        names = [self.name(path) for path in self.paths]
        breeds = [labels.get(name, own) for name, own in zip(names, self.breeds, strict=True)]
        positions = [i for i, name in enumerate(names) if name not in out]
        return replace(self, breeds=tuple(breeds)).keep(positions)

    def require_known(self, relabel: Mapping[str, str]) -> None:
        """Check that all new breeds occur in the set.

        Raises:
            Problem: a new breed is unknown, most likely a typing error.
        """
        known = set(self.breeds)
        for name, breed in relabel.items():
            if breed not in known:
                raise Problem(
                    f"The changes take {name} for {breed!r}, which no photograph here is called:"
                    " correct that line."
                )

    def missing(self, names: Collection[str]) -> list[str]:
        """The names that no photograph of the set has, sorted."""
        return sorted(set(names).difference(map(self.name, self.paths)))

    def limited(self, per_breed: int | None) -> Dataset:
        """A copy with at most `per_breed` photographs of each breed, the first by name."""
        if per_breed is None:
            return self
        positions: dict[str, list[int]] = defaultdict(list)
        for position, breed in enumerate(self.breeds):
            positions[breed].append(position)
        return self.keep(sorted(p for group in positions.values() for p in group[:per_breed]))


def root(dataset: Dataset) -> Path:
    """The chapter's `path`; the photographs of the Oxford set are one folder below it."""
    return dataset.folder.parent if dataset.source == OXFORD else dataset.folder


def load(source: str, pattern: str = CHAPTER_PATTERN) -> Dataset:
    """Load and label the photographs of a source, which is prepared if necessary.

    Raises:
        Problem: as `prepare`, no photographs, or a pattern that is invalid or matches nothing.
    """
    return labelled(source, listing(prepare(source)), pattern)


def labelled(source: str, photographs: Listing, pattern: str) -> Dataset:
    """Label the photographs of a listing.

    Raises:
        Problem: the pattern is invalid or matches nothing.
    """
    stray = stray_photographs(photographs.photos) if pattern == PARENT_FOLDER else frozenset()
    paths = [path for path in photographs.photos if path not in stray]
    breeds, notes = labels_and_notes(paths, pattern, photographs.folder)
    if not any(breeds):
        raise Problem(
            f"The pattern {pattern} matches none of {counted(len(paths), 'name')}, such as"
            f" {paths[0].name}: correct it, or label by folder with {PARENT_FOLDER}."
        )
    pairs = [(path, breed) for path, breed in zip(paths, breeds, strict=True) if breed]
    return Dataset(
        source,
        photographs.folder,
        tuple(path for path, _ in pairs),
        tuple(breed for _, breed in pairs),
        tuple(path for path, breed in zip(paths, breeds, strict=True) if not breed),
        tuple(sorted(stray)),
        photographs,
        pattern,
        tuple(notes),
    )
