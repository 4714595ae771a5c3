"""Check the files of a folder, as `petwidgets data check` does."""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.common import processes
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import listed
from petwidgets.data.checks.findings import ADVICE, TITLES, Finding, across, in_order, named
from petwidgets.data.checks.measure import Look
from petwidgets.data.checks.near_duplicates import alike
from petwidgets.data.image import EXTENSIONS, read_photo
from petwidgets.data.labels import labels, stray_photographs
from petwidgets.data.listing import CLOSED, DEAD_LINK, LOOP, SPECIAL, list_folder
from petwidgets.data.metadata import ODD
from petwidgets.data.set_notes import ANY_EXTENSION, about_look_alikes, look_alikes
from petwidgets.data.subprocess_pool import StoppedError, share_out
from petwidgets.recipes.recipe import PARENT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from petwidgets.data.listing import Listing

__all__ = ["ADVICE", "TITLES", "Finding", "across", "check", "examine", "in_order", "unreadable"]

log = logging.getLogger(__name__)

FORMATS = {
    ".jpg": {"JPEG", "MPO"},
    ".jpeg": {"JPEG", "MPO"},
    ".png": {"PNG"},
    ".gif": {"GIF"},
    ".webp": {"WEBP"},
    ".bmp": {"BMP"},
    ".heic": {"HEIF"},
    ".heif": {"HEIF"},
}
"""Pillow's formats for each extension (a phone's panorama JPEG is MPO)."""

DARK = 0.25
"""The brightness of its brightest parts below which a photograph is dark.

Of 3,700 Oxford-IIIT Pet photographs the darkest has 0.35. cleanvision says 0.32.
"""

BLURRED = 0.31
"""The sharpness below which a photograph is blurred.

Of the same 3,700 the least sharp has 0.34; blurred by a Gaussian of 1 % of the longer side, 37 of
37 have less than 0.31, by 0.8 % about 33.
"""

ENTRIES = {
    DEAD_LINK: ("link", "This link leads nowhere: bring back what it pointed to, or remove it."),
    LOOP: ("link", "This link leads back to a folder around it: remove it."),
    CLOSED: ("closed", "This folder may not be entered: have its owner let you read it."),
    SPECIAL: ("odd", "This is neither a file nor a folder: it is left out."),
}
"""Findings about skipped entries, by reason; hidden files have none."""

TINY = 32 * 32  # pixels; an icon, of which enlarging makes no photograph


def unreadable(
    paths: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> dict[Path, str]:
    """The files that can't be decoded to their end, each with the reason.

    About 4 ms a photograph and core; Pillow decodes outside the interpreter's lock, so threads
    share the work.
    """
    bad: dict[Path, str] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, (path, reason) in enumerate(zip(paths, pool.map(_reason, paths)), 1):  # noqa: B905
            if reason:
                bad[path] = reason
            if progress:
                progress(done, len(paths))
            if stop and stop():
                pool.shutdown(cancel_futures=True)
                break
    return bad


def _reason(path: Path) -> str:
    try:
        read_photo(path)
    except Problem as problem:
        return str(problem)
    return ""


def check(
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
    pattern: str | None = None,
) -> list[Finding]:
    """Everything that is wrong with the files of a folder, by file.

    The files are those that a training reads: of hidden ones and of what a system made for itself
    nothing is said here, but by `list_folder(folder).sentences()`.

    Args:
        folder: it and all below it.
        progress: as of `examine`.
        stop: likewise.
        pattern: what labels the photographs, so that copies with different labels are told;
            default: as `guess_pattern` has it.

    Raises:
        Problem: there is no such folder, or nothing in it; or as `examine`.
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
    """Find entries of folders that are no regular files."""
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
    """Everything that is wrong with these files, by file.

    Child processes read and measure the pictures, so that the caller imports nothing for it and
    other threads of its process go on.

    Args:
        paths: the files; those without a picture's extension are odd.
        progress: called with (pictures done, pictures in all) several times a second.
        stop: asked as often; true ends the check within a second. There are no findings then:
            without the rest no one could say what is a copy of what.
        labels: of the files that have one, by path; of copies it is told when they differ.
        root: a folder around the files, below which sentences name them.

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
    naming = _Naming(labels or {}, root)
    firsts, copies = _duplicates(sound, naming)
    return in_order(
        [
            *(_odd(path) for path in files if path.suffix.lower() not in EXTENSIONS),
            *(Finding(seen.file, "unreadable", seen.problem) for seen in looks if seen.problem),
            *(finding for seen in sound for finding in _alone(seen)),
            *copies,
            *_near_duplicates(firsts, naming),
        ]
    )


def _looks(
    paths: Sequence[Path], progress: Callable[[int, int], None], stop: Callable[[], bool]
) -> list[Look]:
    command = processes.command("petwidgets.data.checks.measure")
    names = [json.dumps(str(path)) for path in paths]  # a name may hold a line's end
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


def _alone(seen: Look) -> Iterator[Finding]:
    """Find faults of one picture, without comparing it with others."""
    extension = os.path.splitext(seen.file)[1]  # noqa: PTH122 - no Path is needed for it
    if seen.format not in FORMATS.get(extension.lower(), {seen.format}):
        sentence = f"This is a {seen.format} file named {extension}: rename or convert it."
        yield Finding(seen.file, "format", sentence)
    if seen.brightness < DARK:
        sentence = "This picture is very dark: look whether anything can be made out in it."
        yield Finding(seen.file, "dark", sentence)
    elif seen.sharpness < BLURRED:  # in the dark no edge can be told from noise
        sentence = "This picture is blurred: no edge in it is sharp."
        yield Finding(seen.file, "blurred", sentence)
    if sentence := _shape(seen.width, seen.height):
        yield Finding(seen.file, "shape", sentence)


def _shape(width: int, height: int) -> str:
    if width * height < TINY:
        return f"This picture has only {width} x {height} pixels: find a larger one."
    if max(width, height) > ODD * min(width, height):
        return (
            f"This picture has {width} x {height} pixels, more than two to one: crop it to the"
            " animal, for training sees only a square of it."
        )
    return ""


@dataclass(frozen=True)
class _Naming:
    """How a sentence about copies names the other files.

    Args:
        labels: by path.
        root: the folder below which files are named.
    """

    labels: Mapping[str, str]
    root: Path | None

    def advise(self, file: str, others: Sequence[str], else_: str) -> str:
        """Whether a file and those it is a copy of have one label; if so, or unknown, `else_`."""
        own = self.labels.get(file)
        theirs = {self.labels.get(other) for other in others}
        if own is None or theirs <= {own, None}:
            return else_
        rest = listed(sorted(label for label in theirs if label and label != own))
        return f"their labels differ, {own} here and {rest} there: find out which is right"

    def named(self, files: Sequence[str]) -> str:
        """The first file with its folders, and how many more there are."""
        return named(files, self.root)


def _duplicates(sound: Sequence[Look], naming: _Naming) -> tuple[list[Look], list[Finding]]:
    """The first of each group of equal files, and what is said of the others."""
    groups: dict[str, list[Look]] = defaultdict(list)
    for seen in sound:
        groups[seen.digest].append(seen)
    findings = []
    for first, *others in groups.values():
        for seen in others:
            advice = naming.advise(seen.file, [first.file], "remove one of them")
            sentence = f"This is the same file as {naming.named([first.file])}: {advice}."
            findings.append(Finding(seen.file, "duplicate", sentence, (first.file,)))
    return [group[0] for group in groups.values()], findings


def _near_duplicates(looks: Sequence[Look], naming: _Naming) -> Iterator[Finding]:
    looks = [seen for seen in looks if seen.hash]
    nearest: dict[int, list[str]] = defaultdict(list)
    for later, earlier in alike([bytes.fromhex(seen.hash) for seen in looks]):
        nearest[later].append(looks[earlier].file)
    for later, files in nearest.items():
        file = looks[later].file
        advice = naming.advise(file, files, "keep one of them")
        sentence = f"This is nearly the same picture as {naming.named(files)}: {advice}."
        yield Finding(file, "near-duplicate", sentence, tuple(files))
