"""What a training with changed labels is worth: two runs on the same photographs, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted, percent
from petwidgets.data.label_edits import summary
from petwidgets.metrics.comparison import verdict
from petwidgets.metrics.intervals import interval
from petwidgets.metrics.label_issues import difference
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.metrics.comparison import Pairs
    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.runs.run import Run

HEADER = [
    "wrong, judged by",
    "before",
    "after",
    "after less before",
    "95 % interval",
    "p (McNemar)",
]
TRAIN = (
    "Train once with your decisions, and once with the switch off: both runs are then compared"
    " here, on the same photographs under the same labels."
)


class BeforeAfter(VBox):
    """A table of two runs and what it says; `show` fills it.

    Example:
        >>> BeforeAfter().table.rows
        []
    """

    def __init__(self) -> None:
        self.table, self.said = Table(), note()
        super().__init__([self.table, self.said], layout=PLAIN)

    def show(
        self,
        before: Run | None,
        after: Run,
        judged_before: Interpretation | None,
        judged_after: Interpretation,
    ) -> None:
        """Compare a run that was trained with changes and one that was trained without.

        Args:
            before: the one without, or with other changes; None where there is none.
            after: the one that is looked into.
            judged_before: what the first one predicted.
            judged_after: what the second one predicted.
        """
        self.table.rows, self.table.header, self.table.caption = [], [], ""
        changed = after.recipe.leave_out or after.recipe.relabel
        if before is None or judged_before is None:
            self.said.value = f"{_alone(after)} {TRAIN}" if changed else TRAIN
        elif not changed and not (before.recipe.leave_out or before.recipe.relabel):
            self.said.value = f"Neither {before.title} nor {after.title} has changes. {TRAIN}"
        else:
            self._draw(before, after, judged_before, judged_after)

    def _draw(self, before: Run, after: Run, one: Interpretation, other: Interpretation) -> None:
        found = difference(one, other)
        n = found.corrected.n
        count = "counts" if found.left_out == 1 else "count"
        left_out = (
            f" {found.left_out:,} more that {before.title} was validated on {count} for neither,"
            f" for {after.title} was not."
        )
        self.said.value = (
            f"{counted(found.relabelled, 'of these was', 'of these were')} relabelled: each row"
            " judges both runs by one list of labels, from the probabilities that they kept."
            f"{left_out * bool(found.left_out)}"
            f" {verdict(found.corrected, before.title, after.title)}"
        )
        if n:
            self.table.caption = (
                f"Recorded, on the {counted(n, 'photograph')} that both were validated on. Before:"
                f" {before.title}. After: {_alone(after)}"
            )
            self.table.header = HEADER
            self.table.rows = [
                _row("the labels of the run after", found.corrected),
                _row("the labels of the run before", found.as_found),
            ]


def _alone(run: Run) -> str:
    return f"{run.title}, {summary(run.recipe.leave_out, run.recipe.relabel)}."


def _row(labels: str, pairs: Pairs) -> list[str]:
    low, high = pairs.interval()
    wrong = [f"{percent(k / pairs.n)} ({interval(k, pairs.n)})" for k in pairs.errors]
    between = f"{100 * low:+.1f} to {100 * high:+.1f}"
    return [labels, *wrong, f"{100 * pairs.difference:+.1f} points", between, f"{pairs.p:.3f}"]
