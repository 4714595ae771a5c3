"""The memory of a worker's process, watched: what takes too much is ended before the machine is.

Linux ends a process that takes all memory, with no word about why, and perhaps another one than the
one that took it. So a training is told first; it makes its batch smaller, or ends with what its
last whole epoch left. Where that does not help in time the process ends itself, and its supervisor
starts it anew.
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
"""Seconds between two looks."""

PATIENCE = 5.0
"""Seconds that a training has to let go of what is too much; it looks at every layer."""

FAR_TOO_MUCH = 1.15
"""Times the limit, and there is no time to wait."""

LITTLE, LARGE = 0.04, 0.25
"""Shares of the machine's memory: free, and of a process that is large enough to be to blame."""

STATUS = 77
"""What the process exits with."""


class Watch:
    """Looks at this process's memory; `struck` while it is too much.

    Args:
        last_words: called with a sentence before the process ends itself.
    """

    def __init__(self, last_words: Callable[[str], None]) -> None:
        self.struck = threading.Event()
        self._last_words, self._since = last_words, 0.0

    def begin(self) -> None:
        """Look from now on, in a thread."""
        limit = _limit()
        log.info("this worker may take %s", gigabytes(limit))
        threading.Thread(target=self._go, args=(limit,), daemon=True, name="watch memory").start()

    def _go(self, limit: int) -> None:
        never = threading.Event()
        while not never.wait(TICK):
            self.look(memory.used(), limit)

    def look(self, used: int, limit: int) -> None:
        """Judge what is taken.

        Args:
            used: bytes.
            limit: bytes.
        """
        if used <= limit and not memory.nearly_full(used, LITTLE, LARGE):
            self.struck.clear()
            return
        now = time.monotonic()
        if not self.struck.is_set():
            log.warning("%s are taken, of %s", gigabytes(used), gigabytes(limit))
            self._since = now
            self.struck.set()
        if now - self._since > PATIENCE or used > FAR_TOO_MUCH * limit:
            said = f"The engine's process took {gigabytes(used)} of memory and was ended"
            log.error("%s, for it may take %s", said, gigabytes(limit))
            try:
                self._last_words(said)
            finally:
                os._exit(STATUS)

    def require_room(self) -> None:
        """Raise while too much is taken: whoever catches it makes its batch smaller, or ends.

        Raises:
            MemoryError: it is.
        """
        if self.struck.is_set():
            raise MemoryError("this worker takes more memory than it may")


def _limit() -> int:
    try:
        return memory.worker_limit()
    except Problem as problem:
        log.warning("%s", problem)
        return int(memory.SHARE * memory.whole())
