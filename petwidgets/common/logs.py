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
"""Most bytes of a log; a full one is renamed to `.1` and replaces the previous one."""

LONGEST = 1000
"""Most characters of a message, and of a line of its traceback."""

MOST_LINES = 60
"""Most lines of a traceback; its last ones are kept."""

MOST_A_MINUTE = 1000
"""Most messages of a process in a minute; the next one says how many were left out."""

OF_KERNELS = ("Comm", "IPKernelApp")
"""Loggers of ipykernel that repeat what a page has sent."""


class RateLimit(logging.Filter):
    """Shorten messages, and drop those beyond `MOST_A_MINUTE`."""

    def __init__(self) -> None:
        super().__init__()
        self._since, self._passed, self._left_out = time.monotonic(), 0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a record in place; return whether it may be written."""
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
    r"""Shorten a text to `LONGEST` characters on one line.

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
    """A log file in the home that several processes write; the first to find it full renames it."""

    def __init__(self, name: str) -> None:
        make_home()
        super().__init__(home() / name, encoding="utf-8", errors=UNDECODABLE)
        self.addFilter(RateLimit())

    def _open(self) -> TextIOWrapper:
        return open(  # type: ignore[return-value] # a text file is one
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=opener
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message, and rotate the file if it is full."""
        super().emit(record)
        with suppress(OSError, ValueError):
            if self.stream and os.fstat(self.stream.fileno()).st_size > MOST_BYTES:
                self._rotate(Path(self.baseFilename))

    def _rotate(self, path: Path) -> None:
        # A timeout means that another process is rotating the log.
        with suppress(Timeout), FileLock(f"{path}.lock", timeout=0):
            if path.stat().st_size > MOST_BYTES:  # no other process has rotated it meanwhile
                path.replace(f"{path}.1")


def keep_log() -> None:
    """Write petwidgets' messages, from INFO on, to the home's log; a second call does nothing."""
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
    close_home()  # last, because it may write to the log


def keep_output(stream: IO[bytes], name: str) -> None:
    """Write the output of a child process to a file of the home, until the child closes it.

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
