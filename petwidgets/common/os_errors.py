"""Turn errors of reading files into sentences for people."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path

ASK = "; change them or ask its owner."

NO_MEMORY = "There is not enough memory to read this: close other programs and try again."

SENTENCES = {
    errno.ENAMETOOLONG: "The name is too long: give the file a shorter one.",
    errno.EISDIR: "This is a folder: name the photographs in it.",
    errno.ELOOP: "This is a link that leads back to itself: name the file.",
    errno.ENOMEM: NO_MEMORY,
    errno.EMFILE: "This program has too many files open: close some pages and try again.",
    errno.ENFILE: "This machine has too many files open: close other programs and try again.",
    errno.EIO: "The disk or the network failed while this was read: try again.",
    errno.ESTALE: "The network folder of this file has changed: open it again.",
    errno.ETIMEDOUT: "The network folder of this file does not answer: try again later.",
}

ABSENT = (errno.ENOENT, errno.ENOTDIR)
FORBIDDEN = (errno.EACCES, errno.EPERM)
OF_CONTENT = (errno.EINVAL, errno.EOVERFLOW)
"""Errors of a seek to an offset that a damaged file contains."""


def is_refusal(error: BaseException) -> bool:
    """Whether the system raised it; for damaged files libraries raise `OSError` without `errno`."""
    return isinstance(error, OSError) and error.errno not in (None, *OF_CONTENT)


def refusal(error: OSError | ValueError, path: Path) -> str:
    """Explain in one sentence why the system refuses to read a file.

    Args:
        error: the system's error; a `ValueError` where no file can have such a name.
        path: of the file.
    """
    if isinstance(error, ValueError) or error.errno in ABSENT:
        return f"There is no file {path}: check its name."
    if error.errno in FORBIDDEN:
        return _forbidden(path)
    why = os.strerror(error.errno) if error.errno else str(error)
    return SENTENCES.get(error.errno or 0, f"This can't be read: the system says {why!r}.")


def _forbidden(path: Path) -> str:
    for folder in reversed(path.parents):
        if not os.access(folder, os.X_OK):
            return f"The folder {folder} may not be entered: its permissions forbid it{ASK}"
    if os.path.isdir(path):  # noqa: PTH112 - Path's own raises
        return f"The folder {path} may not be read: its permissions forbid it{ASK}"
    return f"This file may not be read: its permissions forbid it{ASK}"


def check_readable(path: Path) -> None:
    """Check that a file can be opened; libraries that open files themselves may hide the reason.

    Raises:
        Problem: the file may not be read; the sentence names it.
    """
    try:
        path.open("rb").close()
    except OSError as error:
        raise Problem(f"{path.name}: {refusal(error, path)}") from error


def require_named_file(path: Path, advice: str) -> None:
    """Check that there is a file with this name, and say so if it is a folder's.

    Args:
        path: of the file.
        advice: the end of the sentence: which file to give.

    Raises:
        Problem: there is none.
    """
    if path.is_dir():
        raise Problem(f"{path} is a folder, not a file: {advice}.")
    if not path.is_file():
        raise Problem(f"There is no file {path}: {advice}.")


def require_file(path: Path) -> int:
    """Return the size of an existing file in bytes, without checking that it may be read.

    Raises:
        Problem: it does not exist, is a folder or a device, or is in a folder that may not be
            entered.
    """
    try:
        facts = path.stat()
    except (OSError, ValueError) as error:
        raise Problem(refusal(error, path)) from error
    if stat.S_ISDIR(facts.st_mode):
        raise Problem(SENTENCES[errno.EISDIR])
    if not stat.S_ISREG(facts.st_mode):
        raise Problem("This is a device or pipe, not a file: save the photograph to a file first.")
    return facts.st_size
