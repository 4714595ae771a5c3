"""Two dots a budget of epochs: what is drawn, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import save_file

from petwidgets import EpochsPanel
from petwidgets.jobs.stopping import Budget, Stopping, budgets, recorded_stopping, stopping
from petwidgets.metrics.comparison import mcnemar
from petwidgets.panels.training.early_stopping import StoppingView, pairs, verdict
from petwidgets.recipes.presets import make
from petwidgets.runs.predictions import Validation

if TYPE_CHECKING:
    from fakes import FakeEngine, OurSession

    from petwidgets.runs.run import Run

BETTER = Budget(4, stopped=60, whole=40, stopped_alone=5, whole_alone=25, rate=0.97)
EVEN = Budget(8, stopped=42, whole=41, stopped_alone=2, whole_alone=3, rate=0.27)
WORSE = Budget(2, stopped=40, whole=60, stopped_alone=25, whole_alone=5, rate=0.6)


def found(*shorter: Budget) -> Stopping:
    return Stopping(200, 800, 0.05, (70, 60, 41, 40), shorter)


def test_a_cycle_is_stopped_before_its_end() -> None:
    assert budgets(12) == [2, 4, 8]
    assert budgets(3) == [1, 2]
    assert budgets(1) == []


def test_counts_of_a_budget_are_pairs_of_the_same_photographs() -> None:
    beside = pairs(BETTER, 200)
    assert (beside.n, beside.errors) == (200, (60, 40))
    assert beside.difference == pytest.approx(-0.1)
    assert beside.p == mcnemar(5, 25) < 0.05


def test_what_comes_out_is_said_as_it_is() -> None:
    told = verdict(found(WORSE, BETTER, EVEN))
    assert "a whole cycle of 4 epochs is clearly better than the long one stopped there" in told
    assert "a whole cycle of 2 epochs is clearly worse" in told
    assert "at 8 epochs 200 photographs don't tell them apart" in told
    assert "clearly" not in verdict(found(EVEN))
    assert "too short" in verdict(found())


def test_two_dots_a_budget() -> None:
    view = StoppingView()
    view.show(found(BETTER), "Live")
    long, stopped, whole = view.chart.lines
    assert long["points"] == [(1, 0.35), (2, 0.3), (3, 0.205), (4, 0.2)]
    assert (stopped["points"], whole["points"]) == ([(4, 0.2)], [(4, 0.2)])
    [row] = view.table.rows
    assert row[:5] == ["4", "97 % of the highest", "30.0 %", "20.0 %", "-10.0 points"]
    low, high = map(float, row[5].split(" to "))
    assert low < -10 < high < 0


def test_the_recorded_fine_tuning_is_sound() -> None:
    said = recorded_stopping()
    assert [budget.epochs for budget in said.budgets] == budgets(len(said.wrong))
    for budget in said.budgets:
        assert budget.stopped == said.wrong[budget.epochs - 1]
        assert budget.stopped + budget.stopped_alone == budget.whole + budget.whole_alone
        assert 0 < budget.rate <= 1


@pytest.fixture
def baseline(session: OurSession) -> Run:
    """A baseline of this machine, of two epochs."""
    run = session.store.create(make("baseline", epochs=2, base_lr=5e-3, data="/srv/pets"))
    for i, error in enumerate((0.5, 0.4), 1):
        run.append({"event": "epoch", "epoch": i, "of": 2, "t": float(i), "train_loss": 1.0,
                    "valid_loss": 1.0, "error_rate": error})  # fmt: skip
    rows = np.full((10, 2), 0.5, np.float32)
    files = tuple(f"pug_{i}.jpg" for i in range(10))
    run.save_validation(Validation(files, rows, np.zeros(10, int), rows[:, 0]))
    save_file({"weight": np.ones(3, np.float32)}, run.folder / "model.safetensors")
    run = run.update(vocab=["pug", "Bombay"], files=[*files], keeps="head").update(state="finished")
    session.runs.refresh()
    return run


def test_the_errors_give_way_to_the_dots(session: OurSession) -> None:
    panel = EpochsPanel(session)
    panel.form.set(run="pets37")
    assert panel.charts.children == (panel.losses, panel.errors)
    panel.form.set(beside="stopping")
    assert panel.charts.children == (panel.losses, panel.stopping)
    assert panel.stopping.said.value.startswith("Recorded on another machine, all layers")
    panel.form.set(run="recorded-head-40")
    assert [row[0] for row in panel.stopping.table.rows] == ["5", "10", "20"]
    assert panel.stopping.said.value == ""
    panel.form.set(beside="errors")
    assert panel.charts.children == (panel.losses, panel.errors)


def test_a_press_trains_a_baseline_s_budgets(
    session: OurSession, baseline: Run, engine: FakeEngine
) -> None:
    panel = EpochsPanel(session)
    panel.form.set(run="pets37", beside="stopping", rate="10")
    engine.answer = found(BETTER)
    panel.form.press("budgets")
    assert panel.form["run"] == baseline.id
    assert engine.requests == [(stopping, baseline, 0.05)]
    assert panel.stopping.said.value.startswith("Live, heads on 800 kept features, highest rate")
    panel.form.set(run="pets37")
    assert panel.stopping.said.value.startswith("Recorded"), "it is another run's"
    engine.problem = "The features of these photographs are not kept."
    panel.form.press("budgets")
    assert panel.heading.problem == engine.problem
    assert not next(f for f in panel.form.fields if f["name"] == "budgets")["disabled"]


def test_without_a_baseline_it_says_what_to_do(session: OurSession, engine: FakeEngine) -> None:
    panel = EpochsPanel(session)
    panel.form.set(beside="stopping")
    panel.form.press("budgets")
    assert "Train a baseline first" in panel.heading.problem
    assert engine.requests == []
