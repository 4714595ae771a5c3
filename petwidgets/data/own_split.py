"""Use the split of a set with folders `train/` and `valid/`, as fastai's `GrandparentSplitter`."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import agreeing
from petwidgets.data.splits import by_breed_split, random_split

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from petwidgets.data.dataset import Dataset

TRAIN, VALID, TEST = "train", "valid", "test"
SIDES = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("valid", "val", "validation"), VALID),
    **dict.fromkeys(("test", "testing"), TEST),
}
"""The side of the split for each folder name, in lower case."""

FOLDERS = "folders"
"""The value of `Recipe.split` that uses these folders."""


def side(path: Path, folder: Path) -> str:
    """`train`, `valid` or `test`, by the outermost such folder; empty outside of them.

    Args:
        path: the photograph's path.
        folder: the set's folder.

    Example:
        >>> from pathlib import Path
        >>> side(Path("/pets/val/pug/1.jpg"), Path("/pets"))
        'valid'
    """
    folders = path.relative_to(folder).parts[:-1]
    return next((SIDES[name.casefold()] for name in folders if name.casefold() in SIDES), "")


def sides(dataset: Dataset) -> list[str]:
    """The side of each photograph."""
    parents = {path.parent for path in dataset.paths}
    known = {parent: side(parent / "file", dataset.folder) for parent in parents}
    return [known[path.parent] for path in dataset.paths]


def said(dataset: Dataset, split: str) -> list[str]:
    """Sentences on how a training with this split treats the set's own split; may be empty."""
    counts = Counter(sides(dataset))
    if split != FOLDERS:
        return [_ignored(counts)] if counts[TRAIN] and (counts[VALID] or counts[TEST]) else []
    if not (counts[TRAIN] and counts[VALID]):
        return []
    # How many are on each side is said by the inventory: a limit and a hold-out change that.
    notes = ["The set's own split is kept."]
    if counts[TEST]:
        notes.append(f"{agreeing(counts[TEST], 'photograph', 'is')} in test/ and left out.")
    if counts[""]:
        out = agreeing(counts[""], "photograph", "is")
        notes.append(f"{out} outside train/ and valid/ and left out.")
    return notes


def _ignored(counts: Counter[str]) -> str:
    brought = ", ".join(
        f"{side}/ {counts[side]:,}" for side in (TRAIN, VALID, TEST) if counts[side]
    )
    name = "" if counts[VALID] else "call the folder to validate on valid/ and "
    return (
        f"The set's own split ({brought}) is ignored, and its photographs are mixed: {name}choose"
        " the split folders to keep it."
    )


def kept(dataset: Dataset, split: str) -> Dataset:
    """Keep the part of a set that a split uses: all, or with `folders` train/ and valid/.

    Raises:
        Problem: with `folders`, the set lacks train/ or valid/.
    """
    if split != FOLDERS:
        return dataset
    known = sides(dataset)
    if missing := [name for name in (TRAIN, VALID) if name not in known]:
        raise Problem(
            f"The split folders needs train/ and valid/ in {dataset.folder}, and no"
            f" photographs are in {' and '.join(f'{name}/' for name in missing)}: choose another"
            " split."
        )
    return dataset.keep([i for i, side in enumerate(known) if side in (TRAIN, VALID)])


def limited(dataset: Dataset, split: str, per_breed: int | None) -> Dataset:
    """Keep the part of a set that a split uses, at most `per_breed` photographs of each breed.

    With `folders` each side keeps its share; otherwise the first by name are kept.

    Raises:
        Problem: as `kept`.
    """
    used = kept(dataset, split)
    if split != FOLDERS or per_breed is None:
        return used.limited(per_breed)
    chosen: list[int] = []
    by_breed: dict[str, dict[str, list[int]]] = defaultdict(lambda: {TRAIN: [], VALID: []})
    for i, (breed, name) in enumerate(zip(used.breeds, sides(used), strict=True)):
        by_breed[breed][name].append(i)
    for own in by_breed.values():
        chosen += _shares(own[TRAIN], own[VALID], per_breed)
    return used.keep(sorted(chosen))


def _shares(train: list[int], valid: list[int], most: int) -> list[int]:
    """Keep `most` positions of a breed in the same proportion, at least one of a nonempty side."""
    part = round(most * len(valid) / (len(train) + len(valid)))
    part = min(max(bool(valid), part), most - bool(train))
    return train[: most - part] + valid[:part]


def positions(dataset: Dataset) -> tuple[list[int], list[int]]:
    """Positions of the photographs in train/ and in valid/, in order."""
    known = sides(dataset)
    train, valid = ([i for i, side in enumerate(known) if side == name] for name in (TRAIN, VALID))
    return train, valid


def parts(
    dataset: Dataset, split: str, valid: float, seed: int, held: Collection[int] = ()
) -> tuple[list[int], list[int]]:
    """Positions of the training and the validation set; whether they suffice or not.

    Args:
        dataset: the part of a set that `kept` returns.
        split: as of `Recipe.split`.
        valid: the share of the validation set, 0 to 1, for a random split.
        seed: not negative.
        held: positions that are always in the validation set.
    """
    if split == "by-breed":
        return by_breed_split(dataset.breeds, valid, seed, held)
    if split == FOLDERS:
        train, tested = positions(dataset)
    else:
        train, tested = random_split(len(dataset.paths), valid, seed)
    return [i for i in train if i not in held], [
        *tested,
        *sorted(set(held).difference(tested)),
    ]
