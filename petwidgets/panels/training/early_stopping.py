"""Two dots a budget of epochs: a long cycle stopped there, and a whole cycle of so many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted, percent
from petwidgets.metrics.comparison import UNLIKELY, Pairs
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.line_chart import LineChart
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.stopping import Budget, Stopping

STOPPED, WHOLE = "stopped there", "a whole cycle"
HEADER = ["epochs", "rate there", STOPPED, WHOLE, "whole minus stopped", "95 % interval"]
RUNS = ["epochs", "error: stopped there", "loss", "error: a whole cycle", "loss", "its run"]
CYCLES = (
    "Recorded: this run as it stood after so many epochs, beside runs that planned no more, so that"
    " their rate came down"
)
Point = tuple[float, float]


class StoppingView(VBox):
    """A chart with two dots a budget, what they say, and their table.

    Example:
        >>> view = StoppingView()
        >>> view.children
        ()
    """

    def __init__(self) -> None:
        super().__init__(layout=PLAIN)

    def _build(self) -> None:
        """Its parts: a page is sent none of them before they are asked for."""
        self.chart = LineChart(across="epochs", whole=True, up="error rate")
        self.said, self.table = note(), Table()
        self.children = [self.chart, self.said, self.table]

    def say(self, sentence: str) -> None:
        """Show a sentence under the chart."""
        if not self.children:
            self._build()
        self.said.value = sentence

    def show(self, found: Stopping, source: str) -> None:
        """Show budgets whose models were validated on the same photographs.

        Args:
            found: the figures.
            source: where they come from, in words.
        """
        n = found.photographs
        self.say(f"{source}, highest rate {found.rate:.2g}: {verdict(found)}")
        self._dots(
            [(i, wrong / n) for i, wrong in enumerate(found.wrong, 1)],
            [(budget.epochs, budget.whole / n) for budget in found.budgets],
        )
        self.table.header, self.table.caption = HEADER, f"Of {counted(n, 'photograph')}"
        self.table.rows = [_row(budget, n) for budget in found.budgets]

    def show_runs(self, long: Sequence[Point], rows: list[list[str]]) -> None:
        """Show a run beside shorter ones.

        Args:
            long: (epoch, error rate) of the run.
            rows: as of `metrics.epochs.early_stopping`.
        """
        self.say("")
        self._dots(long, [(int(row[0]), float(row[3])) for row in rows])
        self.table.header, self.table.caption, self.table.rows = RUNS, CYCLES, rows

    def _dots(self, long: Sequence[Point], whole: Sequence[Point]) -> None:
        chosen = {epochs for epochs, _ in whole}
        self.chart.lines = [
            {"name": "one long cycle", "tone": "grey", "points": long},
            {"name": STOPPED, "tone": "blue", "dots": True, "dashed": True,
             "points": [point for point in long if point[0] in chosen]},
            {"name": WHOLE, "tone": "orange", "dots": True, "dashed": True, "points": whole},
        ]  # fmt: skip


def pairs(budget: Budget, n: int) -> Pairs:
    """Which of `n` photographs the stopped model (the first) and the whole cycle's got right."""
    neither = budget.stopped - budget.whole_alone
    both = n - neither - budget.stopped_alone - budget.whole_alone
    return Pairs(both, budget.stopped_alone, budget.whole_alone, neither)


def verdict(found: Stopping) -> str:
    """What the budgets say, in a sentence or two."""
    kinds: dict[str, list[str]] = {"better": [], "worse": [], "even": []}
    for budget in found.budgets:
        beside = pairs(budget, found.photographs)
        better = "better" if beside.first < beside.second else "worse"
        kinds[better if beside.p < UNLIKELY else "even"].append(str(budget.epochs))
    told = [
        f"a whole cycle of {_listed(kinds[kind])} is clearly {kind} than the long one stopped there"
        for kind in ("better", "worse")
        if kinds[kind]
    ]
    if kinds["even"]:
        told.append(
            f"at {_listed(kinds['even'])} {counted(found.photographs, 'photograph')} don't tell"
            " them apart"
        )
    ended = "McNemar's exact test, 5 %"
    return f"{'; '.join(told) or 'the cycle is too short to be stopped'} ({ended})."


def _listed(epochs: list[str]) -> str:
    *first, last = epochs
    if not first:
        return counted(int(last), "epoch")
    return " and ".join([", ".join(first), last]) + " epochs"


def _row(budget: Budget, n: int) -> list[str]:
    beside = pairs(budget, n)
    low, high = (f"{100 * end:+.1f}" for end in beside.interval())
    return [
        str(budget.epochs),
        f"{100 * budget.rate:.0f} % of the highest",
        percent(budget.stopped / n),
        percent(budget.whole / n),
        f"{100 * beside.difference:+.1f} points",
        f"{low} to {high}",
    ]
