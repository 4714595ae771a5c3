"""Photographs that a visitor brings, without a browser: what is said, kept and forgotten."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest
from made import MARKUP, a_decision, an_answer, drop, png, trained
from waiting import hidden

from petwidgets import ClassifyPanel
from petwidgets.common.errors import Problem
from petwidgets.engine import messages
from petwidgets.jobs import classify as jobs
from petwidgets.jobs.explain import Heat, grad_cam
from petwidgets.jobs.features import Missing, missing
from petwidgets.metrics.loss_batch import OWN
from petwidgets.panels.classify import panel as module
from petwidgets.panels.classify.examples import EXAMPLES
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID
from petwidgets.session import photographs

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import FakeEngine, OurSession

    from petwidgets.jobs.classify import Answer

EMPTY = "This file is empty: choose another one."


def test_a_recognised_photograph(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    assert panel.said.children == ()
    engine.answer = an_answer()
    drop(panel)
    assert engine.requests == [(jobs.classify, session.runs.chosen, b"a photograph")]
    assert panel.heading.problem == ""
    assert panel.status.value == ""
    assert not hidden(panel.said)
    assert panel.answer.answer.value == "great pyrenees, 91.0 %"
    assert panel.answer.reason.value == ""
    assert panel.answer.source.value.startswith("Live: computed just now")
    assert "by the run pets37" in panel.answer.source.value
    assert "temperature 1.35" in panel.answer.source.value
    assert panel.answer.photo.jpeg == png()
    assert panel.answer.photo.boxes[0]["box"] == (0.0, 0.0, 1.0, 1.0)
    assert panel.answer.seen.png == png()
    assert [(bar["label"], bar["text"], bar["tone"]) for bar in panel.answer.bars.items] == [
        ("great pyrenees", "91.0 %", "first"),
        ("samoyed", "5.0 %", "quiet"),
        ("pug", "2.0 %", "quiet"),
        ("boxer", "1.0 %", "quiet"),
        (MARKUP, "1.0 %", "quiet"),
    ]


def test_nothing_is_promised_where_no_temperature_was_fitted(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer(temperature=1.0)
    drop(panel)
    said = panel.answer.source.value
    assert "its probabilities are as trained, because no temperature can be fitted" in said
    assert "nearer to how often it is right" not in said
    panel.closer.form.press("loss")
    assert session.model_batch.source.endswith("activations as they are, as in Classify.")


def test_a_photograph_that_is_not_recognised(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    reason = "It is too small: its shorter side has 12 pixels."
    engine.answer = an_answer(probability=0.4, recognised=False, doubt="small", reason=reason)
    drop(panel, "teapot.jpg")
    assert panel.answer.answer.value == "I don't recognise this."
    assert panel.answer.reason.value == reason
    assert {bar["tone"] for bar in panel.answer.bars.items} == {"quiet"}


def test_a_camera_is_answered_frame_by_frame(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    sent: list[Any] = []
    panel.upload.send = lambda content, **_: sent.append(content)

    def hear(kind: str, *buffers: Any) -> None:
        panel.upload._handle_custom_msg({"kind": kind, "id": "camera"}, list(buffers))

    assert panel.live.children == ()
    engine.answer = an_answer()
    hear("frame", memoryview(b"a frame"))
    assert engine.requests == [(jobs.classify, session.runs.chosen, b"a frame")]
    assert panel.live.answer.value == "great pyrenees, 91.0 %"
    assert [bar["tone"] for bar in panel.live.bars.items] == ["first", *["quiet"] * 4]
    assert sent == [{"kind": "frame"}]
    engine.answer = an_answer(recognised=False, doubt="unlike", reason="It is unlike a pet.")
    hear("frame", memoryview(b"another"))
    assert panel.live.answer.value == "I don't recognise this."
    assert panel.live.reason.value == "It is unlike a pet."
    engine.problem = EMPTY
    hear("frame", memoryview(b""))
    assert (panel.live.answer.value, panel.live.reason.value) == ("", EMPTY)
    assert len(sent) == 3, "the next frame is asked for, whatever came of this one"
    assert not hidden(panel.live)
    assert panel.photographs.items == {}, "no frame is kept"
    hear("closed")
    assert hidden(panel.live)
    assert panel.live.bars.items == []


@pytest.mark.parametrize(
    "buffers",
    [[], [b"a", b"b"], [memoryview(bytes(2**19 + 1))], ["text"]],
    ids=["none", "two", "large", "text"],
)
def test_what_is_no_frame_is_dropped(
    session: OurSession, engine: FakeEngine, buffers: list[Any]
) -> None:
    panel = ClassifyPanel(session)
    panel.upload._handle_custom_msg({"kind": "frame", "id": "camera"}, buffers)
    assert engine.requests == []
    assert hidden(panel.live)


def test_problems_are_said_and_the_next_photograph_is_taken(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.problem = EMPTY
    drop(panel, "empty.jpg")
    assert panel.heading.problem == "empty.jpg: This file is empty: choose another one."
    assert hidden(panel.said)
    assert panel.status.value == ""
    engine.problem = "The engine's process died during this work."
    drop(panel)
    assert panel.heading.problem == "dog.jpg: The engine's process died during this work."
    engine.answer, engine.problem = an_answer(), ""
    drop(panel)
    assert panel.heading.problem == ""
    assert not hidden(panel.said)


def test_photographs_that_are_forgotten_leave_nothing(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    sent: list[Any] = []
    panel.upload.send = lambda content, _buffers=None: sent.append(content)  # type: ignore[method-assign]
    drop(panel, "one.jpg")
    drop(panel, "two.jpg")
    panel.closer.form.press("loss")
    assert session.model_batch is not None
    panel.closer._tell("Live", pictures=[{"name": "x", "label": "x", "jpeg": b"x"}])
    assert panel.upload.compact
    panel.visit.press("clear")
    assert not panel.upload.compact
    assert sent[-1] == {"kind": "forget"}, "the page shows the one that came last"
    assert (panel.photographs.items, panel.album._items, panel.album.chosen) == ({}, {}, 0)
    answer, closer = panel.answer, panel.closer
    assert (answer.photo.jpeg, answer.seen.png, answer.answer.value) == (b"", b"", "")
    assert (closer._shown, closer.gallery.pictures, closer.said.value) == (None, [], "")
    assert hidden(panel.said)
    assert session.model_batch is None
    assert session.bench.preset == "chapter"
    drop(panel, "three.jpg")
    assert [one.name for one in panel.photographs.items.values()] == ["three.jpg"]
    assert not hidden(panel.said)


def test_a_row_of_the_loss_says_what_classify_divides_by(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel)
    panel.closer.form.press("loss")
    assert session.model_batch is not None
    assert "Classify divides them by 1.35 first" in session.model_batch.source


def test_a_run_that_is_gone_is_said_and_the_panel_does_not_wait(
    session: OurSession, engine: FakeEngine
) -> None:
    run = trained(session)
    session.runs.refresh()
    panel = ClassifyPanel(session)
    session.runs.chosen_id = run.id
    session.store.delete(run.id)
    drop(panel)
    assert panel.heading.problem.startswith(f"dog.jpg: There is no run '{run.id}'")
    assert panel.status.value == ""
    assert engine.requests == []


def test_it_says_when_the_engine_has_to_start(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    said: list[str] = []
    panel.status.observe(lambda change: said.append(change["new"]), "value")
    engine.answer, engine.started = an_answer(), False  # type: ignore[misc]
    drop(panel)
    assert said[0] == "Looking at dog.jpg ..."
    assert "engine is starting" in said[1]
    assert said[-1] == ""


def test_the_model_and_its_error_are_shown(session: OurSession) -> None:
    panel = ClassifyPanel(session)
    names = dict(panel.model.fields[0]["options"])
    assert names[panel.model["run"]] == "Shipped model: 37 breeds, real photographs"
    assert panel.model_note.value.startswith("Recorded: this model was wrong on 32 of 740 photogr")
    assert "'pets37'" in panel.folds.code
    run = trained(session)
    session.runs.refresh()
    panel.model.set(run=run.id)
    assert session.runs.chosen_id == run.id
    assert "wrong on 1 of 4 photographs" in panel.model_note.value
    assert "25.0 % error" in panel.model_note.value
    assert repr(run.id) in panel.folds.code


def test_an_example_is_answered_by_the_run_for_its_like(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    drawn, *_, astronaut = EXAMPLES
    for _ in range(2):  # the same one may be pressed again
        panel.examples.chosen = 1
        assert engine.requests[-1] == (jobs.classify, session.runs.get(DRAWN_ID), drawn.photo)
    panel.examples.chosen = len(EXAMPLES)
    assert engine.requests[-1] == (jobs.classify, session.runs.get(SHIPPED_ID), astronaut.photo)
    assert len(engine.requests) == 3
    panel.model.set(run=DRAWN_ID)
    panel.examples.chosen = len(EXAMPLES)
    assert engine.requests[-1] == (jobs.classify, session.runs.get(DRAWN_ID), astronaut.photo)


def test_examples_give_way_to_a_photograph(session: OurSession, engine: FakeEngine) -> None:
    engine.answer = an_answer()
    panel = ClassifyPanel(session)
    assert (panel.examples.small, hidden(panel.hint)) == (False, False)
    drop(panel)
    assert (panel.examples.small, hidden(panel.hint)) == (True, True)
    panel.visit.press("clear")
    assert (panel.examples.small, hidden(panel.hint)) == (False, False)


def test_a_chosen_run_without_weights_is_said(session: OurSession) -> None:
    session.runs.chosen_id = "recorded-head-5"
    panel = ClassifyPanel(session)
    assert panel.model["run"] == SHIPPED_ID
    assert session.runs.chosen_id == "recorded-head-5"
    said = "recorded-head-5 has no weights: the shipped model answers. Recorded: this model was"
    assert panel.model_note.value.startswith(said)


def test_new_runs_never_change_which_one_is_chosen(
    session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(f"20250101-00000{i}" for i in range(9))
    monkeypatch.setattr(time, "strftime", lambda _: next(times))
    panel = ClassifyPanel(session)
    chosen: list[str] = []
    session.runs.observe(lambda change: chosen.append(change["new"]), "chosen_id")
    for count in (3, 4, 5):
        trained(session)
        session.runs.refresh()
        assert len(panel.model.fields[0]["options"]) == count
        assert (session.runs.chosen.id, panel.model["run"]) == (SHIPPED_ID, SHIPPED_ID)
    assert chosen == []


def test_a_model_whose_predictions_are_damaged_is_said(session: OurSession) -> None:
    run = trained(session)
    (run.folder / "validation.safetensors").write_bytes(b"no")
    session.runs.refresh()
    panel = ClassifyPanel(session)
    panel.model.set(run=run.id)
    assert "are damaged" in panel.heading.problem
    assert repr(run.id) in panel.folds.code


def labels(panel: ClassifyPanel) -> list[tuple[str, str]]:
    return [(item["name"], item["label"]) for item, _ in panel.album._items.values()]


def test_several_photographs_are_kept_and_one_is_looked_at(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel, "one.jpg")
    engine.problem = EMPTY
    drop(panel, "two.jpg")
    engine.problem = ""
    engine.answer = an_answer(recognised=False, reason="It is too blurred: bring a sharper one.")
    drop(panel, "three.jpg")
    assert labels(panel) == [
        ("one.jpg", "great pyrenees"), ("two.jpg", "can't be read"), ("three.jpg", "not recognised")
    ]  # fmt: skip
    assert panel.album.chosen == 3
    panel.album.chosen = 1
    assert panel.answer.answer.value == "great pyrenees, 91.0 %"
    assert panel.heading.problem == ""
    panel.album.chosen = 2
    assert panel.heading.problem == "two.jpg: This file is empty: choose another one."
    assert hidden(panel.said)
    panel.album.chosen = 3
    assert panel.heading.problem == ""
    assert panel.answer.answer.value == "I don't recognise this."


def test_a_visit_is_forgotten_by_a_button(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    assert panel.visit.fields[0]["hidden"]
    engine.answer = an_answer()
    drop(panel)
    assert not panel.visit.fields[0]["hidden"]
    panel.visit.press("clear")
    assert panel.photographs.items == {}
    assert labels(panel) == []
    assert hidden(panel.said)
    assert panel.visit.fields[0]["hidden"]
    assert "dog.jpg" not in repr(session.settings)


def test_what_is_under_way_when_all_is_forgotten_does_not_come_back(
    session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    future: Future[Answer] = Future()
    monkeypatch.setattr(session, "classify", lambda *_: future)
    panel = ClassifyPanel(session)
    drop(panel, "late.jpg")
    panel.visit.press("clear")
    future.set_result(an_answer())
    assert panel.photographs.items == {}
    assert panel.status.value == ""


def test_the_oldest_go_when_there_are_too_many(
    session: OurSession, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photographs, "MAX_COUNT", 3)
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    for i in range(5):
        drop(panel, f"{i}.jpg")
    assert [name for name, _ in labels(panel)] == ["2.jpg", "3.jpg", "4.jpg"]
    assert labels(ClassifyPanel(session)) == labels(panel), "they are the session's"
    monkeypatch.setattr(photographs, "MAX_BYTES", 20)
    drop(panel, "large.jpg", b"x" * 30)
    assert [name for name, _ in labels(panel)] == ["large.jpg"]


VIEWS = jobs.Views(
    a_decision(probability=0.95),
    (b"a picture",) * 10,
    (("great_pyrenees", 0.9),) * 7 + ((MARKUP, 0.5),) * 3,
)
RULES = jobs.RejectionRules(
    (jobs.Rule("softmax", 0.9, 0.6), jobs.Rule("a sigmoid for each breed", 0.01, 0.12)),
    (("pug", 0.01),),
    lost=0.03,
)


def test_another_model_looks_at_the_same_photograph(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel)
    run = trained(session)
    session.runs.refresh()
    engine.answer = an_answer(breed="pug", run=run.id)
    panel.model.set(run=run.id)
    assert [asked[1].id for asked in engine.requests] == [SHIPPED_ID, run.id]
    assert labels(panel) == [("dog.jpg", "pug")]


def test_a_run_that_is_chosen_elsewhere_answers_too(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.answer = lambda run, _: an_answer(run=run.id)
    drop(panel, "dog.jpg")
    drop(panel, "cat.jpg")
    session.lesson = "runs"
    session.runs.chosen_id = DRAWN_ID
    session.lesson = "classify"
    assert panel.model["run"] == DRAWN_ID
    assert f"by the run {DRAWN_ID}" in panel.answer.source.value
    panel.album.chosen = 1  # the other one of the album, as soon as one looks at it
    assert f"by the run {DRAWN_ID}" in panel.answer.source.value
    assert [run.id for _, run, _ in engine.requests] == [SHIPPED_ID] * 2 + [DRAWN_ID] * 2


def test_the_answer_to_an_older_question_is_thrown_away(
    session: OurSession, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Future[Any]] = []

    def quick(*_: Any) -> Future[Any]:
        asked.append(Future())
        return asked[-1]

    monkeypatch.setattr(engine, "quick", quick)
    panel = ClassifyPanel(session)
    drop(panel)
    session.runs.chosen_id = DRAWN_ID  # before there is an answer
    asked[0].set_result(an_answer(run=SHIPPED_ID))
    panel.model.set(run=SHIPPED_ID)
    asked[2].set_result(an_answer(run=SHIPPED_ID))
    asked[1].set_result(an_answer(run=DRAWN_ID))
    assert f"by the run {SHIPPED_ID}" in panel.answer.source.value
    assert (panel.status.value, len(asked)) == ("", 3)


def test_an_example_is_looked_at_by_the_run_that_is_chosen(
    session: OurSession, engine: FakeEngine
) -> None:
    engine.answer = lambda run, _: an_answer(run=run.id)
    session.runs.chosen_id = DRAWN_ID
    panel = ClassifyPanel(session)
    panel.examples.chosen = 4
    assert f"by the run {DRAWN_ID}" in panel.answer.source.value
    session.runs.chosen_id = SHIPPED_ID
    assert f"by the run {SHIPPED_ID}" in panel.answer.source.value


def test_an_answer_does_not_bring_its_photograph_back_into_sight(
    session: OurSession, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.answer = an_answer()
    panel = ClassifyPanel(session)
    drop(panel, "dog.jpg")
    drop(panel, "cat.jpg")
    assert panel.album.chosen == 2
    late: list[Future[Any]] = [Future(), Future()]
    waiting = iter(late)
    monkeypatch.setattr(engine, "quick", lambda *_: next(waiting))
    session.runs.chosen_id = DRAWN_ID
    panel.album.chosen = 1
    late[0].set_result(an_answer(run=DRAWN_ID))
    assert panel.album.chosen == 1


@pytest.mark.parametrize("example", range(1, 6))
def test_examples_are_answered_where_the_chosen_run_has_no_weights(
    session: OurSession, engine: FakeEngine, example: int
) -> None:
    engine.answer = an_answer()
    session.runs.chosen_id = "recorded-head-5"
    panel = ClassifyPanel(session)
    panel.examples.chosen = example
    assert engine.requests[-1][1].id == SHIPPED_ID


def test_the_mean_of_ten_views(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel)
    engine.answer = VIEWS
    panel.closer.form.press("views")
    assert engine.requests[-1] == (jobs.views, session.runs.chosen, b"a photograph")
    assert "great pyrenees, 95.0 %" in panel.closer.said.value
    assert "7 of the ten say great pyrenees" in panel.closer.said.value
    pictures = panel.closer.gallery.pictures
    assert [one["label"] for one in pictures[6:8]] == ["great pyrenees 90.0 %", f"{MARKUP} 50.0 %"]
    engine.answer = an_answer()
    drop(panel, "next.jpg")
    assert panel.closer.gallery.pictures == []


def test_where_it_looked(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel)
    shares = ((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0))
    maps = {"great_pyrenees": b"one", "samoyed": b"two"}
    engine.answer = Heat(
        size=224,
        seen=b"seen",
        maps=maps,
        probabilities=dict.fromkeys(maps, 0.5),
        shares=dict.fromkeys(maps, shares),
        empty=(),
    )
    panel.closer.form.press("heat")
    assert engine.requests[-1] == (
        grad_cam,
        session.runs.chosen,
        b"a photograph",
        ["great_pyrenees", "samoyed"],
    )
    labels = [one["label"] for one in panel.closer.gallery.pictures]
    assert labels == [
        f"{breed}: 100 % of the heat is in the centre" for breed in ("great pyrenees", "samoyed")
    ]
    panel.closer.form.set(breed="pug")
    panel.closer.form.press("heat")
    assert engine.requests[-1][3] == ["great_pyrenees", "pug"]


def test_the_nearest_in_training(
    session: OurSession, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel)
    monkeypatch.setattr(session.interpretation, "places", lambda *_: {})
    panel.closer.form.press("nearest")
    assert "are not on this machine" in panel.closer.neighbours.said.value
    name = session.runs.chosen.info["train_files"][0]
    monkeypatch.setattr(session.interpretation, "places", lambda *_: {name: tmp_path / name})
    engine.answer = Missing((0,), 0.03)
    panel.closer.form.press("nearest")
    assert engine.requests[-1][:2] == (missing, session.runs.chosen)
    assert "are found by the features" in panel.closer.neighbours.said.value
    engine.answer = an_answer()
    drop(panel, "next.jpg")
    assert panel.closer.neighbours.said.value == ""


def test_other_ways_to_say_no(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel)
    engine.answer = RULES
    panel.closer.form.press("rejection_rules")
    assert panel.closer.table.rows == [
        ["softmax", "0.900", "0.600", "answers"],
        ["a sigmoid for each breed", "0.010", "0.120", "refuses"],
    ]
    assert "gives up 3.0 % of the right answers" in panel.closer.said.value


def test_what_a_closer_look_brought_stays(session: OurSession, engine: FakeEngine) -> None:
    engine.answer = an_answer()
    panel = ClassifyPanel(session)
    drop(panel)
    form = panel.closer.form
    answers = {"views": VIEWS, "rejection_rules": RULES}
    for tab in ("views", "rejection_rules"):
        engine.answer = answers[tab]
        form.press(tab)
        assert [f["name"] for f in form.fields if f.get("primary")] == [tab]
    requests = len(engine.requests)
    form.press("views")
    assert len(panel.closer.gallery.pictures) == 10
    assert panel.closer.table.rows == []
    form.press("rejection_rules")
    assert panel.closer.table.rows
    panel._show()  # as after another answer
    assert panel.closer.table.rows, "it stays while the photograph does"
    assert len(engine.requests) == requests, "nothing was computed twice"
    engine.answer = an_answer()
    drop(panel)
    assert panel.closer.table.rows == []
    engine.answer = RULES
    form.press("rejection_rules")
    assert len(engine.requests) == requests + 2, "it is another photograph"


def asked_late(
    session: OurSession, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> tuple[ClassifyPanel, list[Future[Any]]]:
    """A panel with a photograph, and two closer looks at it that are not answered yet."""
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel)
    late: list[Future[Any]] = []
    with monkeypatch.context() as patch:
        patch.setattr(engine, "quick", lambda *_: late.append(Future()) or late[-1])
        panel.closer.form.press("views")
        panel.closer.form.press("rejection_rules")
    return panel, late


def test_a_closer_look_that_fails_late_leaves_another_one_alone(
    session: OurSession, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, late = asked_late(session, engine, monkeypatch)
    late[1].set_result(RULES)
    late[0].set_exception(Problem("The picture is gone."))
    assert panel.closer.table.rows
    assert panel.heading.problem == "dog.jpg: The picture is gone."


def test_a_problem_of_a_closer_look_is_a_sentence(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel)
    engine.problem = "The run keeps no features: have them computed."
    panel.closer.form.press("rejection_rules")
    assert panel.heading.problem == "dog.jpg: The run keeps no features: have them computed."
    assert panel.closer.said.value == ""
    assert not hidden(panel.said)


def test_its_row_of_the_loss(session: OurSession, engine: FakeEngine) -> None:
    session.lesson = "classify"
    panel = ClassifyPanel(session)
    activations = tuple(float(i) for i in range(37))
    engine.answer = an_answer(activations=activations)
    drop(panel, "mine.jpg")
    panel.closer.form.set(breed="pug")
    panel.closer.form.press("loss")
    batch = session.bench.batch(session.model_batch)
    assert (session.bench.preset, session.lesson) == (OWN, "loss")
    assert batch.activations.tolist() == [[*activations]]
    assert [batch.columns[i] for i in batch.targets] == ["pug"]
    assert batch.rows == ("mine.jpg",)
    assert batch.source.startswith("Live: mine.jpg, brought by you")


def test_many_photographs_wait_in_the_page_not_in_the_kernel(
    session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Future[Answer]] = []
    monkeypatch.setattr(session, "classify", lambda *_: asked.append(Future()) or asked[-1])
    panel = ClassifyPanel(session)
    for i in range(module.AT_ONCE):
        assert not panel.upload.holds
        drop(panel, f"{i}.jpg")
    assert panel.upload.holds
    asked[0].set_exception(Problem("It can't be read."))
    assert not panel.upload.holds


@pytest.mark.parametrize(
    "said", [messages.DIED, messages.GONE, str(messages.Away("tcp://127.0.0.1:1"))], ids=str
)
def test_what_the_engine_failed_at_can_be_tried_again(
    said: str, session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.problem = said
    drop(panel)
    assert said in panel.heading.problem
    assert not _field(panel, "again")["hidden"]
    engine.problem, engine.answer = "", an_answer()
    panel.visit.press("again")
    assert [asked[-1] for asked in engine.requests] == [b"a photograph"] * 2
    assert panel.heading.problem == ""
    assert _field(panel, "again")["hidden"]
    assert len(panel.photographs.items) == 1


def test_what_is_no_picture_is_not_tried_again(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    engine.problem = "This is not a picture that can be read."
    drop(panel)
    assert _field(panel, "again")["hidden"]


def _field(panel: ClassifyPanel, name: str) -> dict[str, Any]:
    return next(field for field in panel.visit.fields if field["name"] == name)


def test_a_button_that_is_pressed_when_all_is_forgotten_says_so(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer()
    drop(panel)
    panel.visit.press("clear")
    panel.closer.form.press("views")
    assert panel.heading.problem.startswith("No photograph is chosen")
    assert len(engine.requests) == 1


def test_a_closer_look_that_comes_late_is_not_shown(
    session: OurSession, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what it says of another photograph, nor why it failed."""
    panel, late = asked_late(session, engine, monkeypatch)
    drop(panel, "next.jpg")
    late[0].set_result(jobs.Views(a_decision(), (), ()))
    late[1].set_exception(Problem("It keeps no features."))
    assert (panel.closer.said.value, panel.heading.problem) == ("", "")
