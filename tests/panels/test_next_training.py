"""What one training leaves to the next: nothing; a replay is one, too."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from fakes import OurSession, in_a_thread
from made import finish
from waiting import hidden, wait_for, wait_until

from petwidgets import RatePanel, RunsPanel, TrainPanel
from petwidgets.common.errors import Problem
from petwidgets.data import sources
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.widgets import progress
from petwidgets.widgets.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

EPOCH = {"event": "epoch", "epoch": 1, "of": 1, "t": 1.0, "train_loss": 1.2, "valid_loss": 0.7,
         "error_rate": 0.12}  # fmt: skip
BATCH = {"event": "batch", "done": 9, "of": 10, "t": 3.0, "rates": [1e-3], "mom": 0.9,
         "loss": 1.5, "images_per_second": 44.4, "seconds_left": 75.0}  # fmt: skip
GROUP = {"first": "0", "last": "1", "parameters": 10, "trained": 10, "norms": 1, "norms_trained": 1}
STAGE = {"event": "stage", "stage": "frozen", "sentence": "1 epoch", "t": 0.3, "groups": [GROUP]}
REMARK = {"event": "skipped", "sentence": "1 file was left out.", "t": 0.1}


def seen(panel: TrainPanel) -> dict[str, Any]:
    """What the panel shows of a training."""
    live = panel.live
    figure = live.chart.children[0] if live.chart.children else None
    return {
        "words": (panel.heading.problem, panel.status.value, panel.remarks.value),
        "progress": (hidden(panel.progress), panel.progress.text.value, panel.progress.bar.value),
        "buttons": [{k: f.get(k, False) for k in ("name", "hidden", "disabled")}
                    for f in panel.buttons.fields],
        "replay": hidden(panel.mark),
        "table": live.table.rows,
        "curves": [point for trace in figure.data for point in trace.x] if figure else [],
        "zoomed": bool(figure and (figure.layout.xaxis.range or figure.layout.yaxis.range)),
        "charts": [chart.lines for chart in (live.rates, live.momenta)],
        "batches": [point for line in live.losses.lines for point in line["points"]],
        "groups": (live.groups.groups, live.groups.rates),
    }  # fmt: skip


def stopped_at_once(session: OurSession) -> None:
    session.training.worker.heard({"event": "stopped", "t": 1.0})


def stopped(session: OurSession) -> None:
    session.training.worker.heard(REMARK, STAGE, BATCH, EPOCH)
    finish(session.training.worker.run, "stopped")
    session.training.worker.heard({"event": "stopped", "t": 1.0})


def failed(session: OurSession) -> None:
    session.training.worker.heard(REMARK, STAGE, BATCH)
    session.training.worker.heard({"event": "failed", "problem": "The memory did not suffice."})


def replayed(session: OurSession) -> None:
    session.training.worker.heard({"event": "failed", "problem": "The memory did not suffice."})
    session.training.replay(session.store.get(SHIPPED_ID), 1000)
    wait_for("replay pets37")


def replayed_in_part(session: OurSession) -> None:
    session.training.worker.heard({"event": "failed", "problem": ""})
    session.training.replay(session.store.get(SHIPPED_ID), 1)
    session.training.pause(waits=True)
    wait_until(session.training, "event", lambda: session.training.event.get("event") == "paused")


@pytest.mark.parametrize("end", [stopped_at_once, stopped, failed, replayed, replayed_in_part])
def test_a_second_training_looks_like_a_first_one(
    session: OurSession, end: Callable[[OurSession], None]
) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    first = seen(panel)
    assert first["words"] == ("", "Trains on: Drawn sample: 37 invented breeds.", "")
    end(session)
    assert seen(panel) != first
    if panel.live.chart.children:
        panel.live.figure.plotly_relayout({"xaxis.range[0]": 0.5, "xaxis.range[1]": 0.7})
    panel.buttons.press("start")
    assert seen(panel) == first


def test_a_training_of_its_own_then_a_replay_then_another(
    session: OurSession, caplog: pytest.LogCaptureFixture
) -> None:
    panel, runs = TrainPanel(session), RunsPanel(session)
    problems: list[str] = []
    panel.heading.observe(lambda change: problems.append(change["new"]), "problem")
    for _ in range(2):
        panel.buttons.press("start")
        stopped(session)
        session.training.replay(session.store.get(SHIPPED_ID), 1)
        assert not hidden(panel.mark)
    panel.buttons.press("start")
    panel.buttons.set(speed="100")
    runs.form.set(speed="1000")
    assert not hasattr(session.training.worker, "speed")
    # Threads of other tests may tell what they do, which is not a problem.
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (problems, warned) == ([], [])


def test_a_replay_that_is_stopped_at_once_keeps_its_run(session: OurSession) -> None:
    panel = TrainPanel(session)
    session.training.replay(session.store.get(SHIPPED_ID), 1)
    session.training.stop()
    wait_for("replay pets37")
    assert panel.status.value == "The replay was stopped before the first epoch ended."


def test_a_replay_of_a_stopped_training_was_not_stopped(session: OurSession) -> None:
    run = finish(session.store.create(fine_tune()), "stopped")
    run.append(EPOCH)
    run.append({"event": "stopped", "t": 2.0})
    panel = TrainPanel(session)
    session.training.replay(run, 1000)
    wait_for(f"replay {run.id}")
    assert session.training.state == "stopped"
    said = "Replayed to its end: the training was stopped after epoch 1, recorded: "
    assert panel.status.value.startswith(said)


def test_a_run_that_another_page_deletes_is_missed(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    stopped(session)
    run = session.training.worker.run
    session.runs.chosen_id = run.id
    session.store.delete(run.id)  # as another page does
    for name in ("again", "on_from"):
        panel.buttons.press(name)
        assert f"The run {run.id} is gone" in panel.heading.problem
    session.lesson = "train"
    assert session.runs.chosen_id == ""
    assert session.runs.chosen.id == SHIPPED_ID
    assert f"The run {run.id} is gone" in panel.status.value
    with pytest.raises(Problem, match="here: choose another one"):
        session.runs.get(run.id)


def test_nothing_is_shown_of_a_run_that_was_deleted(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    stopped(session)
    panel.planning.form.set(preset="fine-tune")
    session.delete_run(session.training.worker.run.id)
    assert {**seen(panel), "progress": ()} == {**seen(TrainPanel(session)), "progress": ()}


def test_of_other_photographs_it_is_said_whose_the_epochs_are(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    stopped(session)
    run, before = session.training.worker.run, session.data.source
    ending, remarks = panel.status.value, panel.remarks.value
    assert ending.startswith("Stopped after")
    session.data.source = "/srv/cars"
    assert panel.status.value.startswith("Trains on: Folder /srv/cars.")
    whose = f"The epochs below are those of {run.title}, which was trained on other photographs"
    assert panel.remarks.value.startswith(f"{whose} ({sources.title(before)}). Stopped after")
    assert panel.remarks.value.endswith(remarks)
    assert panel.live.table.rows, "they stay, as a cell's output does"
    session.data.source = before
    assert (panel.status.value, panel.remarks.value) == (ending, remarks)


def test_of_other_labels_it_is_said_whose_the_epochs_are(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    stopped(session)
    session.data.pattern = r"^(.)"
    assert panel.status.value.startswith("Trains on: ")
    assert "was trained on other labels of these photographs. Stopped" in panel.remarks.value


def test_of_other_photographs_no_failure_is_said(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    failed(session)
    before = session.data.source
    assert panel.heading.problem == "The memory did not suffice."
    assert panel.status.value.startswith("Trains on: ")
    session.data.source = "/srv/cars"
    assert panel.heading.problem == ""
    session.data.source = before
    assert panel.heading.problem == "The memory did not suffice."


def test_of_other_photographs_nothing_is_said_without_an_epoch(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    session.training.worker.heard(REMARK, {"event": "stopped", "t": 1.0})
    session.data.source = "/srv/cars"
    assert panel.remarks.value == ""
    assert panel.status.value.startswith("Trains on: Folder /srv/cars.")


def test_what_is_done_before_a_batch_is_said(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    assert panel.progress.text.value.startswith("Waiting for the engine")
    heard = session.training.worker.heard
    heard({"event": "inventory", "sentence": "32 photographs of 4 breeds.", "t": 0.1})
    assert panel.progress.text.value == "Preparing the training."
    heard({"event": "resumed", "sentence": "Going on after epoch 1.", "t": 0.2})
    assert panel.progress.text.value == "Preparing the training.", "the engine itself has said so"
    heard(STAGE)
    assert panel.progress.text.value == STAGE["sentence"]
    heard({"event": "died", "sentence": "Its process died.", "t": 0.4})
    assert panel.progress.text.value.startswith("Waiting for the engine")


def test_time_left_is_of_the_work_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    bar = Progress(print)

    def left(at: float, done: int, of: int) -> str:
        nonlocal now
        now = at
        bar.show("Work", done, of)
        return bar.text.value.removeprefix("Work")

    assert left(0.0, 0, 0) == "", "in the line"
    assert [left(600.0, 0, 4), left(610.0, 1, 4)] == ["", ""]
    assert left(620.0, 2, 4) == ", 20 s left"
    assert left(1000.0, 1, 100) == "", "another stage"
    assert left(1001.0, 2, 100) == ", 1 min 38 s left"
    bar.hide()
    assert left(5000.0, 50, 100) == ""
    assert left(5010.0, 60, 100) == ", 40 s left"


def test_forgotten_curves_leave_no_problem(session: OurSession) -> None:
    panel = RatePanel(session)
    panel.form.press("search")
    assert not hidden(panel.progress)
    end = {"event": "failed", "problem": "The memory did not suffice."}
    in_a_thread(lambda: session.lr_finder.worker.heard(end))
    assert panel.heading.problem == "The memory did not suffice."
    panel.form.press("forget")
    assert panel.heading.problem == ""
    assert hidden(panel.progress)
