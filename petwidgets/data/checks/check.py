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
from petwidgets.recipes.labelling import PARENT_FOLDER

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
"""Threshold of the brightness of the brightest parts, below which a photograph is dark.

The darkest of 3,700 Oxford-IIIT Pet photographs has 0.35. cleanvision uses 0.32.
"""

BLURRED = 0.31
"""Threshold of the sharpness, below which a photograph is blurred.

The least sharp of the same 3,700 has 0.34. Of 37 photographs blurred by a Gaussian of 1 % of the
longer side all have less than 0.31, with 0.8 % about 33.
"""

ENTRIES = {
    DEAD_LINK: ("link", "This link leads nowhere: bring back what it pointed to, or remove it."),
    LOOP: ("link", "This link leads back to a folder around it: remove it."),
    CLOSED: ("closed", "This folder may not be entered: have its owner let you read it."),
    SPECIAL: ("odd", "This is neither a file nor a folder: it is left out."),
}
"""Findings about skipped entries, by reason; hidden files have none."""

TINY = 32 * 32  # pixels; a smaller picture is an icon, and enlarging makes no photograph of it


def unreadable(
    paths: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> dict[Path, str]:
    """Find the files that can't be decoded completely, each with the reason.

    It takes about 4 ms per photograph and core. Pillow decodes without holding the GIL, so threads
    share the work.

    Args:
        paths: the files.
        progress: called with (files done, files in all).
        stop: true ends the check.
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


def _alone(seen: Look) -> Iterator[Finding]:
    """Find problems of one picture, without comparing it with others."""
    extension = os.path.splitext(seen.file)[1]  # noqa: PTH122 - no Path is needed for it
    if seen.format not in FORMATS.get(extension.lower(), {seen.format}):
        sentence = f"This is a {seen.format} file named {extension}: rename or convert it."
        yield Finding(seen.file, "format", sentence)
    if seen.brightness < DARK:
        sentence = "This picture is very dark: look whether anything can be made out in it."
        yield Finding(seen.file, "dark", sentence)
    elif seen.sharpness < BLURRED:  # only if not dark, where edges can't be told from noise
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
    """Labels and root folder for the sentences about copies.

    Args:
        labels: labels by path.
        root: the folder to which paths are relative.
    """

    labels: Mapping[str, str]
    root: Path | None

    def advise(self, file: str, others: Sequence[str], else_: str) -> str:
        """Advice about a copy: a warning if the labels of the copies differ, otherwise `else_`."""
        own = self.labels.get(file)
        theirs = {self.labels.get(other) for other in others}
        if own is None or theirs <= {own, None}:
            return else_
        rest = listed(sorted(label for label in theirs if label and label != own))
        return f"their labels differ, {own} here and {rest} there: find out which is right"

    def named(self, files: Sequence[str]) -> str:
        """The first file's path, and the number of others."""
        return named(files, self.root)


def _duplicates(sound: Sequence[Look], naming: _Naming) -> tuple[list[Look], list[Finding]]:
    """The first file of each group of identical ones, and findings about the others."""
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
