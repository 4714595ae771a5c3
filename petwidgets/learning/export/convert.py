"""Have the body of a fine-tuned run converted to ONNX, to classify by it without torch."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.inference.converted import is_converted
from petwidgets.jobs import network as jobs
from petwidgets.jobs.job import implements
from petwidgets.learning.export.separate_process import run_apart

if TYPE_CHECKING:
    from petwidgets.runs.run import Run

log = logging.getLogger(__name__)


@implements(jobs.convert)
def convert(run: Run) -> bool:
    """Convert a run's body (implements the job)."""
    if run.recipe.frozen_only or not run.usable:
        return False
    try:
        run_apart("petwidgets.learning.export.convert_subprocess", str(run.folder))
    except Problem as problem:
        log.warning("run %s stays with torch: %s", run.id, problem)
    return is_converted(run)
