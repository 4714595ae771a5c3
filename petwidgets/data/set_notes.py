"""Warnings about a set of photographs, in sentences."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, listed
from petwidgets.data.labels import labels
from petwidgets.recipes.labelling import PARENT_FOLDER, table_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from petwidgets.data.dataset import Dataset
    from petwidgets.data.listing import Listing

FEW = 10
"""Breeds with fewer photographs have unreliable figures."""

ANY_EXTENSION = r"(.+)_\d+\.\w+$"
"""The chapter's expression, generalised to other extensions than `.jpg`."""

NUMBER = re.compile(r"[\s_-]*\(?\d+\)?$")
BLANKS = re.compile(r"[\s_-]+")


def about_sides(sides: Mapping[str, Sequence[int]]) -> list[str]:
    """Warn of breeds that are only in the training or only in the validation set."""
    unknown = [breed for breed, (train, _) in sides.items() if not train]
    untested = [breed for breed, (_, valid) in sides.items() if not valid]
    sentences = []
    if unknown:
        verb = "is" if len(unknown) == 1 else "are"
        sentences.append(
            f"{listed(unknown)} {verb} validated on but not trained on: a model can't know what it"
            " has never seen, so that only luck makes an answer right."
        )
    if untested:
        verb, what = ("is", "it is") if len(untested) == 1 else ("are", "they are")
        sentences.append(
            f"{listed(untested)} {verb} trained on but not validated on: nothing tells how well"
            f" {what} recognised."
        )
    return sentences


def about_look_alikes(names: Iterable[str]) -> list[str]:
    """Warn of labels that differ so little that they may mean the same breed."""
    return [
        f"The labels {listed([_quoted(name) for name in group])} differ only by case, blanks or"
        " Unicode form: if they mean the same, give them one name."
        for group in look_alikes(names)
    ]


def look_alikes(names: Iterable[str]) -> list[list[str]]:
    """Groups of two or more names that differ only by case, blanks or Unicode form."""
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


def about_few(counts: Mapping[str, int]) -> list[str]:
    few = [f"{breed} ({n:,})" for breed, n in counts.items() if n < FEW]
    if not few:
        return []
    verb, whose = ("has", "its") if len(few) == 1 else ("have", "their")
    return [f"{listed(few)} {verb} fewer than {FEW} photographs: {whose} figures mean little."]


def about_unreadable(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    verb = "is" if len(names) == 1 else "are"
    return [
        f"{counted(len(names), 'photograph')} can't be read and {verb} left out: {listed(names)}."
    ]


def about_listing(listing: Listing | None) -> list[str]:
    if listing is None:
        return []
    kinds = Counter(path.suffix.lower() or "no ending" for path in listing.others)
    n, verb = len(listing.others), "is" if len(listing.others) == 1 else "are"
    what = listed([f"{kind} ({count:,})" for kind, count in kinds.most_common()])
    others = [f"{counted(n, 'other file')} {verb} left out: {what}."] if n else []
    return [*listing.sentences(), *others]


def about_labels(dataset: Dataset) -> list[str]:
    sentences = []
    if n := len(dataset.stray):
        verb, names = ("lies", "is") if n == 1 else ("lie", "are")
        sentences.append(
            f"{counted(n, 'photograph')} {verb} beside the class folders and {names} left out:"
            f" {listed([dataset.name(path) for path in dataset.stray])}."
        )
    if dataset.unmatched and not table_id(dataset.pattern):  # a table's notes report them
        sentences.append(_about_unmatched(dataset))
    return [*dataset.notes, *sentences]


def _about_unmatched(dataset: Dataset) -> str:
    n, pattern = len(dataset.unmatched), dataset.pattern
    what = f"{counted(n, 'name')} {'does' if n == 1 else 'do'} not match the expression {pattern}"
    text = f"{what} and {'is' if n == 1 else 'are'} left out, such as {dataset.unmatched[0].name}."
    better = better_pattern(dataset)
    guesses = labels(dataset.unmatched, better) if better else map(_likely, dataset.unmatched)
    missing = Counter(breed for breed in guesses if breed and breed not in dataset.vocab)
    if missing and (better or len(missing) < n):  # else every name would be a breed of its own
        of = listed([f"{breed} ({count:,})" for breed, count in missing.most_common()])
        text += f" Without them these are missing: {of}."
    return text + f" The expression {better} matches them, too." * bool(better)


def better_pattern(dataset: Dataset) -> str:
    """An expression that also labels the unmatched files, and the rest as before; else empty."""
    if dataset.pattern == PARENT_FOLDER or not dataset.unmatched:
        return ""
    patterns = (f"(?i){dataset.pattern}", ANY_EXTENSION)
    return next((pattern for pattern in patterns if _labels_all(dataset, pattern)), "")


def _labels_all(dataset: Dataset, pattern: str) -> bool:
    """Whether an expression labels the unmatched files, too, and the rest as before."""
    try:
        same = tuple(labels(dataset.paths, pattern)) == dataset.breeds
        return same and all(labels(dataset.unmatched, pattern))
    except Problem:  # the expression has flags that must be at its start
        return False


def _likely(path: Path) -> str:
    """Guess the subject of a name: its stem without a number."""
    return NUMBER.sub("", path.stem)
