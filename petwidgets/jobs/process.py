"""What a page asks about the engine's own process."""

from __future__ import annotations

from petwidgets.jobs.job import job


@job("petwidgets.engine.worker")
def process_id() -> int:
    """The worker's process id, to watch its memory or its death."""
