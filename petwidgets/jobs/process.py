"""Facts about the engine's worker process."""

from __future__ import annotations

from petwidgets.jobs.job import job


@job("petwidgets.engine.worker")
def process_id() -> int:
    """The process id of the worker, to watch its memory or its death."""
