"""A row of the table: what it compares, how it is measured, and the figures that result."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from petwidgets.common.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    Pairs = Generator["Pair", None, None]
    Measure = Callable[["Settings", int], Pairs]

Need = Literal["app", "chromium", "photographs", "torch"]

Axis = Literal["", "breeds", "photographs", "visitors"]
"""What a row grows with."""


@dataclass(frozen=True)
class Settings:
    """What all rows of one command share.

    Args:
        photographs: a folder of pictures named as in the chapter; None if there is none.
        folder: for files that last as long as the command.
        patience: seconds after which the slower side of `time-to-15` is ended.
    """

    photographs: Path | None
    folder: Path
    patience: float = 120.0

    @property
    def pictures(self) -> Path:
        """The folder of photographs.

        Raises:
            Problem: there is none.
        """
        if self.photographs is None:
            raise Problem("There are no photographs: name their folder by --data.")
        return self.photographs


@dataclass(frozen=True)
class Pair:
    """One round: both sides in the row's unit.

    Args:
        ours: of petwidgets.
        theirs: of what it is compared with.
        unfinished: whether theirs was ended before it was done, so that it is more than that.
    """

    ours: float
    theirs: float
    unfinished: bool = False


@dataclass(frozen=True)
class Row:
    """What is compared, and how.

    Args:
        name: for the command line.
        what: what is measured, in words.
        unit: of both sides.
        ours: what is measured of petwidgets.
        theirs: what a person would use instead.
        measure: yields rounds, without end or until it has no more; is closed after the last one.
        needs: what must be on this machine.
        rounds: how many there are by default.
        grows_with: what the sizes count; empty if the row does not grow.
        sizes: those that take minutes together on two cores.
        large: those of `--large`.
        more_is_better: whether the larger figure is the better one.
    """

    name: str
    what: str
    unit: str
    ours: str
    theirs: str
    measure: Measure
    needs: tuple[Need, ...]
    rounds: int = 3
    grows_with: Axis = ""
    sizes: tuple[int, ...] = (0,)
    large: tuple[int, ...] = (0,)
    more_is_better: bool = False


@dataclass(frozen=True)
class Figure:
    """A row at one size: medians of both sides and of the rounds' ratios.

    Args:
        ours: the median, in the row's unit.
        theirs: the median.
        ratio: how many times as good ours is; below 1 it is worse.
        at_least: whether theirs was ended early in a round: then ratio and theirs are bounds.
        rounds: how many were measured.
    """

    ours: float
    theirs: float
    ratio: float
    at_least: bool
    rounds: int


def summarised(pairs: Sequence[Pair], *, more_is_better: bool) -> Figure:
    """The medians of some rounds.

    The ratio is the median of the rounds' ratios, not the ratio of the medians: a moment at which
    the machine is busy then meets both sides of one ratio.

    Raises:
        Problem: there are none.
    """
    if not pairs:
        raise Problem("Nothing was measured: there are too few photographs for this size.")
    ratios = [p.ours / p.theirs if more_is_better else p.theirs / p.ours for p in pairs]
    return Figure(
        ours=median(pair.ours for pair in pairs),
        theirs=median(pair.theirs for pair in pairs),
        ratio=median(ratios),
        at_least=any(pair.unfinished for pair in pairs),
        rounds=len(pairs),
    )


def measured(row: Row, settings: Settings, size: int, rounds: int) -> Figure:
    """Measure a row at one size.

    Raises:
        Problem: it can't be measured.
    """
    pairs = row.measure(settings, size)
    try:
        return summarised([*islice(pairs, rounds)], more_is_better=row.more_is_better)
    finally:
        pairs.close()  # which ends its servers


def as_json(row: Row, size: int, figure: Figure) -> dict[str, Any]:
    """A figure with all that is needed to read it."""
    told: dict[str, Any] = {name: getattr(row, name) for name in ("name", "what", "unit")}
    told |= {"grows_with": row.grows_with, "size": size} if row.grows_with else {}
    told |= {"ours_is": row.ours, "theirs_is": row.theirs, "more_is_better": row.more_is_better}
    return told | asdict(figure)
