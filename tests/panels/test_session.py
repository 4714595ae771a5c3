"""What a reload brings back, and what one visitor can see of another."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fakes import WAIT, FakeEngine, OurSession, in_a_thread

from petwidgets import BrowsePanel, PetLab, TrainPanel
from petwidgets.common.errors import Problem
from petwidgets.data import sources
from petwidgets.data.label_edits import Mark
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.recipes.presets import make
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID, Run
from petwidgets.runs.store import RunStore
from petwidgets.session.answers import Answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EPOCH = {"event": "epoch", "of": 2, "train_loss": 1.0, "valid_loss": 0.5, "error_rate": 0.25}


def make_usable(run: Run) -> None:
    """As a training leaves it."""
    one = np.ones((1, 1), np.float32)
    run.update(vocab=["pug"], files=["pug_1.jpg"], state="finished", results={"seconds": 1.0})
    run.save_validation(Validation(("pug_1.jpg",), one, np.zeros(1, int), one[0]))
    (run.folder / "model.safetensors").write_bytes(b"weights")


def wait_for_reading(session: OurSession) -> None:
    for thread in threading.enumerate():
        if thread.name == "read photographs":
            thread.join(WAIT)
    assert not session.data.reading.under_way


# --- coming back ---


def test_reload_brings_back_choices_and_controls(
    arriving: Callable[..., OurSession], few: Path
) -> None:
    session = arriving()
    panel = TrainPanel(session)
    panel.planning.form.set(preset="3+12", batch_size=16)
    panel.planning.form.set(batch_size=16)
    panel.planning.stages.forms[1].set(epochs=7, rate="0.125")
    session.data.read(str(few), ".*/?(.+)_\\d+.jpg$")
    wait_for_reading(session)
    assert session.visit is not None
    returned = arriving(session.visit.id)
    wait_for_reading(returned)
    assert (returned.data.source, returned.data.pattern) == (
        session.data.source,
        session.data.pattern,
    )
    assert returned.data.dataset == session.data.dataset
    assert TrainPanel(returned).recipe() == panel.recipe()
    data = BrowsePanel(returned)
    assert (data.source.form["folder"], data.source.form["pattern"]) == (
        str(few),
        session.data.pattern,
    )
    assert arriving().settings == {}


def test_panels_that_stand_already_follow_what_comes_back(
    arriving: Callable[..., OurSession], session: OurSession, few: Path
) -> None:
    """A page is drawn before its address is known."""
    before = arriving()
    TrainPanel(before).planning.stages.forms[0].set(epochs=9)
    before.data.read(str(few), CHAPTER_PATTERN)
    wait_for_reading(before)
    train, data = TrainPanel(session), BrowsePanel(session)
    assert before.visit is not None
    assert session.arrive(before.visit.id) == before.visit.id
    wait_for_reading(session)
    assert train.planning.stages.forms[0]["epochs"] == 9
    assert data.source.form["folder"] == str(few)
    assert "photographs of 4 breeds" in data.summary.value


def test_reload_finds_the_training_where_it_is(arriving: Callable[..., OurSession]) -> None:
    session = arriving()
    session.training.train(make("baseline", epochs=2))
    assert session.visit is not None
    returned = arriving(session.visit.id)
    panel = TrainPanel(returned)
    assert returned.training.worker is not None
    assert (returned.training.worker.run.id, returned.training.worker.resubmitted) == (
        session.training.worker.run.id,
        True,
    )
    assert not session.training.worker.resubmitted
    events: list[dict[str, Any]] = [
        {"event": "skipped", "sentence": "1 can't be read and is left out: x.jpg"},
        *({**EPOCH, "epoch": n, "t": float(n)} for n in (1, 2)),
        {
            "event": "batch",
            "done": 1,
            "of": 2,
            "loss": 1.0,
            "images_per_second": 9.0,
            "rates": [0.01],
        },
    ]
    in_a_thread(lambda: returned.training.worker.heard(*events))
    assert returned.training.state == "running"
    assert [row[0] for row in panel.live.table.rows] == ["1", "2"]
    assert panel.remarks.value == "1 can't be read and is left out: x.jpg"
    make_usable(returned.training.worker.run)
    in_a_thread(lambda: returned.training.worker.heard({"event": "finished"}))
    assert returned.runs.chosen_id == returned.training.worker.run.id


def test_the_better_run_stays_chosen(session: OurSession) -> None:
    session.training.train(make("baseline"))
    run = session.training.worker.run
    make_usable(run)
    run.update(results={"error_rate": 0.5})
    in_a_thread(lambda: session.training.worker.heard({"event": "finished"}))
    assert session.runs.chosen_id == ""
    session.training.train(make("baseline"))
    better = session.training.worker.run
    make_usable(better)
    better.update(results={"error_rate": 0.01})
    in_a_thread(lambda: session.training.worker.heard({"event": "finished"}))
    assert session.runs.chosen_id == better.id


def test_training_that_ended_before_does_not_change_the_choice(
    arriving: Callable[..., OurSession],
) -> None:
    session = arriving()
    session.training.train(make("baseline"))
    make_usable(session.training.worker.run)
    in_a_thread(lambda: session.training.worker.heard({"event": "finished"}))
    session.runs.chosen_id = SHIPPED_ID
    assert session.visit is not None
    returned = arriving(session.visit.id)
    in_a_thread(lambda: returned.training.worker.heard({"event": "finished"}))
    assert returned.runs.chosen.id == SHIPPED_ID


def test_session_that_can_not_be_kept_costs_the_page_nothing(
    session: OurSession, home: Path
) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "sessions").write_text("a file where the folder should be")
    lab = PetLab()
    link = lab._frame.children[0]
    link._hear({"arrive": ""})
    assert link.identity == ""
    lab.session.data.source = sources.OXFORD
    assert lab.panels["train"].heading.problem == ""


def test_the_line_is_told_in_words(session: OurSession) -> None:
    panel = TrainPanel(session)
    session.training.train(make("baseline"))
    for event, words in (
        ({"event": "queued", "place": 0, "seconds": 0.0}, "The engine is starting it."),
        ({"event": "queued", "place": 1, "seconds": None}, "Position 1 in the queue: the engine"),
        ({"event": "queued", "place": 3, "seconds": 90.0}, "queue, about 1 min 30 s from now: the"),
        ({"event": "lost", "sentence": "The engine is away."}, "The engine is away."),
    ):
        session.training.worker.heard(event)
        assert words in panel.progress.text.value
        assert session.training.state == "queued"


# --- two pages of one session ---


@pytest.fixture
def two(arriving: Callable[..., OurSession]) -> tuple[OurSession, OurSession]:
    """Pages with one address, open at the same time."""
    first = arriving()
    assert first.visit is not None
    return first, arriving(first.visit.id)


def reloaded(page: OurSession, arriving: Callable[..., OurSession]) -> OurSession:
    assert page.visit is not None
    return arriving(page.visit.id)


def test_a_page_keeps_what_another_one_of_its_session_has_done(
    two: tuple[OurSession, OurSession], arriving: Callable[..., OurSession]
) -> None:
    a, b = two
    Answers(a).give(15, "nan")
    a.runs.chosen_id = DRAWN_ID
    b.settings = {**b.settings, "log": {"p": 0.5}}
    Answers(b).give(2, "As")
    Answers(a).give(14, "2")
    returned = reloaded(b, arriving)
    assert Answers(returned).texts == {15: "nan", 2: "As", 14: "2"}
    assert returned.settings["log"] == {"p": 0.5}
    assert returned.runs.chosen_id == DRAWN_ID


def test_what_a_page_takes_back_is_gone_beside_another_page(
    two: tuple[OurSession, OurSession], arriving: Callable[..., OurSession]
) -> None:
    a, b = two
    Answers(a).give(15, "nan")
    Answers(b).give(2, "As")
    a.settings = {name: own for name, own in a.settings.items() if name != "answers"}
    a.runs.chosen_id = DRAWN_ID
    a.runs.chosen_id = ""
    returned = reloaded(a, arriving)
    assert Answers(returned).texts == {2: "As"}
    assert returned.runs.chosen_id == ""


def test_two_pages_decide_about_labels(
    two: tuple[OurSession, OurSession], arriving: Callable[..., OurSession]
) -> None:
    a, b = two
    a.cleaning.decide({"pug_1.jpg": Mark("keep")})
    b.cleaning.decide({"pug_2.jpg": Mark("leave_out")})
    a.cleaning.decide({"pug_3.jpg": Mark("leave_out")})
    assert [*reloaded(a, arriving).cleaning.edits.now] == ["pug_1.jpg", "pug_2.jpg", "pug_3.jpg"]
    a.cleaning.undo()
    b.cleaning.decide({"pug_2.jpg": None})
    returned = reloaded(a, arriving)
    assert [*returned.cleaning.edits.now] == ["pug_1.jpg"]
    assert returned.cleaning.redo() == ["pug_3.jpg"]


def test_a_plan_is_one_page_s_or_the_other_s(
    two: tuple[OurSession, OurSession], arriving: Callable[..., OurSession]
) -> None:
    a, b = two
    a.plan = a.plan.begun_from("3+12")
    b.plan = replace(b.plan.begun_from("too-high"), seed=7)
    assert reloaded(a, arriving).plan == b.plan


def test_photographs_and_what_labels_them_are_one_page_s_or_the_other_s(
    two: tuple[OurSession, OurSession], few: Path
) -> None:
    a, b = two
    a.data.source, a.data.pattern = str(few), PARENT_FOLDER
    a.data.shown = True
    b.data.pattern = r"^(.)"
    b.data.shown = True
    assert a.visit is not None
    state = a.visit.state()
    assert (state["source"], state["pattern"]) == (b.data.source, r"^(.)")


def test_a_file_that_is_gone_is_written_whole(
    two: tuple[OurSession, OurSession], arriving: Callable[..., OurSession]
) -> None:
    a, _ = two
    assert a.visit is not None
    Answers(a).give(15, "nan")
    a.visit.path.unlink()
    a.runs.chosen_id = DRAWN_ID
    assert Answers(reloaded(a, arriving)).texts == {15: "nan"}


# --- visitors ---


@pytest.mark.usefixtures("multi_user")
def test_a_visitor_does_not_see_another_ones_runs(arriving: Callable[..., OurSession]) -> None:
    teachers = RunStore().create(make("baseline"))
    make_usable(teachers)
    mine, yours = arriving(), arriving()
    mine.training.train(make("baseline"))
    run = mine.training.worker.run
    make_usable(run)
    in_a_thread(lambda: mine.training.worker.heard({"event": "finished"}))
    yours.runs.refresh()
    assert {r.id for r in mine.runs.usable} == {run.id, teachers.id, SHIPPED_ID, DRAWN_ID}
    assert {r.id for r in yours.runs.usable} == {teachers.id, SHIPPED_ID, DRAWN_ID}
    yours.runs.chosen_id = run.id  # whatever a browser may send
    with pytest.raises(Problem, match="There is no run"):
        _ = yours.runs.chosen
    assert mine.visit is not None
    assert mine.visit.id not in (run.folder / "run.json").read_text()
    assert mine.runs.chosen.id == run.id


@pytest.mark.usefixtures("multi_user")
def test_a_visitor_may_have_two_trainings(
    arriving: Callable[..., OurSession], engine: FakeEngine
) -> None:
    tabs = [arriving()]
    assert tabs[0].visit is not None
    for _ in range(2):
        tabs[-1].training.train(make("baseline"))
        engine.waiting.append(tabs[-1].training.run.id)
        tabs.append(OurSession(engine, RunStore()))  # type: ignore[arg-type]
        tabs[-1].visit = tabs[0].visit
    priorities = [tab.training.run.info["priority"] for tab in tabs[:2]]
    assert priorities == [0, -1]
    with pytest.raises(Problem, match="2 of your trainings are under way or wait already"):
        tabs[-1].training.train(make("baseline"))
    engine.waiting.pop()  # its process died, and nobody takes it up
    tabs[-1].training.train(make("baseline"))
    arriving().training.train(make("baseline"))  # another visitor


@pytest.mark.usefixtures("multi_user")
def test_visitors_read_no_folder_but_what_is_offered(
    session: OurSession, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = "reads no folder of their choice"
    for folder in ("/etc", str(tmp_path), f"{few}/..", "~"):
        with pytest.raises(Problem, match=sentence):
            session.data.read(folder, CHAPTER_PATTERN)
    monkeypatch.setenv("PETWIDGETS_DATA", str(few))
    for folder in ("/etc", f"{few}/..", f"{few}-other", f"{few}/../../x"):
        with pytest.raises(Problem, match=sentence):
            session.data.read(folder, CHAPTER_PATTERN)
    (tmp_path / "inside").symlink_to("/etc")
    monkeypatch.setenv("PETWIDGETS_DATA", str(tmp_path))
    with pytest.raises(Problem, match=sentence):
        session.data.read(str(tmp_path / "inside"), CHAPTER_PATTERN)
    monkeypatch.setenv("PETWIDGETS_DATA", str(few))
    session.data.read(str(few), CHAPTER_PATTERN)
    wait_for_reading(session)
    assert session.data.dataset is not None
