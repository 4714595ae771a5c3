"""Whether the files of a folder are sound: what `petwidgets data check` finds."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from petwidgets.data.photo import EXTENSIONS, read_photo
from petwidgets.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

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


@dataclass(frozen=True)
class Finding:
    """One thing about one file: `problem` is `unreadable`, `format`, `duplicate` or `odd`."""

    file: str
    problem: str
    sentence: str


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


def check(folder: Path, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Everything that is wrong with the files of a folder, by file.

    Raises:
        Problem: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise Problem(f"There is no folder {folder}: check the path.")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise Problem(f"The folder {folder} is empty: choose one that holds photographs.")
    pictures = [path for path in files if path.suffix.lower() in EXTENSIONS]
    bad = unreadable(pictures, progress)
    sound = [path for path in pictures if path not in bad]
    findings = [
        *_odd(set(files) - set(pictures)),
        *(Finding(str(path), "unreadable", reason) for path, reason in bad.items()),
        *_formats(sound),
        *_duplicates(sound),
    ]
    return sorted(findings, key=lambda finding: (finding.file, finding.problem))


def _odd(files: Iterable[Path]) -> Iterator[Finding]:
    for path in files:
        yield Finding(str(path), "odd", "This file is not a picture: it is left out.")


def _formats(paths: Sequence[Path]) -> Iterator[Finding]:
    for path in paths:
        with Image.open(path) as picture:
            found = picture.format or "unknown"
        expected = FORMATS.get(path.suffix.lower())
        if expected and found not in expected:
            sentence = f"This is a {found} file named {path.suffix}: rename or convert it."
            yield Finding(str(path), "format", sentence)


def _duplicates(paths: Sequence[Path]) -> Iterator[Finding]:
    groups = defaultdict(list)
    for path in paths:
        groups[hashlib.sha256(path.read_bytes()).digest()].append(path)
    for first, *others in groups.values():
        for path in others:
            sentence = f"This is the same file as {first.name}: remove one of them."
            yield Finding(str(path), "duplicate", sentence)
