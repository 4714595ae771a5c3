"""Check the files of a folder, as `petwidgets data check` does."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from petwidgets.common import processes
from petwidgets.common.errors import Problem
from petwidgets.data.checks.duplicates import (
    Naming,
    duplicate_findings,
    near_duplicate_findings,
)
from petwidgets.data.checks.findings import Finding, in_order
from petwidgets.data.checks.measure import Look
from petwidgets.data.checks.quality import picture_findings
from petwidgets.data.image import EXTENSIONS
from petwidgets.data.labels import labels, stray_photographs
from petwidgets.data.listing import CLOSED, DEAD_LINK, LOOP, SPECIAL, list_folder
from petwidgets.data.set_notes import ANY_EXTENSION, about_look_alikes, look_alikes
from petwidgets.data.subprocess_pool import StoppedError, share_out
from petwidgets.recipes.labelling import PARENT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from petwidgets.data.listing import Listing

log = logging.getLogger(__name__)

ENTRIES = {
    DEAD_LINK: ("link", "This link leads nowhere: bring back what it pointed to, or remove it."),
    LOOP: ("link", "This link leads back to a folder around it: remove it."),
    CLOSED: ("closed", "This folder may not be entered: have its owner let you read it."),
    SPECIAL: ("odd", "This is neither a file nor a folder: it is left out."),
}
"""Findings about skipped entries, by reason; hidden files have none."""


def check(
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
    pattern: str | None = None,
) -> list[Finding]:
    """Find all problems of the files of a folder, sorted by file.

    The files are those that a training reads. Hidden files and system files are not reported here
    but by `list_folder(folder).sentences()`.

    Args:
        folder: the folder, searched recursively.
        progress: as in `examine`.
        stop: as in `examine`.
        pattern: labels the photographs, to report copies with different labels; by default that of
            `guess_pattern`.

    Raises:
        Problem: the folder does not exist or is empty; or as `examine`.
    """
    if not folder.is_dir():
        raise Problem(f"There is no folder {folder}: check the path.")
    listing = list_folder(folder)
    if not (listing.photos or listing.others or listing.left_out):
        raise Problem(f"The folder {folder} is empty: choose one that holds photographs.")
    given = _labels(listing, pattern)
    files = [*listing.photos, *listing.others]
    return in_order(
        [*examine(files, progress, stop, given, folder), *_entries(listing), *_look_alikes(given)]
    )


def guess_pattern(photos: Sequence[Path]) -> str:
    """Guess how photographs are labelled: by folder if there are several, else by name."""
    if len({path.parent for path in photos}) > 1:
        return PARENT_FOLDER
    return ANY_EXTENSION


def _labels(listing: Listing, pattern: str | None) -> dict[str, str]:
    pattern = guess_pattern(listing.photos) if pattern is None else pattern
    stray = stray_photographs(listing.photos) if pattern == PARENT_FOLDER else frozenset()
    pairs = zip(listing.photos, labels(listing.photos, pattern, listing.folder), strict=True)
    return {str(path): label for path, label in pairs if label and path not in stray}


def _entries(listing: Listing) -> Iterator[Finding]:
    """Report entries that are neither regular files nor accessible folders."""
    for entry in listing.left_out:
        if entry.reason in ENTRIES:
            yield Finding(str(entry.path), *ENTRIES[entry.reason])


def _look_alikes(given: Mapping[str, str]) -> Iterator[Finding]:
    firsts: dict[str, str] = {}
    for file, label in given.items():
        firsts.setdefault(label, file)
    for group in look_alikes(firsts):
        (sentence,) = about_look_alikes(group)
        for label in group[1:]:
            yield Finding(firsts[label], "labels", sentence, (firsts[group[0]],))


def examine(
    paths: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
    labels: Mapping[str, str] | None = None,
    root: Path | None = None,
) -> list[Finding]:
    """Find all problems of these files, sorted by file.

    Child processes read and measure the pictures, so that the caller imports nothing for it and its
    other threads are not blocked.

    Args:
        paths: the files; those without a picture's extension are reported as odd.
        progress: called with (pictures done, pictures in all) several times a second.
        stop: called as often; true ends the check within a second. It then has no findings, because
            copies can only be found among all files.
        labels: labels by path, as far as known, to report copies with different labels.
        root: a folder that holds the files; sentences give paths relative to it.

    Raises:
        Problem: `stop` was true, or the system refuses or ends the child processes.
    """
    files = sorted(set(paths))
    pictures = [path for path in files if path.suffix.lower() in EXTENSIONS]
    looks = _looks(pictures, progress or (lambda _done, _total: None), stop or (lambda: False))
    for seen in looks:
        if seen.problem:
            log.info("unreadable picture: %r: %s", seen.file, seen.cause)
    sound = [seen for seen in looks if not seen.problem]
    naming = Naming(labels or {}, root)
    firsts, copies = duplicate_findings(sound, naming)
    return in_order(
        [
            *(_odd(path) for path in files if path.suffix.lower() not in EXTENSIONS),
            *(Finding(seen.file, "unreadable", seen.problem) for seen in looks if seen.problem),
            *(finding for seen in sound for finding in picture_findings(seen)),
            *copies,
            *near_duplicate_findings(firsts, naming),
        ]
    )


def _looks(
    paths: Sequence[Path], progress: Callable[[int, int], None], stop: Callable[[], bool]
) -> list[Look]:
    command = processes.command("petwidgets.data.checks.measure")
    names = [json.dumps(str(path)) for path in paths]  # a name may contain a newline
    lines: list[str] = []
    try:
        share_out(command, names, progress, stop, lines.append)
    except StoppedError:
        raise Problem("The check was stopped.") from None
    except (OSError, RuntimeError) as error:
        log.exception("the photographs could not be looked at")
        raise Problem(
            "The check could not be finished, for a process that reads the photographs was refused"
            " or ended: close other programs and check again."
        ) from error
    return sorted((Look(**json.loads(line)) for line in lines), key=lambda seen: seen.file)


def _odd(path: Path) -> Finding:
    return Finding(str(path), "odd", "This file is not a picture: it is left out.")
