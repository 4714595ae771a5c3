"""A folder as a tree with counts: fastcore's `path.ls()`, recursively."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from petwidgets.data.listing import identity, scan

MOST = 300
"""Maximum of folders that are read, so that a home directory does not take minutes."""


@dataclass(frozen=True)
class Folder:
    """One folder.

    Args:
        path: below the root, with `/` on every system; empty for the root.
        name: its own name.
        kinds: number of its own files by extension in lower case, the most frequent first.
        folders: its subfolders, sorted by name.
        whole: False if the folder has more entries than were counted.
    """

    path: str
    name: str
    kinds: dict[str, int]
    folders: tuple[Folder, ...] = ()
    whole: bool = True

    @property
    def files(self) -> int:
        """Number of files in it and below it."""
        return sum(self.kinds.values()) + sum(folder.files for folder in self.folders)


def tree(root: Path) -> Folder:
    """Read a folder recursively, by the rules of `listing`: links are followed."""
    return _folder(root, "", [MOST], frozenset())


def _folder(root: Path, path: str, left: list[int], above: frozenset[tuple[int, int]]) -> Folder:
    left[0] -= 1
    name = Path(path).name or root.name
    try:
        around = above | {identity(root / path)}
        entries = scan(root / path)
    except OSError:
        return Folder(path, name, {}, whole=False)
    kinds = Counter(os.path.splitext(file)[1].lower() for file in entries.files)  # noqa: PTH122 - 7,390 times
    below = [sub for sub in entries.folders if not _leads_back(root / path / sub, around)]
    folders = tuple(
        _folder(root, f"{path}/{sub}".lstrip("/"), left, around) for sub in below if left[0] > 0
    )
    return Folder(path, name, dict(kinds.most_common()), folders, whole=len(folders) == len(below))


def _leads_back(folder: Path, around: frozenset[tuple[int, int]]) -> bool:
    try:
        return identity(folder) in around
    except OSError:  # it is shown as an unreadable folder
        return False
