"""A form's values are what its fields allow, whatever a page sends."""

from __future__ import annotations

import re
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from comm import DummyComm
from fakes import FakeEngine, OurSession

from petwidgets.common.errors import Problem
from petwidgets.engine.latest import Latest
from petwidgets.jobs.job import Job
from petwidgets.panels.base import Panel
from petwidgets.widgets.base import Shared
from petwidgets.widgets.fields import button, choice, number, slider, switch, text
from petwidgets.widgets.form import Form
from petwidgets.widgets.theme import theme


@pytest.fixture
def form() -> Form:
    return Form(
        [
            choice("side", "Side", [("train", "train"), ("valid", "validation")]),
            text("name", "Name"),
            number("rows", "Rows", 1, 6),
            slider("zoom", "Zoom", 0.8, 2, 0.05),
            switch("flip", "Flip"),
            button("go", "Go"),
        ],
        rows=3,
    )


def test_values_begin_within_their_bounds(form: Form) -> None:
    assert form.values == {"side": "train", "name": "", "rows": 3, "zoom": 0.8, "flip": False}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"rows": 60}, 6),
        ({"rows": -1}, 1),
        ({"rows": 2.6}, 3),
        ({"rows": "many"}, 3),
        ({"rows": None}, 3),
        ({"rows": float("nan")}, 3),
        ({"rows": True}, 3),
        ({"zoom": 1.25}, 1.25),
        ({"zoom": 1e9}, 2),
        ({"side": "valid"}, "valid"),
        ({"side": "elsewhere"}, "train"),
        ({"side": ["train"]}, "train"),
        ({"flip": 1}, True),
        ({"name": "x" * 5000}, "x" * 1000),
        ({"name": 7}, "7"),
    ],
)
def test_what_a_page_sends_is_put_within_bounds(
    form: Form, sent: dict[str, Any], kept: object
) -> None:
    form.set(**sent)
    assert form[next(iter(sent))] == kept


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"rows": 60}, "It goes from 1 to 6: 60 became 6."),
        ({"rows": -1}, "It goes from 1 to 6: -1 became 1."),
        ({"rows": 2.5}, "It is a whole number: 2.5 became 2."),
        ({"rows": "many"}, "That is not a number: 3 is kept."),
        ({"rows": float("nan")}, "That is not a number: 3 is kept."),
        ({"zoom": 0}, "It goes from 0.8 to 2: 0 became 0.8."),
        ({"name": "x" * 5000}, "It has 1,000 characters at most: the others are left out."),
        ({"rows": 4}, None),
        ({"zoom": 0.8}, None),
        ({"name": "x"}, None),
        ({"side": "valid"}, None),
    ],
)
def test_what_is_not_taken_as_it_was_given_is_said(
    form: Form, sent: dict[str, Any], sentence: str | None
) -> None:
    form.set_state({"edits": {name: [value, 1] for name, value in sent.items()}})  # as a page does
    name = next(iter(sent))
    assert form.said.get(name) == sentence
    form.set(**{name: form[name]})  # a panel says again what it was told
    assert form.said.get(name) == sentence
    form.set(flip=True)
    assert form.said.get(name) == sentence, "another field is another matter"
    form.set(rows=5, zoom=1, name="y")
    assert form.said == {}
    form.set(rows=99)
    form.reset()
    assert form.said == {}
    assert form.values == {"side": "train", "name": "", "rows": 3, "zoom": 0.8, "flip": False}


def test_a_page_hears_what_was_kept_where_nothing_changed(form: Form) -> None:
    """It would else go on with its own number, which nobody has."""
    form.comm = DummyComm()  # whatever a process with ipykernel in it would have given
    form.set(rows=1)
    sent: list[set[str]] = []
    form.send_state = lambda key: sent.append({key} if isinstance(key, str) else {*key})  # type: ignore[method-assign, misc]
    form.set_state({"edits": {"rows": [0, 1]}})
    assert {"taken", "said"} <= set().union(*sent)


def test_what_is_no_field_is_left_out(form: Form) -> None:
    form.set(password="x", rows=4)  # noqa: S106
    assert "password" not in form.values
    assert form["rows"] == 4


def test_edits_are_sent_before_a_press_in_another_form(form: Form) -> None:
    form._hear(form, {"edits": {"rows": [5, 1]}}, [])
    assert form["rows"] == 5
    form.set_state({"edits": {"rows": [5, 1]}})  # which ipywidgets had held back
    form._hear(form, {"edits": {"rows": [2, 1]}}, [])
    assert form["rows"] == 5, "it is no newer"


def test_a_press_brings_the_values_of_its_moment(form: Form) -> None:
    pressed: list[int] = []
    form.on_press("go", lambda: pressed.append(form["rows"]))
    form._hear(form, {"press": "go", "edits": {"rows": [5, 1]}}, [])
    assert pressed == [5]
    form.change("go", disabled=True)
    form._hear(form, {"press": "go", "edits": {"rows": [2, 2]}}, [])
    form._hear(form, {"press": "rows"}, [])
    form._hear(form, {}, [])
    assert (pressed, form["rows"]) == ([5], 5)


def test_a_choice_that_is_gone_gives_way_to_the_first(form: Form) -> None:
    form.set(side="valid")
    form.change("side", options=[["test", "test"]])
    assert form["side"] == "test"


def test_a_kept_form_comes_back(session: OurSession) -> None:
    class Small(Panel):
        key = "small"

        def __init__(self, session: OurSession) -> None:
            super().__init__(session)
            self.form = Form([number("rows", "Rows", 1, 6)])
            self.keep(self.form)

    Small(session).form.set(rows=4)
    assert session.settings["small"] == {"rows": 4}
    other = Small(session)
    assert other.form["rows"] == 4
    session.settings = {"small": {"rows": 99, "gone": 1}}
    assert other.form["rows"] == 6


def test_a_kept_choice_waits_for_its_option(session: OurSession) -> None:
    class Choosing(Panel):
        key = "choosing"

        def __init__(self, session: OurSession) -> None:
            super().__init__(session)
            self.form = Form([choice("run", "Run", [])])
            self.keep(self.form)

    session.settings = {"choosing": {"run": "b"}}
    form = Choosing(session).form
    for options, shown in ((["a"], "a"), (["a", "b"], "b"), (["a"], "a"), (["b"], "b")):
        form.change("run", options=[[name, name] for name in options])
        assert form["run"] == shown
        assert session.settings["choosing"] == {"run": "b"}, "nobody has chosen another one"


SOURCES = Path(__file__).parents[2] / "js" / "src"


@pytest.mark.parametrize("part", Shared.__subclasses__())
def test_every_shared_part_comes_with_the_theme(part: type[Shared]) -> None:
    assert re.search(rf"[{{,]{part.file}[:,}}]", str(theme()._esm))
    style = SOURCES / f"{part.file}.css"
    wanted = re.findall(r"\.petwidgets-[\w-]+", style.read_text("utf-8") if style.exists() else "")
    assert set(wanted) <= set(re.findall(r"\.petwidgets-[\w-]+", str(theme()._css)))
    assert len(str(part.__dict__["_esm"])) < 250, "sent with every instance"


JOB: Job[[Any], str] = Job("petwidgets.learning.x", "y")


class Slow(FakeEngine):
    """Answers when it is told to."""

    def quick(self, job: Job[..., Any], *args: Any) -> Future[Any]:
        self.requests.append((job, *args))
        self.future: Future[Any] = Future()
        return self.future


def outcome(future: Future[str]) -> str:
    return str(future.exception(0) or future.result(0))


def test_of_questions_that_wait_only_the_newest_is_asked() -> None:
    engine = Slow()
    latest = Latest(engine, JOB)  # type: ignore[arg-type]
    futures = [latest.ask(n) for n in range(5)]
    assert engine.requests == [(JOB, 0)]
    assert [future.cancelled() for future in futures] == [False, True, True, True, False]
    engine.future.set_result("zero")
    assert outcome(futures[0]) == "zero"
    assert engine.requests[1:] == [(JOB, 4)]
    engine.future.set_exception(Problem("It broke."))
    assert outcome(futures[4]) == "It broke."
    latest.ask(5)
    assert engine.requests[2:] == [(JOB, 5)]


def test_an_overtaken_question_does_not_fail_the_newer_one() -> None:
    engine = Slow()
    latest = Latest(engine, JOB)  # type: ignore[arg-type]
    first = latest.ask("a run without weights")
    second = latest.ask("another run")
    engine.future.set_exception(Problem("It has no weights."))
    assert first.cancelled()
    engine.future.set_result("a map")
    assert outcome(second) == "a map"


def test_what_an_engine_that_is_closed_gives_up_is_given_up() -> None:
    engine = Slow()
    latest = Latest(engine, JOB)  # type: ignore[arg-type]
    future = latest.ask(1)
    engine.future.cancel()
    assert future.cancelled()
    latest.ask(2)
    assert engine.requests[1:] == [(JOB, 2)]


def test_a_page_leaves_no_value_out() -> None:
    """A panel asks for each by its name."""
    form = Form([number("n", "N", 0, 9), switch("s", "S")], n=3)
    form.values = {"s": True}
    assert form.values == {"n": 3, "s": True}
    form.values = {}
    assert (form["n"], form["s"]) == (3, True)


def test_an_edit_takes_back_nothing_that_its_page_had_not_heard_of(form: Form) -> None:
    """A page edits `rows` before it has heard that another `side` set the other fields."""
    form.set_state({"edits": {"side": ["valid", 1]}})
    form.set(name="preset", rows=6, flip=True)
    form.set_state({"edits": {"side": ["valid", 1], "rows": [2, 2]}})
    assert form.values == {"side": "valid", "name": "preset", "rows": 2, "zoom": 0.8, "flip": True}
    assert form.taken == 2


def test_an_edit_is_taken_once(form: Form) -> None:
    form.set_state({"edits": {"rows": [5, 1]}})
    form.set(rows=2)
    form.set_state({"edits": {"rows": [5, 1], "flip": [True, 2]}})
    assert (form["rows"], form["flip"]) == (2, True)
