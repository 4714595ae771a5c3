"""Follow a photograph from its file to the network: size, bytes and time of each stage.

Chapter section "Presizing": large squares on the CPU, one by one; small ones of a batch at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from petwidgets.jobs.presize import Presizing

TOGETHER = 16
"""Photographs of the batch that is timed."""


@dataclass(frozen=True)
class Stage:
    """What a photograph is at one stage.

    Args:
        name: `file`, `photograph`, `square` or `batch`.
        width: pixels.
        height: pixels.
        bytes: of one photograph.
        seconds: that this stage took for one photograph; None where nothing is computed.
        alone: seconds where the stage takes one photograph at a time, though it can take many.
        device: which computes it.
    """

    name: str
    width: int
    height: int
    bytes: int
    seconds: float | None = None
    alone: float | None = None
    device: str = ""


@job("petwidgets.learning.show.photograph_path")
def follow(path: str, settings: Presizing) -> tuple[Stage, ...]:
    """Compute each stage anew, and time it.

    Args:
        path: of the photograph.
        settings: the transforms.

    Raises:
        Problem: the photograph can't be read, or is too long and narrow to be padded.
    """
