"""Whether the files of a folder are sound: what `petwidgets data check` finds."""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from petwidgets import processes
from petwidgets.data.alike import alike
from petwidgets.data.crew import StoppedError, share_out
from petwidgets.data.facts import ODD
from petwidgets.data.findings import ADVICE, TITLES, Finding, across, in_order, named
from petwidgets.data.measure import Look
from petwidgets.data.photo import EXTENSIONS, read_photo
from petwidgets.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

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
"""What Pillow calls the content that belongs to an extension (a phone's panorama JPEG is MPO)."""

DARK = 0.25
"""The brightness of its brightest parts below which a photograph is dark.

Of 3,700 Oxford-IIIT Pet photographs the darkest has 0.35. cleanvision says 0.32.
"""

BLURRED = 0.31
"""The sharpness below which a photograph is blurred.

Of the same 3,700 the least sharp has 0.34; blurred by a Gaussian of 1 % of the longer side, 37 of
37 have less than 0.31, by 0.8 % about 33.
"""

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
) -> list[Finding]:
    """Everything that is wrong with the files of a folder, by file.

    Raises:
        Problem: there is no such folder, or nothing in it; or as `examine`.
    """
    if not folder.is_dir():
        raise Problem(f"There is no folder {folder}: check the path.")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise Problem(f"The folder {folder} is empty: choose one that holds photographs.")
    return examine(files, progress, stop)


def examine(
    paths: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> list[Finding]:
    """Everything that is wrong with these files, by file.

    Child processes read and measure the pictures, so that the caller imports nothing for it and
    other threads of its process go on.

    Args:
        paths: the files; those without a picture's extension are odd.
        progress: called with (pictures done, pictures in all) several times a second.
        stop: asked as often; true ends the check within a second. There are no findings then:
            without the rest no one could say what is a copy of what.

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
    firsts, copies = _duplicates(sound)
    return in_order(
        [
            *(_odd(path) for path in files if path.suffix.lower() not in EXTENSIONS),
            *(Finding(seen.file, "unreadable", seen.problem) for seen in looks if seen.problem),
            *(finding for seen in sound for finding in _alone(seen)),
            *copies,
            *_near_duplicates(firsts),
        ]
    )


def _looks(
    paths: Sequence[Path], progress: Callable[[int, int], None], stop: Callable[[], bool]
) -> list[Look]:
    command = processes.command("petwidgets.data.measure")
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
    """What is wrong with a picture whatever the others are."""
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


def _duplicates(sound: Sequence[Look]) -> tuple[list[Look], list[Finding]]:
    """The first of each group of equal files, and what is said of the others."""
    groups: dict[str, list[Look]] = defaultdict(list)
    for seen in sound:
        groups[seen.digest].append(seen)
    found = []
    for first, *others in groups.values():
        sentence = f"This is the same file as {named([first.file])}: remove one of them."
        found += [Finding(seen.file, "duplicate", sentence, (first.file,)) for seen in others]
    return [group[0] for group in groups.values()], found


def _near_duplicates(looks: Sequence[Look]) -> Iterator[Finding]:
    looks = [seen for seen in looks if seen.hash]
    nearest: dict[int, list[str]] = defaultdict(list)
    for later, earlier in alike([bytes.fromhex(seen.hash) for seen in looks]):
        nearest[later].append(looks[earlier].file)
    for later, files in nearest.items():
        sentence = f"This is nearly the same picture as {named(files)}: keep one of them."
        yield Finding(looks[later].file, "near-duplicate", sentence, tuple(files))
