"""Run torch's ONNX exporter in a separate process.

At its end the exporter restores the process's random state of its start. That would change the
result of a training in another thread, which would also lose half of its CPU time.
"""

from __future__ import annotations

import logging
import subprocess

from petwidgets.common import processes
from petwidgets.common.errors import Problem

log = logging.getLogger(__name__)

TAIL = 700
"""Characters of its complaint that are logged: the last line says what went wrong."""

LONGEST = 900
"""Largest number of seconds that an export may take."""


def run_apart(module: str, *arguments: str) -> None:
    """Run a module as `python -m` does, until it ends.

    Raises:
        Problem: it failed, or took more than `LONGEST` seconds; the details are in the log.
    """
    try:
        processes.run(module, *arguments, seconds=LONGEST).check_returncode()
    except (subprocess.SubprocessError, OSError) as error:
        stderr = (getattr(error, "stderr", None) or b"").decode(errors="replace")
        log.warning("%s failed (%s): %s", module, type(error).__name__, stderr[-TAIL:])
        raise Problem("It can't be exported as ONNX (the details are in the log).") from error
