"""Hold out photographs from training, given as a folder with them or with copies of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import agreeing, counted, listed
from petwidgets.data.matching import Names
from petwidgets.data.own_split import kept
from petwidgets.data.sources import photographs

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from petwidgets.data.dataset import Dataset


def named_by(folder: Path, dataset: Dataset, split: str) -> tuple[tuple[str, ...], list[str]]:
    """Find the photographs of a hold-out folder in a set, by name.

    A folder inside the set's folder holds the set's files themselves. Any other folder holds copies
    under the same relative paths. If the set or the folder is flat, only file names are compared; a
    name that several photographs of the set share holds out none of them.

    Args:
        folder: the photographs to hold out.
        dataset: labelled photographs.
        split: as of `Recipe.split`; photographs that the split leaves out are not held out.

    Returns:
        Their names, sorted, for `Recipe.hold_out`; and sentences about the other files.

    Raises:
        Problem: the folder has no photographs, or none of them is in the set.
    """
    given = _names(folder, dataset)
    here = kept(dataset, split).labels()
    names = Names(here)
    matches = {name: _find(names, here, name, folder.resolve().name) for name in given}
    held = {means[0] for means in matches.values() if len(means) == 1}
    missing = [name for name in given if not matches[name]]
    unclear = [name for name in given if len(matches[name]) > 1]
    if not held:
        raise Problem(_none(folder, dataset, missing, unclear))
    return tuple(sorted(held)), _notes(missing, unclear)


def _names(folder: Path, dataset: Dataset) -> list[str]:
    """Names relative to the set's folder if its files lie there, else to the hold-out folder."""
    paths, own, root = photographs(folder), folder.resolve(), dataset.folder.resolve()
    copies = [path.relative_to(folder).as_posix() for path in paths]
    if not own.is_relative_to(root):
        return copies
    within = own.relative_to(root)
    inside = [(within / name).as_posix() for name in copies]
    listed = {dataset.name(path) for path in (*dataset.paths, *dataset.unmatched)}
    return copies if listed.isdisjoint(inside) else inside


def _find(names: Names, here: Collection[str], name: str, folder: str) -> list[str]:
    """Find photographs by name; an ambiguous one may be in the breed folder called `folder`."""
    matches = names.find(name)
    full_name = f"{folder}/{name}"
    return [full_name] if len(matches) > 1 and full_name in here else matches


def _none(folder: Path, dataset: Dataset, missing: list[str], unclear: list[str]) -> str:
    if unclear:
        return (
            f"{counted(len(unclear), 'name')} in {folder} could each be several photographs of"
            f" {dataset.folder}, such as {listed(unclear[:1])}: lay the hold-out folder out in the"
            " set's own subfolders."
        )
    such = listed(missing[:1])
    single = f"The only photograph in {folder}, {such}, is not in {dataset.folder}"
    none = f"None of the {counted(len(missing), 'photograph')} in {folder} is in {dataset.folder}"
    sentence = single if len(missing) == 1 else f"{none}, such as {such}"
    return f"{sentence}: hold out a folder of the set, or copies with the same names."


def _notes(missing: list[str], unclear: list[str]) -> list[str]:
    notes = []
    if missing:
        subject = agreeing(len(missing), "photograph", "is")
        notes.append(f"{subject} in the hold-out folder but not in the set: {listed(missing)}.")
    if unclear:
        subject = counted(len(unclear), "name")
        notes.append(
            f"{subject} in the hold-out folder could be several photographs of the set and"
            f" {'holds' if len(unclear) == 1 else 'hold'} none out: {listed(unclear)}."
        )
    return notes


def said(n: int) -> str:
    """A sentence with the number of photographs that are held out."""
    return f"{agreeing(n, 'photograph', 'is')} held out: validated on, never trained on."


def positions(hold_out: Collection[str], dataset: Dataset) -> set[int]:
    """Positions of the photographs of `Recipe.hold_out` in a set.

    Older runs name files without their folders. Such a name holds out every file of that name,
    unless a photograph has exactly that name as its path.
    """
    if not hold_out:
        return set()
    names = [dataset.name(path) for path in dataset.paths]
    bare = {name for name in hold_out if "/" not in name}.difference(names)
    wanted = set(hold_out)
    return {
        i
        for i, (name, path) in enumerate(zip(names, dataset.paths, strict=True))
        if name in wanted or path.name in bare
    }
