"""What lies in a folder, as a tree with counts: fastcore's `path.ls()`, all the way down."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

MOST = 300
"""Folders that are looked into; a home directory must not take minutes."""


@dataclass(frozen=True)
class Folder:
    """One folder.

    Args:
        path: below the root, with `/` on every system; empty for the root.
        name: its own name.
        kinds: files in it, not below it, by their extension in lower case, the most first.
        folders: those in it, sorted by name.
        whole: False where there was more than could be looked into.
    """

    path: str
    name: str
    kinds: dict[str, int]
    folders: tuple[Folder, ...] = ()
    whole: bool = True

    @property
    def files(self) -> int:
        """Files in it and below it."""
        return sum(self.kinds.values()) + sum(folder.files for folder in self.folders)


def tree(root: Path) -> Folder:
    """The folder with what is below it, without hidden files; links to folders are not followed."""
    left = [MOST]
    return _folder(root, "", left)


def _folder(root: Path, path: str, left: list[int]) -> Folder:
    left[0] -= 1
    kinds: Counter[str] = Counter()
    below: list[str] = []
    try:
        with os.scandir(root / path) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.name)
                else:
                    kinds[os.path.splitext(entry.name)[1].lower()] += 1  # noqa: PTH122 - 7,390 times
    except OSError:
        return Folder(path, Path(path).name or root.name, {}, whole=False)
    folders = tuple(
        _folder(root, f"{path}/{name}".lstrip("/"), left) for name in sorted(below) if left[0] > 0
    )
    name = Path(path).name or root.name
    return Folder(path, name, dict(kinds.most_common()), folders, whole=len(folders) == len(below))
