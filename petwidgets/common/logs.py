"""Write the log file `petwidgets.log` in the home.

A kernel's stderr goes to the page or nowhere. Pages, workers and the command line therefore log to
one file. Its size is bounded: by characters a line, lines a minute and process, and bytes.

The rotation is four lines of our own. `RotatingFileHandler` supports one process only.
`WatchedFileHandler` reopens a file that another process has renamed, and `filelock` serialises the
renaming, so a package for several processes (`concurrent-log-handler`) would add nothing.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from contextlib import suppress
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import IO, TYPE_CHECKING

from filelock import FileLock, Timeout

from petwidgets.common.errors import Problem
from petwidgets.common.paths import UNDECODABLE, close_home, home, make_home, opener

if TYPE_CHECKING:
    from io import TextIOWrapper

FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"

MOST_BYTES = 10_000_000
"""Bytes of a log; a full one is renamed to `.1`, in the place of the one before it."""

LONGEST = 1000
"""Characters of a message, and of a line of what stands below it."""

MOST_LINES = 60
"""Lines of a traceback: its last ones."""

MOST_A_MINUTE = 1000
"""Messages of a process in a minute; the next one says how many were left out."""

OF_KERNELS = ("Comm", "IPKernelApp")
"""Loggers of ipykernel that repeat what a page has sent."""


class RateLimit(logging.Filter):
    """Shorten messages, and drop those beyond `MOST_A_MINUTE`."""

    def __init__(self) -> None:
        super().__init__()
        self._since, self._passed, self._left_out = time.monotonic(), 0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it may be written; it is shortened in place."""
        message = shortened(record.getMessage())
        if time.monotonic() - self._since >= 60:  # noqa: PLR2004 - a minute
            if self._left_out:
                message = f"({self._left_out:,} messages were left out.) {message}"
            self._since, self._passed, self._left_out = time.monotonic(), 0, 0
        if self._passed >= MOST_A_MINUTE:
            self._left_out += 1
            return False
        self._passed += 1
        record.msg, record.args = message, None
        if record.exc_info and record.exc_info[1]:
            record.exc_text = _last_lines("".join(traceback.format_exception(record.exc_info[1])))
        return True


def shortened(text: str) -> str:
    r"""At most `LONGEST` characters on one line.

    Example:
        >>> shortened("a\nb")
        'a\\nb'
    """
    start = text[: LONGEST + 1]
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in start)
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."


def _last_lines(text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    cut = ["..."] if len(lines) > MOST_LINES else []
    return "\n".join([*cut, *map(shortened, lines[-MOST_LINES:])])


class RotatingLog(WatchedFileHandler):
    """A file of the home that several processes write, and whichever finds it full renames."""

    def __init__(self, name: str) -> None:
        make_home()
        super().__init__(home() / name, encoding="utf-8", errors=UNDECODABLE)
        self.addFilter(RateLimit())

    def _open(self) -> TextIOWrapper:
        return open(  # type: ignore[return-value] # a text file is one
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=opener
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message."""
        super().emit(record)
        with suppress(OSError, ValueError):
            if self.stream and os.fstat(self.stream.fileno()).st_size > MOST_BYTES:
                self._rotate(Path(self.baseFilename))

    def _rotate(self, path: Path) -> None:
        with suppress(Timeout), FileLock(f"{path}.lock", timeout=0):  # another process does so
            if path.stat().st_size > MOST_BYTES:  # and has not done so
                path.replace(f"{path}.1")


def keep_log() -> None:
    """Write what petwidgets has to say, from INFO on, to the home's log. Again is harmless."""
    logger = logging.getLogger("petwidgets")
    if any(isinstance(handler, RotatingLog) for handler in logger.handlers):
        return
    for name in OF_KERNELS:
        logging.getLogger(name).addFilter(RateLimit())
    try:
        handler = RotatingLog("petwidgets.log")
    except (OSError, Problem) as error:
        logger.warning("no log can be kept: %s", error)
        return
    handler.setFormatter(logging.Formatter(FORMAT))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    comm = logging.getLogger("Comm")  # without a handler it prints tracebacks, to the page
    comm.addHandler(handler)
    comm.propagate = False
    close_home()  # now that the log can be told


def keep_output(stream: IO[bytes], name: str) -> None:
    """Write what a child process prints to a file of the home, until it closes its end.

    Args:
        stream: its standard output. It is read to its end, even if nothing can be written.
        name: of the file.
    """
    with suppress(OSError, Problem):
        handler = RotatingLog(name)
        with stream:
            while line := stream.readline(LONGEST):
                text = line.decode("utf-8", "replace").rstrip()
                record = logging.makeLogRecord({"msg": "%s", "args": (text,)})
                handler.handle(record)
        handler.close()
    while not stream.closed and stream.read(LONGEST):
        pass
