"""Restart the process of Voila when it dies."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from petwidgets.common import processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

log = logging.getLogger(__name__)

SECONDS_BETWEEN_STARTS = 1
MOST_DEATHS, SECONDS_OF_DEATHS = 5, 60
"""After this many deaths within this time Voila is given up."""

SECONDS_TO_END = 15
"""Time for Voila to end, which ends the kernels one by one."""


def say(line: str) -> None:
    """Print a line for the operator of the server."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


class Keeper:
    """Restarts Voila when it dies, and gives up when it dies too often."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], over: threading.Event
    ) -> None:
        self._command, self._over = command, over
        self._environment = {**environment, processes.PARENT: str(os.getpid())}
        self.status = 0
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C is meant for this process, which ends it in order.
        return subprocess.Popen(  # noqa: S603 - our own arguments
            self._command, env=self._environment, start_new_session=True
        )

    def watch(self) -> None:
        """Restart Voila whenever it ends, until the server ends or Voila is given up."""
        deaths: list[float] = []
        while True:
            status = self.process.wait()
            if self._over.wait(SECONDS_BETWEEN_STARTS):
                return
            now = time.monotonic()
            deaths = [moment for moment in deaths if moment > now - SECONDS_OF_DEATHS] + [now]
            if len(deaths) >= MOST_DEATHS:
                say(f"petwidgets: Voila ended {MOST_DEATHS} times within a minute: given up.")
                self.status = status or 1
                self._over.set()
                return
            log.warning("Voila ended with %d and is started again", status)
            say(
                f"petwidgets: Voila ended with {status} and is started again; pages come back by"
                " themselves."
            )
            self.process = self._start()


@contextmanager
def kept_alive(
    command: Sequence[str], environment: Mapping[str, str], over: threading.Event
) -> Iterator[Keeper]:
    """Keep Voila running until the end of the block, or until `over` is set.

    Args:
        command: the command that starts Voila.
        environment: the whole environment.
        over: set when the server is to end; the keeper sets it when it gives up.
    """
    keeper = Keeper(command, environment, over)
    watcher = threading.Thread(target=keeper.watch, daemon=True)
    watcher.start()
    try:
        yield keeper
    finally:
        over.set()
        processes.end(keeper.process, SECONDS_TO_END)
        watcher.join()
