"""Where petwidgets keeps things, and how it writes them: whole, or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from petwidgets.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

UNDECODABLE = "backslashreplace"
"""How JSON is encoded: a file name that is no UTF-8 becomes the escapes that JSON reads back."""


def home() -> Path:
    """The folder of runs, sessions and cache: `PETWIDGETS_HOME`, else the user's data folder."""
    chosen = os.environ.get("PETWIDGETS_HOME")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_path("petwidgets"))


def cache(name: str) -> Path:
    """The folder `cache/name` of the home; whatever lies there may be deleted at any time."""
    return home() / "cache" / name


LABELS_FILE = "labels.json"
"""The name of a run's own copy of its table of labels."""


def labels_place(digest: str) -> Path:
    """The file of a table of labels, named by its content."""
    return home() / "labels" / f"{digest}.json"


def content_digest(content: bytes) -> str:
    """What a content is known by: 128 bits of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:32]


def identity(path: Path) -> str:
    """What a file is known by as long as nobody has changed it: its place, time and size.

    Raises:
        OSError: it is not there.
    """
    facts = path.stat()
    return f"{path.absolute()}|{facts.st_mtime_ns}|{facts.st_size}"


@contextmanager
def complaints(path: Path) -> Iterator[None]:
    """Turn what a file system refuses into one sentence.

    Raises:
        Problem: the disk is full, or the folder can't be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Problem(
                f"The disk that holds {path.parent} is full: free some space (its cache folder is"
                " always safe to delete) and try again."
            ) from error
        raise Problem(
            f"{path.parent} can't be written: set PETWIDGETS_HOME to a folder of your own."
        ) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, renamed to it when the block ends well.

    A reader sees the old file or the new one, never a part of either.

    Raises:
        Problem: the disk is full, or the folder can't be written.
    """
    with complaints(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON, whole or not at all.

    Raises:
        Problem: the disk is full, or the folder can't be written.
    """
    with replacing(path) as temporary:
        text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        temporary.write_text(text, "utf-8", UNDECODABLE)
