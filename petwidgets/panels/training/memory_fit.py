"""Which architectures fit into the memory of a card, and batches that were tried for real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted
from petwidgets.jobs.limited_memory import FEWEST, most, needed
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.interval_dots import IntervalDots
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.limited_memory import Attempt
    from petwidgets.jobs.model_cost import Cost
    from petwidgets.widgets.interval_dots import Dot

CAPTION = "{}: memory of {} at {} pixels, frozen (left end) to unfrozen (dot)"
TRIED = "Tried, live: one batch, all layers, in a process with this much beside Python and torch"
HEADER = ["architecture", "batch", "limit", "taken at most", "fits"]


class MemoryFit(VBox):
    """A row an architecture beside the card's memory, and a row each attempt.

    Example:
        >>> MemoryFit().tried
        []
    """

    def __init__(self) -> None:
        super().__init__(layout=PLAIN)
        self.tried: list[list[str]] = []

    def show(self, named: Sequence[tuple[str, Cost]], batch: int, limit: int, source: str) -> None:
        """Show what batches of `batch` photographs need.

        Args:
            named: costs, each with its label.
            batch: photographs.
            limit: bytes of the card.
            source: where the costs come from, in words.
        """
        if not self.children:  # type: ignore[has-type]
            self.dots = IntervalDots()
            self.children = [self.dots]
        items = [_dot(label, cost, batch, limit) for label, cost in named]
        with self.dots.hold_sync():
            sizes = " and ".join(sorted({str(cost["size"]) for _, cost in named}))
            self.dots.caption = CAPTION.format(source, counted(batch, "photograph"), sizes)
            self.dots.most = max(limit / 1e9, *(item["high"] for item in items)) * 1.02
            self.dots.ticks = [[limit / 1e9, f"the card: {limit / 1e9:g} GB"]]
            self.dots.items = items

    def say(self, sentence: str) -> None:
        """Show a sentence about the attempt."""
        if len(self.children) < 2:  # noqa: PLR2004 - not built yet
            self.said, self.attempts = note(), Table(header=HEADER, caption=TRIED)
            self.children = [self.dots, self.said, self.attempts]
        self.said.value = sentence

    def add(self, arch: str, attempt: Attempt) -> None:
        """Show an attempt, the newest first."""
        self.say(verdict(attempt))
        limit, peak = (f"{n / 1e9:.2f} GB" for n in (attempt.limit, attempt.peak))
        cells = [arch, str(attempt.batch_size), limit, peak, "no" if attempt.error else "yes"]
        self.tried = [cells, *self.tried]
        self.attempts.rows = self.tried


def verdict(attempt: Attempt) -> str:
    """What became of an attempt, and what to do."""
    batch, limit = attempt.batch_size, f"{attempt.limit / 1e9:g} GB"
    if not attempt.error:
        taken = f"{attempt.peak / 1e9:.2f} GB"
        return f"{counted(batch, 'photograph')} at a time fit into {limit}: they took {taken}."
    if batch <= FEWEST:
        return f"Not even {batch} fit into {limit}: make the size or the architecture smaller."
    return (
        f"Out of memory: {counted(batch, 'photograph')} at a time don't fit into {limit}. Make the"
        f" batch smaller: press to try {smaller(batch)}. The process said: {attempt.error}"
    )


def smaller(batch: int) -> int:
    """The next batch to try after one that does not fit."""
    return max(FEWEST, batch // 2)


def _dot(label: str, cost: Cost, batch: int, limit: int) -> Dot:
    low, high = needed(cost, batch)
    fitting = most(cost, limit)
    less = f"{fitting} fit" if fitting else "not even 2 fit"
    return {
        "label": label,
        "value": high / 1e9,
        "low": low / 1e9,
        "high": high / 1e9,
        "text": f"{high / 1e9:.1f} GB: {'fits' if high <= limit else less}",
    }
