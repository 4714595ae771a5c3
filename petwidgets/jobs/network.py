"""The network of a run that needs torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from petwidgets.inference.network import Network
    from petwidgets.runs.run import Run


@job("petwidgets.learning.predict.network")
def torch_network(run: Run) -> Network:
    """Load a run's network with torch, in this process.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
