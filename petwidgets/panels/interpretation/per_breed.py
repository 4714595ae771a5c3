"""How well each breed is recognised, with the interval that so few photographs leave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted, percent, plural, readable
from petwidgets.data.set_notes import about_sides
from petwidgets.metrics import per_class
from petwidgets.metrics.confusion import change, matrix_of
from petwidgets.panels.interpretation.base import PredictionsPanel
from petwidgets.snippets.interpretation import report
from petwidgets.widgets.base import note
from petwidgets.widgets.fields import choice
from petwidgets.widgets.form import Form
from petwidgets.widgets.interval_dots import IntervalDots
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.metrics.confusion import Change
    from petwidgets.metrics.per_class import Breed
    from petwidgets.widgets.interval_dots import Dot

HEADER = [
    "recall", "95 % interval", "precision", "95 % interval", "F1", "support", "predicted",
]  # fmt: skip
NAMES = {
    "recall": "recall, the lowest first",
    "precision": "precision, the lowest first",
    "f1": "F1, the lowest first",
    "support": "support, the fewest first",
    "breed": "name",
}
WHAT = {
    "recall": "Recall: of its photographs, the share that was recognised",
    "precision": "Precision: of those taken for it, the share that is",
}
SHARES = [[x / 100, f"{x} %"] for x in (0, 25, 50, 75, 100)]
CHANCE = (
    "Of {} intervals some {:.0f} would miss their {}'s true share by chance alone: look at what"
    " lies far apart."
)


class BreedsPanel(PredictionsPanel):
    """Recall, precision and F1 of every breed, as dots with intervals and as a table.

    Args:
        session: whose run is shown where nothing else is given; a panel alone makes its own.
        probabilities: (n, c) numbers, rows adding to one: an array, tensor or list.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        files: n paths of what was predicted.
        learner: a fastai `Learner`, which predicts its validation set at once, in one pass.
        interpretation: a fastai `Interpretation`, for its learner and its `DataLoader`.

    Attributes:
        interpretation: what is shown, an `Interpretation`: `probabilities` (n, c) float32,
            `targets` and `predictions` (n) positions in `vocab`, `losses` (n) in nats.
        form: `measure` of the dots, `recall` or `precision`; `by`, what they are sorted by.
        table: a row a breed: recall and precision with 95 % intervals, F1, counts; then the mean.

    Raises:
        Problem: what is given has another shape or other values, or several were given.

    Example:
        From your own arrays:

        >>> given = {"probabilities": [[0.9, 0.1], [0.3, 0.7], [0.8, 0.2]], "targets": [0, 1, 1]}
        >>> panel = BreedsPanel(**given, vocab=["cat", "dog"])
        >>> panel.dots.items[0]["label"], panel.dots.items[0]["text"]
        ('dog', '1 of 2, 50.0 % (9 to 91)')

        From a fastai learner:

        >>> BreedsPanel(learner=learn)  # doctest: +SKIP

        From a run of petwidgets':

        >>> len(BreedsPanel().dots.items)
        37
    """

    key = "breeds"
    title = "Every class"
    compares = True
    lead = "Sort the classes by what you care about, and see how sure such a figure is."
    why = (
        "Recall is about the photographs of a class: how many were recognised. Precision is about"
        " the answer: how often it is true when it is given. A class that is named too readily has"
        " a high recall and a low precision. With twenty photographs of a class one more error"
        " moves its recall by five points, and its interval is some thirty wide: most classes"
        " can't be told apart by such a test."
    )

    def build(self) -> None:
        """Controls above, figures below."""
        self.form = Form(
            [choice("measure", "Dots show", [("recall", "recall"), ("precision", "precision")]),
             choice("by", "Sort by", [*NAMES.items()])]
        )  # fmt: skip
        self.said, self.dots, self.gains = (
            note(),
            IntervalDots(ticks=SHARES),
            IntervalDots(least=-1.0),
        )
        self.gains.ticks = [[x / 100, f"{x:+d}" if x else "same"] for x in (-100, -50, 0, 50, 100)]
        self.table = Table()
        self.body.children = [
            self.run_form, self.lead_there, self.status, self.form, self.said, self.dots,
            self.gains, self.table,
        ]  # fmt: skip
        self.keep(self.form)
        self.form.observe(self.guarded(lambda _: self.draw()), "values")
        self.begin()

    def draw(self) -> None:
        """Every breed, sorted."""
        found, other = self.interpretation, self.versus
        rows = per_class.breeds(matrix_of(found), found.vocab)
        shown = per_class.ordered(rows, self.form["by"])
        measure = self.form["measure"]
        sides = (
            [] if self.own else about_sides(self.run.info.get("inventory", {}).get("breeds", {}))
        )
        self.said.value = " ".join([*sides, CHANCE.format(len(rows), len(rows) / 20, found.noun)])
        with self.dots.hold_sync(), self.table.hold_sync():
            self.dots.caption = f"{WHAT[measure]}. {found.source}, with 95 % intervals (Wilson)"
            self.dots.items = [_dot(one, measure) for one in shown]
            self.table.caption = f"As in scikit-learn's classification_report. {found.source}"
            self.table.header = [found.noun, *HEADER]
            self.table.rows = [*map(_row, shown), _mean(rows, plural(found.noun))]
        self.folds.code = report(found.run, own=found.own)
        if other is None:
            self.gains.items = []
            return
        both = change(found, other)
        self.gains.caption = (
            f"Recall under {other.name} less recall under {found.name}, in percentage points, on"
            f" the {counted(both.pairs.n, 'photograph')} that both were validated on, with 95 %"
            " intervals (Newcombe, paired)"
        )
        self.gains.items = _gains(both)


def _dot(one: Breed, measure: str) -> Dot:
    value, (low, high) = getattr(one, measure), one.interval(measure)
    of = one.support if measure == "recall" else one.predicted
    known = not math.isnan(value)
    said = f"{one.right} of {of}, {percent(value)} ({100 * low:.0f} to {100 * high:.0f})"
    return {
        "label": readable(one.breed),
        "value": value if known else None,
        "low": round(low, 4),
        "high": round(high, 4),
        "text": said if known else "no photographs to go by",
    }


def _row(one: Breed) -> list[str]:
    cells = [readable(one.breed)]
    for measure in ("recall", "precision"):
        low, high = one.interval(measure)
        cells += [_figure(getattr(one, measure)), f"{low:.2f} to {high:.2f}"]
    return [*cells, _figure(one.f1), f"{one.support:,}", f"{one.predicted:,}"]


def _mean(rows: list[Breed], nouns: str) -> list[str]:
    recall, precision, f1 = (
        _figure(per_class.macro(rows, m)) for m in ("recall", "precision", "f1")
    )
    support = f"{sum(one.support for one in rows):,}"
    return [f"mean of {nouns} (macro avg)", recall, "", precision, "", f1, support, support]


def _figure(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.4f}"


def _gains(both: Change) -> list[Dot]:
    """Breeds by what they gained, the greatest loss first; those that can be told from none."""
    found = sorted(per_class.gains(both).items(), key=lambda one: one[1])
    return [
        {
            "label": readable(name),
            "value": gain,
            "low": round(low, 4),
            "high": round(high, 4),
            "text": f"{100 * gain:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
            if gain
            else f"same ({100 * low:+.1f} to {100 * high:+.1f})",
        }
        for name, (gain, low, high) in found
    ]
