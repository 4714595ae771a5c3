"""Whether a probability is worth its name, and the one number that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import percent
from petwidgets.metrics.calibration import (
    BINS,
    NOT_FITTED,
    UNFITTED,
    Bin,
    by_chance,
    calibration_error,
    cooled,
    cross_fitted,
    nll,
    reliability,
    snippet,
    temperature,
)
from petwidgets.panels.interpretation.base import PredictionsPanel
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import note, plain
from petwidgets.widgets.fields import button, number
from petwidgets.widgets.form import Form
from petwidgets.widgets.line_chart import LineChart
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.widgets.bars import Bar
    from petwidgets.widgets.line_chart import Line

FIGURES = ["", "temperature", "NLL (nats)", "calibration error", "error"]
BINNED = ["confidence", "photographs", "mean confidence", "right", "95 % interval"]
SLIGHT = 0.03
"""A temperature that is so close to 1 mends nothing."""

COUNTS = "Photographs by confidence, {}"
DRAWN = "The diagram's figures, {}"
CURVE = 80
"""Points of the curve over the temperature."""


class CalibrationPanel(PredictionsPanel):
    """A reliability diagram before and after a temperature, which is dragged along its NLL.

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
        form: `temperature`, the chosen one; `form.press("fit")` takes the fitted one.
        fitted: the temperature with the least NLL; above 1 the model is too sure of itself.
            Exactly 1 where none can be fitted, as to answers that are all right.
        raw: as trained, a `Bin` for each tenth of confidence: count, confidence and accuracy.

    Raises:
        Problem: what is given has another shape or other values, or several were given.

    Example:
        From your own arrays, of a model that is 90 % sure and half the time right:

        >>> panel = CalibrationPanel(probabilities=[[0.9, 0.1]] * 10, targets=[0, 1] * 5)
        >>> panel.fitted > 10, round(panel.raw[0].confidence, 2), panel.raw[0].accuracy
        (True, 0.9, 0.5)

        From a fastai learner:

        >>> CalibrationPanel(learner=learn)  # doctest: +SKIP

        From a run of petwidgets':

        >>> panel = CalibrationPanel()
        >>> panel.form.press("fit")
        >>> round(panel.form["temperature"], 2)
        0.88
    """

    key = "calibration"
    title = "Is the probability honest?"
    lead = "Drag the temperature to the curve's lowest point, and see the dots near the diagonal."
    why = (
        "A network that says 90 % should be right nine times out of ten; most are too sure, for"
        " cross-entropy rewards certainty long after the error has stopped falling. Dividing all"
        " logits by one number, the temperature, makes every answer less sure, or more, without"
        " changing which class comes first: the error rate stays what it is. Classify divides by"
        " the temperature that is fitted here, on the validation photographs (Guo, Pleiss, Sun and"
        " Weinberger, On Calibration of Modern Neural Networks, 2017)."
    )

    def build(self) -> None:
        """Controls above, figures below."""
        fields = [
            number("temperature", "Temperature", 0.05, 20, 0.01),
            button("fit", "Fit", primary=True),
        ]
        self.form = Form(fields, temperature=1.0)
        self.curve = LineChart(across="temperature", up="NLL (nats)", moves=True, step=0.01)
        self.diagram = LineChart(
            across="confidence", up="share that is right; lines: 95 % intervals"
        )
        self.bars, self.cooled_bars = Bars(caption=COUNTS.format("as trained")), Bars()
        self.figures = Table(header=FIGURES)
        self.table = Table(header=BINNED, caption=DRAWN.format("as trained"))
        self.cooled_table = Table(header=BINNED)
        self.verdict = note()
        self.body.children = [
            self.run_form, self.status, self.form,
            _columns(self.curve, self.diagram), self.verdict, self.figures,
            _columns(self.bars, self.cooled_bars), self.table, self.cooled_table,
        ]  # fmt: skip
        self.form.on_press("fit", self.guarded(self._fit))
        self.keep(self.form)
        self.begin()
        self.form.observe(self.guarded(lambda _: self._draw_at()), "values")
        self.curve.observe(self.guarded(self._dragged), "at")

    def draw(self) -> None:
        """What does not change with the temperature."""
        found = self._sound()
        p, targets = found.probabilities, found.targets
        self.fitted, self.raw = temperature(p, targets), reliability(p, targets)
        others = cross_fitted(p, targets)
        used = f"{min(others.temperatures):.3f} to {max(others.temperatures):.3f}"
        self.parts, fits = len(others.temperatures), self.fitted != UNFITTED
        self.other_rows = []
        if fits:
            self.other_rows = [_figures("fitted on these photographs", self.fitted, found)]
        if fits and self.parts > 1:
            row = _row("fitted on others of them", used, others.probabilities, found)
            self.other_rows.append(row)
        self.form.change("fit", hidden=not fits)
        self.chance = by_chance(cooled(p, self.fitted))
        self.bars.items, self.table.rows = _bars(self.raw), _rows(self.raw)
        self._draw_curve(p, targets)
        self._draw_at()

    def _draw_curve(self, p: np.ndarray, targets: np.ndarray) -> None:
        low, high = min(0.3, self.fitted / 2), max(4.0, 1.5 * self.fitted)
        places = np.sort(np.append(np.geomspace(low, high, CURVE), [1.0, self.fitted]))
        heights = [nll(p, targets, float(t)) for t in places]
        highest = 2 * nll(p, targets)  # beyond, the curve is steep and says nothing
        points = [(float(t), y) for t, y in zip(places, heights, strict=True) if y <= highest]
        with self.curve.hold_sync():
            self.curve.lines = [{"name": "NLL", "tone": "blue", "points": points}]
            fitted = {"x": self.fitted, "label": f"fitted: {self.fitted:.2f}"}
            self.curve.marks = [fitted] if self.fitted != UNFITTED else []

    def _draw_at(self) -> None:
        """What the chosen temperature makes of it; a few milliseconds."""
        found, chosen = self._sound(), float(self.form["temperature"])
        bins = reliability(cooled(found.probabilities, chosen), found.targets)
        self.curve.at = chosen
        self.figures.rows = [
            _figures("as trained", 1.0, found),
            _figures("chosen", chosen, found),
            *self.other_rows,
        ]
        self.diagram.lines = _lines(self.raw, bins, chosen)
        self._draw_cooled(bins if chosen != 1 else [], f"with T = {chosen:g}")
        self.verdict.value = self._verdict(found)
        self.folds.code = snippet(found.run, chosen, own=found.own)

    def _draw_cooled(self, bins: Sequence[Bin], how: str) -> None:
        """What is another thing than as trained only where the temperature is not 1."""
        self.cooled_bars.caption = COUNTS.format(how) if bins else ""
        self.cooled_bars.items = _bars(bins)
        self.cooled_table.caption = DRAWN.format(how)
        self.cooled_table.rows = _rows(bins)

    def _verdict(self, found: Interpretation) -> str:
        n, sure = len(found.files), float(found.confidence.mean())
        said = "too sure" if self.fitted > 1 else "not sure enough"
        said = "about as sure as it is right" if abs(self.fitted - 1) < SLIGHT else said
        said = f" {said}:" if self.fitted != UNFITTED else ""
        source = found.name if self.own else "the recorded predictions"
        return (
            f"Live, from {source}: this model is{said} sure of {percent(sure)} on"
            f" average, right on {percent(1 - found.errors / n)} of {n:,}. {self._about_fit()}"
            f" An honest model would show a calibration error of {self.chance:.3f} by"
            f" chance, of so few photographs. The error does not change with the temperature."
        )

    def _about_fit(self) -> str:
        """What the fitted temperature was fitted on and is judged by, or why there is none."""
        if self.fitted == UNFITTED:
            return f"{NOT_FITTED.capitalize()}: probabilities stay as trained."
        said = (
            f"The temperature {self.fitted:.2f} was fitted on the same photographs that it is"
            " judged by"
        )
        if (k := self.parts) == 1:
            return f"{said}."
        return (
            f"{said}; fitted on {k - 1} of {k} parts and judged by the other, in turn, it does what"
            " the last row says."
        )

    def _sound(self) -> Interpretation:
        found = self.interpretation
        if not len(found.files) or not np.isfinite(found.probabilities).all():
            raise Problem(
                f"The predictions of {found.name} are not probabilities: its training diverged."
                " Choose another run."
            )
        return found

    def _dragged(self, change: Any) -> None:
        if change["new"] != self.form["temperature"]:
            self.form.set(temperature=change["new"])

    def _fit(self) -> None:
        self.form.set(temperature=round(self.fitted, 4))


def _columns(*parts: widgets.Widget) -> widgets.HBox:
    return plain(widgets.HBox, parts, css="petwidgets-columns")


def _range(at: int) -> str:
    return f"{at / BINS:.1f} to {(at + 1) / BINS:.1f}"


def _bars(bins: Sequence[Bin]) -> list[Bar]:
    counts = {b.at: b.count for b in bins}
    n = sum(counts.values())
    return [
        {"label": _range(i), "value": count, "text": f"{count:,} ({percent(count / n)})"}
        for i in range(BINS if n else 0)
        for count in [counts.get(i, 0)]
    ]


def _lines(raw: Sequence[Bin], bins: Sequence[Bin], chosen: float) -> list[Line]:
    drawn = [_line("as trained", "orange", raw)]
    if chosen != 1:
        drawn.append(_line(f"T = {chosen:g}", "blue", bins))
    honest: Line = {"name": "honest", "tone": "grey", "points": [(0, 0), (1, 1)], "dashed": True}
    return [honest, *drawn]


def _line(name: str, tone: str, bins: Sequence[Bin]) -> Line:
    return {
        "name": name,
        "tone": tone,
        "dots": True,
        "points": [(b.confidence, b.accuracy) for b in bins],
        "spans": [(b.confidence, *b.interval) for b in bins],
    }


def _figures(name: str, chosen: float, found: Interpretation) -> list[str]:
    return _row(name, f"{chosen:.3f}", cooled(found.probabilities, chosen), found)


def _row(name: str, chosen: str, p: np.ndarray, found: Interpretation) -> list[str]:
    wrong = float((p.argmax(1) != found.targets).mean())
    error = calibration_error(reliability(p, found.targets))
    return [name, chosen, f"{nll(p, found.targets):.4f}", f"{error:.4f}", percent(wrong)]


def _rows(bins: Sequence[Bin]) -> list[list[str]]:
    return [
        [
            _range(b.at),
            f"{b.count:,}",
            percent(b.confidence),
            percent(b.accuracy),
            " to ".join(map(percent, b.interval)),
        ]
        for b in bins
    ]
