"""Train one batch within a limit of memory: a process of its own has the limit, and may fail."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from fastai.vision.all import default_device, torch

from petwidgets.common import memory, processes
from petwidgets.common.errors import Problem
from petwidgets.jobs import limited_memory as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.limited_memory import Attempt
from petwidgets.learning import CORES
from petwidgets.learning.cost.cost import alone, require_known
from petwidgets.learning.models.precision import require

if TYPE_CHECKING:
    from petwidgets.jobs.model_cost import Measuring

log = logging.getLogger(__name__)

MODULE = "petwidgets.learning.cost.limited_subprocess"

LONGEST = 180
"""Seconds that an attempt may take."""

TAIL = 700
"""Characters of a complaint that are logged: the last line says what went wrong."""

STEADY = {"MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_ARENA_MAX": "1"}
"""Environment in which glibc gives large tensors back at once: what is free can be used again."""

DIED = "The process was ended by the system"


@implements(jobs.limited)
def limited(arch: str, settings: Measuring, limit: int) -> Attempt:
    """Try a batch within a limit (implements the job)."""
    require_known(arch)
    require(settings.precision)
    _require_room(limit)
    asked = (arch, settings.size, settings.batch_size, settings.precision, settings.classes)
    with alone():
        error, peak = _answer(*map(str, (*asked, limit, CORES)))
    return Attempt(settings.batch_size, limit, error, peak)


def _require_room(limit: int) -> None:
    if default_device().type == "cuda":
        room = int(torch.cuda.mem_get_info()[0])
    elif sys.platform == "linux":
        room = memory.room()
    else:
        raise Problem("Without a GPU only Linux limits the memory of a process: try it there.")
    if limit > room / 2:  # the rest is others'
        raise Problem(
            f"This machine has {room / 1e9:.1f} GB free now, half of which may be tried: choose a"
            f" card of less than {limit / 1e9:.1f} GB."
        )


def _answer(*arguments: str) -> tuple[str, int]:
    """The error and the peak that the process tells."""
    try:
        done = processes.run(MODULE, *arguments, seconds=LONGEST, **STEADY)
    except subprocess.TimeoutExpired:
        raise Problem(
            f"One batch took longer than {LONGEST // 60} minutes: take a smaller batch or size."
        ) from None
    if -done.returncode in (signal.SIGKILL, signal.SIGABRT):  # C++ may not outlive a lack of memory
        return DIED, 0
    if done.returncode:
        tail = done.stderr.decode(errors="replace")[-TAIL:]
        log.warning("%s failed: %s", arguments, tail)
        raise Problem(
            f"{arguments[0]} can't be trained with {arguments[1]} pixels (the details are in the"
            " log): choose another size or architecture."
        )
    found = json.loads(done.stdout.splitlines()[-1])
    return str(found["error"]), int(found["peak"])
