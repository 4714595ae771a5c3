"""List the photographs of a folder: one listing for browsing, checking and training.

It finds the same files as fastai's `get_image_files`: links to folders are followed, hidden files
are skipped. Everything that is skipped is recorded with its reason.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, listed
from petwidgets.data.image import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_FOLDERS = 100_000
"""Maximum of folders that are entered, because links may lead to the same ones in many ways."""

HIDDEN, SYSTEM, DEAD_LINK, LOOP, CLOSED, SPECIAL = REASONS = (
    "hidden",
    "system",
    "dead-link",
    "loop",
    "closed",
    "special",
)
"""Reasons for skipping an entry of a folder."""

SYSTEM_FOLDERS = frozenset(
    "__macosx @eadir @recycle @recently-snapshot #recycle #snapshot $recycle.bin lost+found".split()  # noqa: SIM905
) | {"system volume information"}
"""Folders that macOS, Windows and network drives add, in lower case."""

NOUNS = {
    HIDDEN: ("hidden file or folder", "hidden files and folders"),
    SYSTEM: ("folder that a system made for itself", "folders that a system made for itself"),
    DEAD_LINK: ("link that leads nowhere", "links that lead nowhere"),
    LOOP: ("link that leads back to a folder around it", "links that lead back around them"),
    CLOSED: ("folder that may not be entered", "folders that may not be entered"),
    SPECIAL: ("entry that is neither file nor folder", "entries that are neither file nor folder"),
}


@dataclass(frozen=True)
class LeftOut:
    """A skipped entry of a folder; `reason` is one of `REASONS`."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Entries:
    """The entries of one folder: names of files and folders, and skipped entries."""

    files: tuple[str, ...]
    folders: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Listing:
    """The files in a folder and below it.

    Args:
        folder: the folder.
        photos: files with the extension of a picture, sorted by path.
        others: all other files, sorted.
        left_out: skipped entries, sorted by path.
    """

    folder: Path
    photos: tuple[Path, ...]
    others: tuple[Path, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def name(self, path: Path) -> str:
        """The path relative to the folder, with `/` on every system."""
        return path.relative_to(self.folder).as_posix()

    def sentences(self) -> list[str]:
        """Describe the skipped entries, a sentence for each reason, with the first names."""
        groups: dict[str, list[str]] = defaultdict(list)
        for entry in self.left_out:
            groups[entry.reason].append(self.name(entry.path))
        return [_sentence(reason, groups[reason]) for reason in REASONS if reason in groups]


def _sentence(reason: str, names: list[str]) -> str:
    verb = "is" if len(names) == 1 else "are"
    return f"{counted(len(names), *NOUNS[reason])} {verb} left out: {listed(names)}."


def list_folder(folder: Path) -> Listing:
    """List a folder recursively; 7,390 files take some 50 ms.

    Raises:
        Problem: the folder may not be entered, or has more than `MOST_FOLDERS` folders.
    """
    photos: list[Path] = []
    others: list[Path] = []
    left_out: list[LeftOut] = []
    for place, entries in _walk(folder, left_out):
        left_out += entries.left_out
        for name in entries.files:
            extension = os.path.splitext(name)[1].lower()  # noqa: PTH122 - 7,390 times
            (photos if extension in EXTENSIONS else others).append(place / name)
    left_out.sort(key=lambda entry: entry.path)
    return Listing(folder, tuple(sorted(photos)), tuple(sorted(others)), tuple(left_out))


def _walk(root: Path, left_out: list[LeftOut]) -> Iterator[tuple[Path, Entries]]:
    """Yield each folder with its entries; folders that can't be entered are added to `left_out`.

    A link is followed unless it leads back to a folder that contains it.
    """
    waiting: list[tuple[Path, frozenset[tuple[int, int]]]] = [(root, frozenset())]
    entered = 0
    while waiting:
        folder, above = waiting.pop()
        entered += 1
        if entered > MOST_FOLDERS:
            raise Problem(
                f"{root} holds more than {MOST_FOLDERS:,} folders: choose the one further down that"
                " the photographs lie in."
            )
        try:
            place = identity(folder)
            if place in above:
                left_out.append(LeftOut(folder, LOOP))
                continue
            entries = scan(folder)
        except OSError as error:
            if folder == root:
                raise Problem(_no_way_into(root, error)) from error
            left_out.append(LeftOut(folder, CLOSED))
            continue
        yield folder, entries
        waiting += [(folder / name, above | {place}) for name in entries.folders]


def _no_way_into(root: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"There is no folder {root}: check the path."
    return f"The folder {root} can't be entered: check who may read it."


def identity(folder: Path) -> tuple[int, int]:
    """Identify a folder, independently of the links that lead to it.

    Raises:
        OSError: it is not accessible, or does not exist.
    """
    facts = folder.stat()
    return facts.st_dev, facts.st_ino


def scan(folder: Path) -> Entries:
    """Read the entries of one folder; links to folders count as folders.

    Raises:
        OSError: it may not be entered, or does not exist.
    """
    files: list[str] = []
    folders: list[str] = []
    left_out: list[LeftOut] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            kind = entry_kind(entry)
            if kind == "file":
                files.append(entry.name)
            elif kind == "folder":
                folders.append(entry.name)
            else:
                left_out.append(LeftOut(folder / entry.name, kind))
    return Entries(tuple(sorted(files)), tuple(sorted(folders)), tuple(left_out))


def entry_kind(entry: os.DirEntry[str]) -> str:
    """`file`, `folder`, or the reason for skipping the entry."""
    if entry.name.startswith("."):
        return HIDDEN
    if entry.name.lower() in SYSTEM_FOLDERS:
        return SYSTEM
    try:
        if entry.is_dir():
            return "folder"
        if entry.is_file():
            return "file"
    except OSError:  # a link to itself, or no permission
        return DEAD_LINK if entry.is_symlink() else CLOSED
    return DEAD_LINK if entry.is_symlink() else SPECIAL
