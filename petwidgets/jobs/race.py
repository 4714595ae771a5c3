"""Train a head with several learning rates side by side, for an epoch each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.run import Run


@dataclass(frozen=True)
class Lane:
    """What one rate comes to.

    Args:
        rate: the highest of the one-cycle schedule.
        losses: smoothed training loss after each batch, in nats; None where it is not a number.
        valid_loss: after the epoch, in nats; None if it is not a number.
        error_rate: after the epoch, on the validation photographs.
    """

    rate: float
    losses: tuple[float | None, ...]
    valid_loss: float | None
    error_rate: float


@job("petwidgets.baseline.race")
def race(run: Run, rates: Sequence[float]) -> list[Lane]:
    """Train a new head for one epoch with each rate, on the features that a search has kept.

    Args:
        run: a search of a baseline's rate, which has ended: its photographs, split and seed are
            used, so that all rates see the same batches.
        rates: the highest rates, each above 0.

    Raises:
        Problem: the features are not kept, or the photographs are not on this machine.
    """
