"""The finder's panel and the chooser of epochs, without a browser or an engine."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fakes import OurSession, in_a_thread
from made import trained
from safetensors.numpy import save_file

from petwidgets import EpochsPanel, RatePanel
from petwidgets.common.errors import Problem
from petwidgets.panels.training.lr_finder import SAYS
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.recipes.plan import Plan
from petwidgets.recipes.presets import fine_tune, make
from petwidgets.recipes.stage import Stage
from petwidgets.runs.predictions import Validation
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.runs.run import Run

RATES = np.geomspace(1e-6, 1, 40)
CURVE = [[float(r), 4.0 - i / 20 if i < 30 else 3.0 + (i - 30)] for i, r in enumerate(RATES)]
HINTS = {"valley": 1e-3, "slide": 2e-2, "minimum": 2e-3, "steep": 5e-3, "last fall": 1e-2}


def searched(panel: RatePanel, **end: Any) -> None:
    """A search from Search to its end, as the engine tells of it."""
    panel.form.press("search")
    search = panel.session.lr_finder.worker
    assert panel.heading.problem == ""
    ended = {"event": "finished", "hints": HINTS, "points": 40, "diverged": True, **end}
    search.run.update(results={"hints": HINTS, "diverged": True}, state=ended["event"])
    in_a_thread(
        lambda: search.heard(
            {"event": "started"},
            {"event": "rate", "done": 20, "of": 40, "points": CURVE[:20]},
        )
    )
    in_a_thread(
        lambda: search.heard({"event": "rate", "done": 40, "of": 40, "points": CURVE[20:]}, ended)
    )


def test_a_guess_comes_before_the_hints(session: OurSession) -> None:
    panel = RatePanel(session)
    searched(panel)
    assert len(panel.chart.lines[0]["points"]) == 40
    assert panel.chart.marks == []
    assert panel.chart.moves
    assert "Drag the cursor" in panel.status.value
    panel.chart.at = 3e-5
    assert panel.form["at"] == "3e-05"
    panel.form.press("reveal")
    assert {mark["label"]: mark["x"] for mark in panel.chart.marks} == HINTS
    assert panel.chart.bands == [{"from": 1e-3, "to": 2e-2, "label": "here they disagree"}]
    assert "Your 3.0e-05 lies 1.5 decades below all hints" in panel.status.value
    assert "four times its lowest value" in panel.status.value
    live = [row for row in panel.hints.rows if row[2].startswith("live")]
    assert [row[0] for row in live] == list(HINTS)
    assert any(row[1] == "8.32e-03" and "the book's" in row[2] for row in panel.hints.rows)


def test_batches_are_as_large_as_there_are_photographs(session: OurSession) -> None:
    panel = RatePanel(session)
    panel.form.press("search")
    search = panel.session.lr_finder.worker
    size = {"event": "stage", "stage": "rates", "batch_size": 8}
    point = {"event": "rate", "done": 1, "of": 100, "points": CURVE[:1]}
    in_a_thread(lambda: search.heard({"event": "started"}, size, point))
    assert ": 1 batch of 8 " in panel.status.value
    in_a_thread(lambda: search.heard({**size, "batch_size": 1}, {**point, "points": CURVE[1:3]}))
    assert ": 3 batches of 1 drawn picture " in panel.status.value


def test_without_guessing_the_hints_are_there_at_once(session: OurSession) -> None:
    panel = RatePanel(session)
    panel.form.set(guess=False)
    searched(panel)
    assert len(panel.chart.marks) == 5


def test_the_rate_is_taken_to_the_stages_with_that_body(session: OurSession) -> None:
    session.plan = Plan().begun_from("3+12")
    panel = RatePanel(session)
    panel.form.set(body="unfrozen")
    searched(panel)
    panel.form.set(at="2e-5")
    panel.form.press("take")
    first, then = session.plan.stages
    assert first.rate == 3e-3
    assert then.rate == pytest.approx((2e-7, 2e-5))


@pytest.mark.parametrize(("preset", "body"), [("baseline", "unfrozen"), ("one-cycle", "head")])
def test_a_plan_without_such_a_stage_begins_anew(
    session: OurSession, preset: str, body: str
) -> None:
    """Or the rate would be lost without a word."""
    frozen = body == "head"
    if preset != "baseline":
        session.plan = Plan(stages=(Stage(3, frozen=False, rate=1e-3),))
    panel = RatePanel(session)
    panel.form.set(body=body)
    searched(panel)
    panel.form.set(at="0.01")
    panel.form.press("take")
    assert session.plan.preset == "fine-tune"
    taken = [stage.rate for stage in session.plan.stages if stage.frozen == frozen]
    assert [rate[1] if isinstance(rate, tuple) else rate for rate in taken] == [0.01]


def test_the_place_in_the_line_is_told(session: OurSession) -> None:
    panel = RatePanel(session)
    panel.form.press("search")
    session.lr_finder.worker.heard({"event": "queued", "place": 1, "seconds": 30.0})
    assert panel.progress.text.value.startswith("Position 1 in the queue")


def test_curves_before_and_after_unfreezing_are_both_kept(session: OurSession) -> None:
    panel = RatePanel(session)
    panel.form.set(body="frozen")
    searched(panel)
    panel.form.set(body="unfrozen")
    searched(panel)
    assert [line["name"] for line in panel.chart.lines] == ["frozen", "unfrozen"]
    assert [line["dashed"] for line in panel.chart.lines] == [True, False]
    assert [curve.run.info["search"]["frozen"] for curve in session.lr_finder.curves] == [
        True,
        False,
    ]
    panel.form.press("forget")
    assert session.lr_finder.curves == ()
    assert panel.status.value.startswith("Recorded, head alone")


def test_before_the_first_search_a_recorded_curve_is_guessed_at(session: OurSession) -> None:
    panel = RatePanel(session)
    [line] = panel.chart.lines
    assert line["name"] == "head alone"
    assert len(line["points"]) > 60
    assert panel.status.value.startswith("Recorded, head alone: ")
    assert panel.chart.moves
    assert panel.chart.marks == [], "one guesses first"
    panel.form.press("reveal")
    assert {mark["label"] for mark in panel.chart.marks} == set(SAYS)
    assert panel.hints.rows[0][2].startswith("recorded: ")
    panel.form.press("take")
    assert session.plan.stages[0].rate == pytest.approx(panel.chosen)
    panel.form.press("search")
    assert panel.chart.lines == [line], "the chart is not blank while the engine starts"
    assert panel.status.value.startswith("Recorded, head alone: ")
    search = session.lr_finder.worker
    first = {"event": "rate", "done": 2, "of": 100, "points": CURVE[:2]}
    in_a_thread(lambda: search.heard({"event": "started"}, first))
    [own] = panel.chart.lines
    assert len(own["points"]) == 2


def test_a_reload_brings_the_curves_back(
    session: OurSession, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = session.arrive("")
    panel = RatePanel(session)
    panel.form.press("search")
    run = session.lr_finder.worker.run
    for event in ({"event": "rate", "points": CURVE}, {"event": "finished", "hints": HINTS}):
        run.append(event)
    run.update(state="finished")
    returned = OurSession(engine, RunStore())
    returned.arrive(identity)
    assert [curve.run.id for curve in returned.lr_finder.curves] == [run.id]
    assert dict(returned.lr_finder.curves[0].hints) == HINTS
    assert len(RatePanel(returned).chart.lines[0]["points"]) == 40


def test_what_cant_be_done_is_a_sentence(
    session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petwidgets.panels.training.lr_finder.recorded_curves", tuple)
    panel = RatePanel(session)
    panel.form.press("search")
    panel.form.press("take")
    assert "no rate to take yet" in panel.heading.problem
    panel.form.press("reveal")
    assert "nothing to reveal yet" in panel.heading.problem
    panel.form.set(at="fast")
    assert "'fast' is not a learning rate" in panel.heading.problem
    for outside in ("-1", "0", "inf", "1e99", "slice(1e-3)"):
        panel.form.set(at=outside)
        assert "above 0 and at most 1000" in panel.heading.problem
        panel.form.set(at="3e-3")
        assert panel.heading.problem == ""
    panel.form.set(at="")
    panel.form.press("search")
    panel.form.press("search")
    assert "under way already" in panel.heading.problem
    panel.form.press("forget")
    session.lr_finder.worker.heard({"event": "queued", "place": 1, "seconds": 3.0})
    batch = {"event": "batch", "done": 1, "of": 100, "rates": [1e-7], "loss": 3.6, "t": 1.0}
    session.lr_finder.worker.heard(batch)
    session.lr_finder.worker.heard({**batch, "done": 2})
    assert "under way: stop it first" in panel.heading.problem, "events leave a refusal alone"
    session.lr_finder.worker.heard({"event": "failed", "problem": "The memory did not suffice."})
    assert panel.heading.problem == "The memory did not suffice."


def test_a_loss_that_is_no_number_is_told_and_not_drawn(session: OurSession) -> None:
    panel = RatePanel(session)
    panel.form.press("search")
    points = [[1e-3, 2.0], [1e-2, None]]
    session.lr_finder.worker.heard({"event": "rate", "done": 2, "of": 100, "points": points * 3})
    assert all(loss is not None for _, loss in panel.chart.lines[0]["points"])
    assert ["1.00e-02", "no number"] in panel.points.rows


@pytest.mark.parametrize("body", ["head", "frozen", "unfrozen"])
def test_the_code_is_python_and_follows_the_form(session: OurSession, body: str) -> None:
    panel = RatePanel(session)
    panel.form.set(body=body, num_it=50)
    ast.parse(panel.folds.code)
    assert "learn.lr_find(1e-07, 10.0, 50," in panel.folds.code
    assert ("learn.unfreeze()" in panel.folds.code) == (body == "unfrozen")
    assert "def lr_find(" in panel.folds.source


# --- epochs ---


@pytest.fixture
def recorded(session: OurSession) -> Callable[..., Run]:
    """A maker of runs with these validation losses and errors."""

    def maker(losses: list[float], errors: list[float]) -> Run:
        n = len(errors)
        run = session.store.create(fine_tune(n - 1, data="/srv/pets"))
        for i, (loss, error) in enumerate(zip(losses, errors, strict=True), 1):
            figures = {"train_loss": 1 / i, "valid_loss": loss, "error_rate": error}
            more = {"confidence": 0.9, "temperature": 1.5, "bins": [[3, 0.5, 0.4], [7, 0.9, 0.8]]}
            run.append({"event": "epoch", "epoch": i, "of": n, "t": float(i), **figures, **more})
        rows = np.full((10, 2), 0.5, np.float32)
        files = tuple(f"pug_{i}.jpg" for i in range(10))
        run.save_validation(Validation(files, rows, np.zeros(10, int), rows[:, 0]))
        save_file({"weight": np.ones(3, np.float32)}, run.folder / "model.safetensors")
        run.update(vocab=["pug", "Bombay"], files=list(files), keeps="all")
        return run.update(state="finished")

    return maker


def test_where_the_loss_worsens_and_the_error_does_not(
    session: OurSession, recorded: Callable[..., Run]
) -> None:
    run = recorded([0.9, 0.5, 0.6, 0.7, 0.8], [0.4, 0.3, 0.2, 0.1, 0.4])
    session.runs.refresh()
    panel = EpochsPanel(session)
    panel.form.set(run=run.id)
    assert panel.losses.bands == [{"from": 2, "to": 4, "label": "too sure"}]
    assert panel.losses.at == 4
    assert "10.0 % error on 10" in panel.status.value
    assert "the error is not: it is only too sure" in panel.status.value
    assert "1.50: too sure of itself" in panel.status.value
    assert panel.reliability.lines[1]["points"] == [(0.5, 0.4), (0.9, 0.8)]
    panel.losses.at = 5.0
    assert "so is the error" in panel.status.value
    assert [row[0] for row in panel.table.rows] == ["1", "2", "3", "4", "5"]


def test_stopping_early_beside_a_whole_shorter_cycle(
    session: OurSession, recorded: Callable[..., Run]
) -> None:
    long = recorded([0.9, 0.5, 0.6, 0.7], [0.4, 0.3, 0.25, 0.1])
    short = recorded([0.8, 0.4, 0.3], [0.5, 0.3, 0.2])
    session.store.create(fine_tune(2, data="/srv/others"))
    session.runs.refresh()
    panel = EpochsPanel(session)
    panel.form.set(run=long.id, beside="stopping")
    rows = [["3", "0.2500", "0.6000", "0.2000", "0.3000", short.id]]
    assert panel.stopping.table.rows == rows
    assert [line["points"] for line in panel.stopping.chart.lines[1:]] == [[(3, 0.25)], [(3, 0.2)]]
    panel.form.set(run=short.id)
    assert panel.stopping.table.rows != rows


def test_a_lesson_opens_with_what_can_be_no_recipe(session: OurSession) -> None:
    session.settings = {"rate": {"limit": 1}}
    panel = RatePanel(session)
    assert "at least two photographs" in panel.heading.problem
    panel.form.set(limit=0)
    assert panel.heading.problem == ""


def test_again_with_the_best_epochs(session: OurSession, recorded: Callable[..., Run]) -> None:
    run = recorded([0.9, 0.5, 0.6, 0.7], [0.4, 0.3, 0.1, 0.4])
    run.update(goes_on=False, incomplete_ok=True)
    session.runs.refresh()
    panel = EpochsPanel(session)
    panel.form.set(run=run.id)
    panel.form.press("again")
    assert panel.heading.problem == ""
    again = session.training.worker.run
    assert [stage.epochs for stage in again.recipe.stages] == [1, 2]
    assert (again.info["goes_on"], again.info["incomplete_ok"]) == (False, True)


def test_the_best_at_the_end_offers_nothing(
    session: OurSession, recorded: Callable[..., Run]
) -> None:
    run = recorded([0.9, 0.5], [0.4, 0.3])
    session.runs.refresh()
    panel = EpochsPanel(session)
    panel.form.set(run=run.id)
    assert next(f for f in panel.form.fields if f["name"] == "again")["hidden"]
    assert panel.losses.bands == []


def test_the_run_that_was_chosen_comes_back(session: OurSession) -> None:
    session.settings = {"epochs": {"run": "recorded-head-10"}}
    assert EpochsPanel(session).form["run"] == "recorded-head-10"
    assert session.settings == {"epochs": {"run": "recorded-head-10"}}


def test_the_weights_that_were_chosen_come_back(session: OurSession) -> None:
    run = trained(session).update(keeps="all")
    session.runs.refresh()
    session.settings = {"rate": {"weights": run.id}}
    assert RatePanel(session).form["weights"] == run.id


def test_the_shipped_run_has_epochs(session: OurSession) -> None:
    panel = EpochsPanel(session)
    panel.form.set(run="pets37")
    assert len(panel.table.rows) == 12
    assert "Recorded, pets37" in panel.status.value
    assert float(panel.table.rows[0][-1]) < 1, "the temperature of a model that is not sure enough"
    assert panel.status.value.endswith(
        "the error is not. Its temperature would be 0.75: not sure enough."
    )
    assert panel.losses.bands == []


# --- plans ---


def test_a_plan_goes_to_json_and_back() -> None:
    plan = Plan().begun_from("3+12").taking(2e-5, frozen=False)
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    "wrong",
    [
        *({"preset": "none"}, {"size": 4}, {"speed": 3}, {"stages": [{"epochs": 1}]}, "text"),
        {"stages": [{"epochs": 1, "frozen": True, "rate": [0.1]}] * 2},
        {"stages": [{"epochs": 1, "frozen": True, "rate": 10**400}]},
        *({"parent": 7}, {"goes_on": "no"}, {"limit": "all"}, {"arch": ["resnet18"]}, [None]),
    ],
)
def test_a_damaged_plan_begins_anew(session: OurSession, wrong: Any) -> None:
    session.settings = {"train": wrong}
    assert session.plan == Plan()


def test_a_plan_of_parts_takes_the_rest_from_the_defaults(session: OurSession) -> None:
    session.settings = {"train": {"arch": "resnet18", "size": 128}}
    assert (session.plan.arch, session.plan.size, session.plan.preset) == (
        "resnet18",
        128,
        "baseline",
    )


@pytest.mark.parametrize("name", ["baseline", "fine-tune", "one-cycle"])
def test_recipes_that_unfold_into_the_same_stages_have_the_same_name(name: str) -> None:
    asked = make(name)
    preset = "baseline" if name == "baseline" else "fine-tune"
    plan = Plan(preset=preset, stages=asked.stages)
    found = plan.recipe("sample", asked.pattern)
    assert found.stages == asked.stages
    assert found.name == (name if name != "one-cycle" else "stages")


def test_a_slice_without_a_low_end_keeps_none() -> None:
    plan = Plan(preset="fine-tune", stages=fine_tune().stages).taking(0.01, frozen=True)
    assert plan.stages[0].rate == (None, 0.01)
    assert Stage(1, frozen=True, rate=1e-3) != plan.stages[0]


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf"])
def test_a_rate_that_is_none_is_not_taken(session: OurSession, rate: str) -> None:
    session.plan = kept = Plan().begun_from("3+6")
    panel = RatePanel(session)
    panel.form.set(at=rate)
    panel.form.press("take")
    assert "A learning rate is a number above 0" in panel.heading.problem
    assert session.plan == kept


def test_a_baseline_with_another_stage_is_one_no_more(session: OurSession) -> None:
    two = (*Plan().stages, Stage(3, frozen=False, rate=1e-3))
    assert Plan(stages=two).recipe("sample", CHAPTER_PATTERN).name == "stages"


def test_a_parent_of_another_architecture_is_a_sentence(
    session: OurSession, recorded: Callable[..., Run]
) -> None:
    run = recorded([0.9], [0.4])
    with pytest.raises(Problem, match="has another architecture, tf_efficientnet_lite0"):
        session.training.train(fine_tune(arch="resnet18"), parent=run.id)


def test_a_lost_search_costs_the_others_nothing(session: OurSession, engine: Any) -> None:
    identity = session.arrive("")
    panel = RatePanel(session)
    for _ in range(2):
        searched(panel)
    session.store.delete(session.lr_finder.curves[0].run.id)
    kept = session.lr_finder.curves[1].run
    returned = OurSession(engine, RunStore())
    returned.arrive(identity)
    assert [curve.run.id for curve in returned.lr_finder.curves] == [kept.id]


def test_few_batches_are_kept_of_many(session: OurSession) -> None:
    session.training.train(make("fine-tune"))
    many = [
        {"event": "batch", "done": i, "of": 9000, "loss": 1.0, "rates": [0.1, 0.2], "t": 1.0}
        for i in range(1, 9001)
    ]
    session.training.worker.heard(*many)
    assert len(session.training.batches) <= 400
    assert session.training.batches[-1]["done"] == 9000


def test_an_unknown_preset_is_a_sentence() -> None:
    with pytest.raises(Problem, match="The preset is one of"):
        Plan().begun_from("none")
