"""Train one batch within a limit of memory, in a separate process that may fail.

python -m petwidgets.learning.cost.limited_subprocess ARCH SIZE BATCH PRECISION CLASSES BYTES CORES

Prints one JSON object on its last line: `error`, torch's own first line, empty if the batch fits,
and `peak`, the bytes that it took.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fastai.vision.all import default_device, torch

from petwidgets.common.out_of_memory import exhausted
from petwidgets.jobs.model_cost import Measuring
from petwidgets.learning.cost.measure import Bench, Draws

if TYPE_CHECKING:
    from collections.abc import Callable

WARM = 32
"""Side of the pictures of a first batch: it starts torch's threads, whose stacks are no batch's."""


def attempt(arch: str, settings: Measuring, limit: int) -> tuple[str, int]:
    """Train one batch, all layers, within `limit` bytes beside what Python and torch hold.

    Returns:
        The first line of the error about memory, empty if the batch fits; and the bytes that it
        took at most, as far as it came.
    """
    with (draws := Draws()):
        _warm_up()
        taken = _limit_gpu(limit) if default_device().type == "cuda" else _limit_process(limit)
        try:
            bench = Bench(arch, settings, draws)
            bench.learn.unfreeze()
            bench.step(*bench.pixels(settings.batch_size))
        except (RuntimeError, MemoryError) as error:
            if not exhausted(error):
                raise
            return f"{type(error).__name__}: {str(error).strip().splitlines()[0]}", taken()
        return "", taken()


def _warm_up() -> None:
    torch.nn.Conv2d(3, 8, 3)(torch.randn(2, 3, WARM, WARM)).sum().backward()


def _limit_gpu(limit: int) -> Callable[[], int]:
    """Limit torch's allocator; returns a function that tells its peak."""
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, limit / total))
    return lambda: int(torch.cuda.max_memory_allocated())


def _limit_process(limit: int) -> Callable[[], int]:
    """Limit the data of this process; returns a function that tells its growth at most."""
    import resource

    # If the machine runs out of memory after all, this process is the one to end.
    Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    most = _status("VmData") + limit
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    before = _status("VmRSS")
    return lambda: max(0, _status("VmHWM") - before)


def _status(name: str) -> int:
    """A figure of this process, in bytes."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


if __name__ == "__main__":
    arch, size, batch, precision, classes, limit, cores = sys.argv[1:]
    torch.set_num_threads(int(cores))
    error, peak = attempt(
        arch, Measuring(int(size), int(batch), precision, int(classes)), int(limit)
    )
    sys.stdout.write(json.dumps({"error": error, "peak": peak}))
