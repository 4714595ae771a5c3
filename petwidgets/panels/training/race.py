"""Race one's own rate against a tenth of it, ten times as much, and the book's first try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import percent
from petwidgets.jobs.race import race
from petwidgets.runs.info import ENDED
from petwidgets.runs.run import Run
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.line_chart import LineChart
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.jobs.race import Lane
    from petwidgets.panels.base import Panel
    from petwidgets.session.lr_finder import Curve
    from petwidgets.widgets.line_chart import Line

BOOKS = 0.1
"""The rate of the chapter's first try."""

TONES = ("blue", "green", "orange", "red")
HEADER = ["", "rate", "training loss", "validation loss", "error"]


def rates(own: float) -> dict[float, str]:
    """The rates that race, each with its name, one's own first."""
    names = {own: "yours", own / 10: "a tenth", own * 10: "ten times"}
    return {**names, BOOKS: f"{names[BOOKS]}, and the book's" if BOOKS in names else "the book's"}


class RaceView(VBox):
    """The race of rates after a search of a head alone.

    Args:
        panel: whose session's engine trains.
        won: called with the rate that came first.

    Attributes:
        lanes: of the last race.

    Example:
        >>> RaceView(panel, print).run(curve, own=3e-3)  # doctest: +SKIP
    """

    def __init__(self, panel: Panel, won: Callable[[float], None]) -> None:
        self._panel, self._won = panel, won
        self.lanes: list[Lane] = []
        self.said = note()
        super().__init__(layout=PLAIN)

    def _build(self) -> None:
        """Its parts: a page is sent none of them before the first race."""
        self.chart = LineChart(across="batch of the epoch", up="loss (nats), smoothed")
        self.table = Table(header=HEADER, caption="After one epoch, live")
        self.children = [self.said, self.chart, self.table]

    def run(self, curve: Curve | None, own: float) -> None:
        """Race with one's own rate.

        Args:
            curve: of the search that came before.
            own: one's rate.

        Raises:
            Problem: there was no search of a head alone.
        """
        found = curve.run if curve else None
        if not isinstance(found, Run) or not found.made_here or not found.recipe.frozen_only:
            raise Problem(
                "A race runs on features that a search has kept: search the head alone first."
            )
        if curve is None or curve.state not in ENDED:
            raise Problem("The search is under way: let it end, then race.")
        names = rates(own)
        self.children = self.children or [self.said]  # type: ignore[has-type]
        self.said.value = "The rates race ..."
        future = self._panel.session.engine.quick(race, found, [*names])
        self._panel.when(future, lambda lanes: self._show(lanes, names), failed=self.clear)

    def clear(self) -> None:
        """Show no race."""
        self.lanes, self.said.value, self.children = [], "", []

    def _show(self, lanes: list[Lane], names: dict[float, str]) -> None:
        self.lanes = lanes
        if len(self.children) < 2:  # noqa: PLR2004 - not built yet
            self._build()
        first = min(lanes, key=lambda lane: lane.error_rate)
        start = lanes[0].losses[0] or 1.0
        self.chart.most = 1.5 * start  # what explodes leaves the picture, as it should
        self.chart.lines = [
            _line(lane, names[lane.rate], tone, won=lane == first)
            for lane, tone in zip(lanes, TONES, strict=False)
        ]
        self.table.rows = [_row(lane, names[lane.rate]) for lane in lanes]
        self.said.value = _verdict(lanes, names, first)
        self._won(first.rate)


def _line(lane: Lane, name: str, tone: str, *, won: bool) -> Line:
    points = [(i, loss) for i, loss in enumerate(lane.losses, 1) if loss is not None]
    return {"name": name, "tone": tone, "points": points, "dashed": not won}


def _row(lane: Lane, name: str) -> list[str]:
    losses = (lane.losses[-1], lane.valid_loss)
    told = ["no number" if loss is None else f"{loss:.4f}" for loss in losses]
    return [name, f"{lane.rate:.2e}", *told, percent(lane.error_rate)]


def _verdict(lanes: list[Lane], names: dict[float, str], first: Lane) -> str:
    own = lanes[0]
    same = [names[lane.rate] for lane in lanes if lane.error_rate == first.error_rate]
    if own.error_rate == first.error_rate:
        beside = " Others came as far." if len(same) > 1 else ""
        return f"Your {own.rate:.2g} won: {percent(own.error_rate)} error after one epoch.{beside}"
    return (
        f"{first.rate:.2g} ({names[first.rate]}) won: {percent(first.error_rate)} error after one"
        f" epoch. Your {own.rate:.2g} came to {percent(own.error_rate)}."
    )
