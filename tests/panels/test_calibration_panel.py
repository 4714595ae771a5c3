"""The temperature is dragged, typed and fitted; figures follow and the error does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from test_panels import finish

from petwidgets.metrics import calibration
from petwidgets.panels.interpretation.calibration import CalibrationPanel
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes import OurSession


@pytest.fixture
def panel(session: OurSession) -> CalibrationPanel:
    session.runs.chosen_id = SHIPPED_ID
    return CalibrationPanel(session)


def kept() -> Validation:
    return RunStore().get(SHIPPED_ID).validation()


def expected(t: float) -> list[str]:
    v = kept()
    cool = calibration.cooled(v.probabilities, t)
    error = calibration.calibration_error(calibration.reliability(cool, v.targets))
    loss = calibration.nll(v.probabilities, v.targets, t)
    return [f"{t:.3f}", f"{loss:.4f}", f"{error:.4f}", "4.3 %"]


def test_figures_as_trained(panel: CalibrationPanel) -> None:
    v, rows = kept(), panel.figures.rows
    fitted = calibration.temperature(v.probabilities, v.targets)
    assert [row[0] for row in rows] == [
        *("as trained", "chosen", "fitted on these photographs", "fitted on others of them")
    ]
    assert rows[0][1:] == rows[1][1:] == expected(1.0)
    assert rows[2][1:] == expected(fitted)
    bins, _ = np.histogram(v.probabilities.max(1), np.linspace(0, 1, 11))
    others = calibration.cross_fitted(v.probabilities, v.targets)
    error = calibration.calibration_error(calibration.reliability(others.probabilities, v.targets))
    assert rows[3][3:] == [f"{error:.4f}", "4.3 %"]
    assert "on the same photographs that it is judged by" in panel.verdict.value
    assert "fitted on 4 of 5 parts and judged by the other" in panel.verdict.value
    assert "The error does not change with the temperature" in panel.verdict.value
    assert "Recorded: pets37, wrong on 32 of 740 photographs" in panel.status.value
    assert [item["value"] for item in panel.bars.items] == bins.tolist()
    assert panel.cooled_bars.items == panel.cooled_table.rows == []


def test_fit_drag_and_number_are_one(panel: CalibrationPanel, session: OurSession) -> None:
    v = kept()
    fitted = calibration.temperature(v.probabilities, v.targets)
    assert panel.curve.marks == [{"x": fitted, "label": f"fitted: {fitted:.2f}"}]
    lowest = min(panel.curve.lines[0]["points"], key=lambda point: point[1])
    assert lowest[0] == pytest.approx(fitted)
    panel.form.press("fit")
    assert panel.form["temperature"] == panel.curve.at == pytest.approx(fitted, abs=1e-4)
    panel.curve.at = 2.0  # as a drag does
    assert panel.form["temperature"] == 2.0
    assert panel.figures.rows[1][1:] == expected(2.0)
    assert session.settings["calibration"] == {"temperature": 2.0}
    honest, raw, cool = panel.diagram.lines
    assert honest["points"] == [(0, 0), (1, 1)]
    bins = calibration.reliability(calibration.cooled(v.probabilities, 2.0), v.targets)
    assert cool["points"] == [(b.confidence, b.accuracy) for b in bins]
    assert [low for _, low, _ in cool["spans"]] == [b.interval[0] for b in bins]
    assert len(raw["spans"]) == 8
    assert len(panel.cooled_table.rows) == len(bins)
    panel.form.values = {"temperature": 1}
    assert panel.curve.at == 1
    assert len(panel.diagram.lines) == 2


def test_another_run(panel: CalibrationPanel, session: OurSession) -> None:
    session.runs.chosen_id = "recorded-head-40"
    assert panel.figures.rows[0][2] == "1.1468"
    assert "too sure" in panel.verdict.value
    assert "recorded-head-40" in panel.folds.code


def test_no_temperature_is_fitted_where_no_answer_is_wrong() -> None:
    right = CalibrationPanel(probabilities=[[0.9, 0.1]] * 10, targets=[0] * 10)
    assert (right.fitted, right.form["temperature"], right.curve.marks) == (1, 1, [])
    assert next(f for f in right.form.fields if f["name"] == "fit")["hidden"]
    assert [row[0] for row in right.figures.rows] == ["as trained", "chosen"]
    said = right.verdict.value
    assert "sure of 90.0 % on average, right on 100.0 % of 10. No temperature can be fitted" in said
    assert "0.000 by chance" not in said
    assert "judged by" not in said
    assert "not sure enough" not in said


def test_few_answers_are_not_said_to_be_five_parts() -> None:
    two = CalibrationPanel(probabilities=[[0.9, 0.1], [0.6, 0.4]], targets=[0, 1])
    assert "fitted on 1 of 2 parts and judged by the other" in two.verdict.value
    one = CalibrationPanel(
        probabilities=[[0.5, 0.4, 0.1 - 1e-9]], targets=[1]
    )  # wrong, and better than chance
    assert "judged by." in one.verdict.value
    assert len(one.figures.rows) == 3


def test_it_comes_back(arriving: Callable[..., Any]) -> None:
    before = arriving()
    before.runs.chosen_id = SHIPPED_ID
    CalibrationPanel(before).form.set(temperature=1.7)
    again = CalibrationPanel(arriving(before.visit.id))
    assert again.form["temperature"] == again.curve.at == 1.7
    assert again.figures.rows[1][1] == "1.700"


def test_a_run_that_diverged_says_so(panel: CalibrationPanel, session: OurSession) -> None:
    run = finish(session.store.create(fine_tune()))
    v = run.validation()
    nan = np.full_like(v.probabilities, np.nan)
    run.save_validation(Validation(v.files, nan, v.targets, v.losses))
    session.runs.refresh()
    session.runs.chosen_id = run.id
    assert "its training diverged" in panel.heading.problem
    session.runs.chosen_id = SHIPPED_ID
    assert panel.heading.problem == ""
    assert panel.figures.rows[0][1:] == expected(1.0)
