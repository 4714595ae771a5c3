"""A watchdog for the memory of a worker process.

When memory runs out, Linux kills a process without giving a reason, and not always the one that
used the memory. The watchdog acts earlier. It first makes the training raise a `MemoryError`: the
training halves its batch, or ends with the results of its last complete epoch. If the memory is not
released in time, the process ends itself and its supervisor starts a new one.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING

from petwidgets.common import memory
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import gigabytes

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

TICK = 0.2
"""Seconds between two measurements."""

PATIENCE = 5.0
"""Seconds that a training has to release memory; it checks at every layer."""

FAR_TOO_MUCH = 1.15
"""Multiple of the limit above which the process ends itself at once."""

LITTLE, LARGE = 0.04, 0.25
"""Shares of the machine's memory: the machine is nearly full when less than `LITTLE` is free, and
this process is the cause if it uses more than `LARGE`."""

STATUS = 77
"""Exit status of the process when it ends itself."""


class Watch:
    """Watches this process's memory. `exceeded` is set while too much is used.

    Args:
        last_words: called with a sentence before the process ends itself.
    """

    def __init__(self, last_words: Callable[[str], None]) -> None:
        self.exceeded = threading.Event()
        self._last_words, self._since = last_words, 0.0

    def begin(self) -> None:
        """Start watching, in a thread."""
        limit = _limit()
        log.info("this worker may take %s", gigabytes(limit))
        threading.Thread(target=self._go, args=(limit,), daemon=True, name="watch memory").start()

    def _go(self, limit: int) -> None:
        never = threading.Event()
        while not never.wait(TICK):
            self.look(memory.used(), limit)

    def look(self, used: int, limit: int) -> None:
        """Compare the memory in use with the limit, and act on it.

        Args:
            used: bytes in use by this process.
            limit: bytes that it may use.
        """
        if used <= limit and not memory.nearly_full(used, LITTLE, LARGE):
            self.exceeded.clear()
            return
        now = time.monotonic()
        if not self.exceeded.is_set():
            log.warning("%s are taken, of %s", gigabytes(used), gigabytes(limit))
            self._since = now
            self.exceeded.set()
        if now - self._since > PATIENCE or used > FAR_TOO_MUCH * limit:
            sentence = f"The engine's process took {gigabytes(used)} of memory and was ended"
            log.error("%s, for it may take %s", sentence, gigabytes(limit))
            try:
                self._last_words(sentence)
            finally:
                os._exit(STATUS)

    def require_room(self) -> None:
        """Raise while too much memory is used; a training then halves its batch, or ends.

        Raises:
            MemoryError: too much memory is used.
        """
        if self.exceeded.is_set():
            raise MemoryError("this worker takes more memory than it may")


def _limit() -> int:
    try:
        return memory.worker_limit()
    except Problem as problem:
        log.warning("%s", problem)
        return int(memory.SHARE * memory.whole())
