"""The stages of a training as a timeline whose ends can be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from petwidgets import TrainPanel

if TYPE_CHECKING:
    from fakes import OurSession


@pytest.fixture
def panel(session: OurSession) -> TrainPanel:
    made = TrainPanel(session)
    made.planning.form.set(preset="3+12")
    return made


def drawn(panel: TrainPanel) -> list[tuple[int, bool]]:
    stages = panel.planning.stages.timeline.stages
    return [(stage["epochs"], stage["frozen"]) for stage in stages]


def drag(panel: TrainPanel, message: Any) -> None:
    panel.planning.stages.timeline._handle_custom_msg(message, [])


def test_an_end_that_is_dragged_changes_the_plan(panel: TrainPanel) -> None:
    assert drawn(panel) == [(3, True), (12, False)]
    drag(panel, [0, 5])
    assert drawn(panel) == [(5, True), (12, False)]
    assert [stage.epochs for stage in panel.session.plan.stages] == [5, 12]
    assert panel.planning.stages.forms[0]["epochs"] == 5
    planned = panel.live.rates.lines[0]["points"]
    assert planned[-1][0] == pytest.approx(17, abs=0.5)  # epochs of the drawn schedule


def test_a_field_changes_the_timeline(panel: TrainPanel) -> None:
    panel.planning.stages.forms[1].set(epochs=2, body="frozen")
    assert drawn(panel) == [(3, True), (2, True)]
    panel.planning.stages.more.press("add")
    assert drawn(panel) == [(3, True), (2, True), (2, True)]
    panel.planning.stages.more.press("remove")
    assert drawn(panel) == [(3, True), (2, True)]


@pytest.mark.parametrize(
    "message", [[2, 5], [-1, 5], [0], [0, "5"], [0, 2.5], "x", None, {"at": 0}, [[0], [1]]]
)
def test_what_is_not_a_drag_is_left_alone(panel: TrainPanel, message: Any) -> None:
    drag(panel, message)
    assert drawn(panel) == [(3, True), (12, False)]


def test_a_stage_stays_within_its_bounds(panel: TrainPanel) -> None:
    drag(panel, [1, 10**9])
    assert drawn(panel)[1] == (200, False)
    drag(panel, [1, -4])
    assert drawn(panel)[1] == (0, False)
