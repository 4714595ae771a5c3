"""Paths of the home, and atomic writes."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import secrets
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

UNDECODABLE = "backslashreplace"
"""Error handler for encoding JSON: file names that are not UTF-8 become escapes JSON can read."""


def home() -> Path:
    """The folder of runs, sessions and cache: `PETWIDGETS_HOME`, else the user's data folder."""
    chosen = os.environ.get("PETWIDGETS_HOME")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_path("petwidgets"))


MODE = "PETWIDGETS_HOME_MODE"
"""Variable with the octal mode of the home: 700 by default, 2770 for a group."""

MOST_DIGITS = 300
"""Most digits of a whole number in a file; a float holds no more."""

OWNER, OTHERS = 0o700, 0o077
"""Permission bits of the owner, and of the group and all others."""

LOGIN_KEY = "login.key"
"""The file of the key with which `petwidgets serve` signs the cookies of logins."""

OURS = ("runs", "sessions", "cache", "labels", "petwidgets.log", "engine.log", LOGIN_KEY)
"""Prefixes of the names of entries of a home."""


def folder_mode() -> int:
    """The mode of the home.

    Raises:
        Problem: the environment variable holds no such mode.
    """
    text = os.environ.get(MODE, "") or "700"
    try:
        mode = int(text, 8)
    except ValueError:
        mode = 0
    if mode & OWNER != OWNER or mode & ~0o2777:
        raise Problem(f"{MODE} is {text!r}, but means an octal mode such as 700, or 2770.")
    return mode


def opener(path: str, flags: int) -> int:
    """Open a file, as `opener` of `open`; a new one has the home's permissions within the umask."""
    return os.open(path, flags, folder_mode() & 0o666)


def make_home() -> None:
    """Create the home with `folder_mode`, if there is none.

    Raises:
        OSError: it can't be made.
        Problem: as `folder_mode`.
    """
    if not home().exists():
        home().mkdir(parents=True, exist_ok=True, mode=folder_mode())


def close_home() -> None:
    """Restrict an existing home to the mode of `PETWIDGETS_HOME_MODE`.

    This is done only if it belongs to this account and holds a home's files only; otherwise a
    warning is logged.

    Raises:
        OSError: it does not exist.
        Problem: as `folder_mode`.
    """
    folder = home()
    now = stat.S_IMODE(folder.stat().st_mode)
    wanted = now & ~(OTHERS & ~folder_mode())
    if now == wanted or os.name != "posix":
        return
    try:
        if not all(path.name.startswith((".", *OURS)) for path in folder.iterdir()):
            raise PermissionError
        folder.chmod(wanted)
    except OSError:
        log.warning("others may look into %s: chmod %o it, or set %s", folder, wanted, MODE)


def cache(name: str) -> Path:
    """The folder `cache/name` of the home; its files may be deleted at any time."""
    return home() / "cache" / name


LABELS_FILE = "labels.json"
"""The name of a run's own copy of its table of labels."""


def labels_place(digest: str) -> Path:
    """The file of a table of labels, named by its content."""
    return home() / "labels" / f"{digest}.json"


def content_digest(content: bytes) -> str:
    """Identify content by 128 bits of its SHA-256, as 32 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:32]


def identity(path: Path) -> str:
    """Identify an unchanged file by its path, time and size.

    Raises:
        OSError: it does not exist.
    """
    facts = path.stat()
    return f"{path.absolute()}|{facts.st_mtime_ns}|{facts.st_size}"


@contextmanager
def complaints(path: Path) -> Iterator[None]:
    """Turn errors of the file system within the block into one sentence.

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
    """Write a file atomically: yield a temporary path, and rename it to `path` after the block.

    Readers see the old file or the new one, never a part of either. If the block raises, the old
    file stays.

    Raises:
        Problem: the disk is full, or the folder can't be written.
    """
    with complaints(path):
        if path.is_relative_to(home()):
            make_home()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            os.close(opener(str(temporary), os.O_CREAT | os.O_EXCL))
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def bounded_int(digits: str) -> int:
    """Read a whole number, as `parse_int` of `json.loads`; `int` accepts more than a float holds.

    Raises:
        ValueError: it has more than `MOST_DIGITS` digits; nothing here writes such a number.
    """
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON, atomically.

    Raises:
        Problem: the disk is full, or the folder can't be written.
    """
    with replacing(path) as temporary:
        text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        temporary.write_text(text, "utf-8", UNDECODABLE)
