"""Train one batch within a limit of memory, to see torch's error where it does not fit.

Chapter section "Deeper Architectures".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from petwidgets.jobs.model_cost import Cost, Measuring

FEWEST = 2
"""Least number of photographs per batch: batch norm needs more than one."""


@dataclass(frozen=True)
class Attempt:
    """What became of a batch within a limit.

    Args:
        batch_size: photographs that were tried.
        limit: bytes that the batch and the network could take.
        error: torch's own line, empty if the batch fits.
        peak: bytes that were taken at most, as far as it came.
    """

    batch_size: int
    limit: int
    error: str
    peak: int


@job("petwidgets.learning.cost.limited")
def limited(arch: str, settings: Measuring, limit: int) -> Attempt:
    """Train one batch, all layers, in a process of its own that has so much memory.

    Args:
        arch: a torchvision or timm name.
        settings: of the training.
        limit: bytes beside those of Python and torch; of a GPU, bytes of torch's allocator.

    Raises:
        Problem: no such architecture; no limit can be set on this machine, or it has less memory;
            it took too long; or a measurement is running.
    """


def needed(cost: Cost, batch_size: int) -> tuple[int, int]:
    """Bytes that batches of another size need by what was measured, frozen and unfrozen.

    Weights, gradients and moments stay as they are; what is kept for the backward pass grows with
    the batch.
    """
    found = []
    for phase in (cost["frozen"], cost["unfrozen"]):
        kept = phase["memory"]["activations"] / cost["batch_size"]
        fixed = phase["memory"]["all"] - phase["memory"]["activations"]
        found.append(int(fixed + batch_size * kept))
    return found[0], found[1]


def most(cost: Cost, limit: int) -> int:
    """The largest batch that fits into `limit` bytes with all layers trained, by `needed`; or 0."""
    none, one = needed(cost, 0)[1], needed(cost, 1)[1]
    fits = max(0, limit - none) // max(1, one - none)
    return fits if fits >= FEWEST else 0
