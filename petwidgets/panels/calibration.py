"""Whether a probability is worth its name, and the one number that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np

from petwidgets.lessons.calibration import (
    BINS,
    FOLDS,
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
from petwidgets.problem import Problem
from petwidgets.ui.bars import Bars
from petwidgets.ui.chart import Chart
from petwidgets.ui.form import Form, button, number
from petwidgets.ui.interpreted import InterpretingPanel
from petwidgets.ui.part import note, plain
from petwidgets.ui.table import Table
from petwidgets.ui.wording import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.lessons.interpretation import Interpretation

FIGURES = ["", "temperature", "NLL (nats)", "calibration error", "error"]
COLUMNS = ["photographs", "mean confidence", "right", "95 % interval"]
CURVE = 80
"""Points of the curve over the temperature."""


class CalibrationPanel(InterpretingPanel):
    """A reliability diagram before and after a temperature, which is dragged along its NLL.

    Example:
        >>> panel = CalibrationPanel()
        >>> panel.form.press("fit")
        >>> round(panel.form["temperature"], 2)
        1.35
    """

    key = "calibration"
    title = "Is the probability honest?"
    lead = "Drag the temperature to where the curve is lowest, and see the points meet the diagonal."
    why = (
        "A network that says 90 % should be right nine times out of ten; most are too sure, for"
        " cross-entropy rewards certainty long after the error has stopped falling. Dividing all"
        " logits by one number, the temperature, makes every answer less sure, or more, without"
        " changing which breed comes first: the error rate stays what it is. Classify divides by"
        " the temperature that is fitted here, on the validation photographs (Guo, Pleiss, Sun and"
        " Weinberger, On Calibration of Modern Neural Networks, 2017)."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        asked = [
            number("temperature", "Temperature", 0.05, 20, 0.01),
            button("fit", "Fit", primary=True),
        ]
        self.form = Form(asked, temperature=1.0)
        self.curve = Chart(across="temperature", up="NLL (nats)", moves=True, step=0.01)
        self.diagram = Chart(across="confidence", up="share that is right; lines: 95 % intervals")
        self.before, self.after = Bars(), Bars()
        self.figures, self.table = Table(header=FIGURES), Table()
        self.verdict = note()
        self.body.children = [
            self.run_form, self.lead_there, self.status, self.form,
            _columns(self.curve, self.diagram), self.verdict, self.figures,
            _columns(self.before, self.after), self.table,
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
        self.other_rows = [
            _figures("fitted on these photographs", self.fitted, found),
            _row("fitted on others of them", _span(others.temperatures), others.probabilities, found),
        ]
        self.chance = by_chance(cooled(p, self.fitted))
        self.before.caption = _caption(1.0)
        self.before.items = _bars(self.raw)
        self._draw_curve(p, targets)
        self._draw_at()

    def _draw_curve(self, p: np.ndarray, targets: np.ndarray) -> None:
        low, high = min(0.3, self.fitted / 2), max(4.0, 1.5 * self.fitted)
        places = np.append(np.geomspace(low, high, CURVE), [1.0, self.fitted])
        points = [(float(t), nll(p, targets, float(t))) for t in np.sort(places)]
        with self.curve.hold_sync():
            self.curve.lines = [{"name": "NLL", "tone": "blue", "points": points}]
            self.curve.marks = [{"x": self.fitted, "label": f"fitted: {self.fitted:.2f}"}]
            self.curve.most = 2 * nll(p, targets)

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
        self.after.caption, self.after.items = _caption(chosen), _bars(bins)
        self._draw_table(bins, chosen)
        self.verdict.value = self._verdict(found)
        self.folds.code = snippet(found.run, chosen)

    def _draw_table(self, bins: Sequence[Bin], chosen: float) -> None:
        at = f"T = {chosen:g}"
        self.table.caption = f"The diagram's figures, as trained and with {at}"
        self.table.header = ["confidence", *COLUMNS, *(f"{at}: {name}" for name in COLUMNS)]
        before, after = ({b.at: b for b in one} for one in (self.raw, bins))
        self.table.rows = [
            [_range(i), *_cells(before.get(i)), *_cells(after.get(i))]
            for i in range(BINS)
            if i in before or i in after
        ]

    def _verdict(self, found: Interpretation) -> str:
        n, sure = len(found.files), float(found.confidence.mean())
        said = "too sure" if self.fitted > 1 else "not sure enough"
        return (
            f"Live, from the recorded predictions: this model is {said}: sure of {percent(sure)} on"
            f" average, right on {percent(1 - found.errors / n)} of {n:,}. The temperature"
            f" {self.fitted:.2f} was fitted on the same photographs that it is judged by; fitted on"
            f" {FOLDS - 1} of {FOLDS} parts and judged by the fifth, in turn, it does what the last"
            f" row says. An honest model would show a calibration error of {self.chance:.3f} by"
            f" chance, of so few photographs. The error does not change with the temperature."
        )

    def _sound(self) -> Interpretation:
        found = self.interpretation
        if not len(found.files) or not np.isfinite(found.probabilities).all():
            raise Problem(
                f"The predictions of {found.run} are no probabilities: its training diverged."
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


def _caption(chosen: float) -> str:
    with_t = "as trained" if chosen == 1 else f"with T = {chosen:g}"
    return f"Photographs by confidence, {with_t}"


def _range(at: int) -> str:
    return f"{at / BINS:.1f} to {(at + 1) / BINS:.1f}"


def _bars(bins: Sequence[Bin]) -> list[dict[str, Any]]:
    counts = {b.at: b.count for b in bins}
    n = sum(counts.values())
    return [
        {"label": _range(i), "value": count, "text": f"{count:,} ({percent(count / n)})"}
        for i in range(BINS)
        for count in [counts.get(i, 0)]
    ]


def _lines(raw: Sequence[Bin], bins: Sequence[Bin], chosen: float) -> list[dict[str, Any]]:
    drawn = [_line("as trained", "orange", raw)]
    if chosen != 1:
        drawn.append(_line(f"T = {chosen:g}", "blue", bins))
    honest = {"name": "honest", "tone": "grey", "points": [(0, 0), (1, 1)], "dashed": True}
    return [honest, *drawn]


def _line(name: str, tone: str, bins: Sequence[Bin]) -> dict[str, Any]:
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


def _span(temperatures: Sequence[float]) -> str:
    return f"{min(temperatures):.3f} to {max(temperatures):.3f}"


def _cells(one: Bin | None) -> list[str]:
    if one is None:
        return ["0", "", "", ""]
    low, high = map(percent, one.interval)
    return [f"{one.count:,}", percent(one.confidence), percent(one.accuracy), f"{low} to {high}"]
