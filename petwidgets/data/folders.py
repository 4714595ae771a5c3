"""List a folder of this machine, one level deep, for choosing a folder of photographs.

Counts and times are bounded, because a folder may hold a million files or be on a slow network.
Incomplete counts are marked.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from petwidgets.data.image import EXTENSIONS
from petwidgets.data.listing import entry_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_ENTRIES = 20_000
"""Maximum of entries read in one folder: some 20 ms on a local disk."""

MOST_FOLDERS = 1_000
"""Maximum of subfolders that are shown."""

SECONDS = 5.0
"""Seconds for counting in all shown folders together."""

BETWEEN_LOOKS = 200
"""Entries between two checks of the time."""

GONE = "it is not there any more"


@dataclass(frozen=True)
class Contents:
    """Entries of a folder, without hidden and system files.

    Args:
        photographs: number of files with the extension of a picture.
        folders: names of folders and of links to folders, unsorted.
        whole: False if the folder has more entries than were counted.
        problem: why it could not be read, else empty.
    """

    photographs: int = 0
    folders: tuple[str, ...] = ()
    whole: bool = True
    problem: str = ""


UNCOUNTED = Contents(whole=False)


def contents(folder: str, stop: Callable[[], bool] = lambda: False) -> Contents:
    """Read a folder until its end, until `MOST_ENTRIES`, or until `stop()` is true."""
    photographs = 0
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for seen, entry in enumerate(entries):
                if seen == MOST_ENTRIES or (not seen % BETWEEN_LOOKS and stop()):
                    return Contents(photographs, tuple(folders), whole=False)
                kind = _kind(entry)
                photographs += kind == "photograph"
                if kind == "folder":
                    folders.append(entry.name)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        return Contents(problem=_reason(error))
    return Contents(photographs, tuple(folders))


def _kind(entry: os.DirEntry[str]) -> str:
    kind = entry_kind(entry)
    picture = os.path.splitext(entry.name)[1].lower() in EXTENSIONS  # noqa: PTH122 - 20,000 times
    return "photograph" if picture and kind == "file" else kind


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return GONE
    reason = error.strerror if isinstance(error, OSError) else ""
    return (reason or "it can't be read").lower()


def in_order(folders: tuple[str, ...]) -> list[str]:
    """The first `MOST_FOLDERS` of these names, sorted without regard to case."""
    return sorted(folders, key=lambda name: (name.casefold(), name))[:MOST_FOLDERS]


def below(
    folder: str, names: list[str], stop: Callable[[], bool] = lambda: False
) -> Iterator[Contents]:
    """Yield the contents of subfolders, one after another, within `SECONDS` in total."""
    end = time.monotonic() + SECONDS

    def late() -> bool:
        return stop() or time.monotonic() > end

    for name in names:
        yield UNCOUNTED if late() else contents(os.path.join(folder, name), late)  # noqa: PTH118


def start(*wanted: str) -> str:
    """The first existing one of these folders, absolute; else the home folder, else the root."""
    for folder in (*wanted, "~"):
        place = os.path.abspath(os.path.expanduser(folder)) if folder else ""  # noqa: PTH100, PTH111
        if place and os.path.isdir(place):  # noqa: PTH112
            return place
    return Path.cwd().anchor
