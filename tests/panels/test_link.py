"""A link to a lesson carries its settings and nothing private; a hostile one does no harm."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from petwidgets import LossPanel, PetLab
from petwidgets.metrics.loss_batch import OWN, Workbench
from petwidgets.panels import PANELS
from petwidgets.panels.link import LONGEST, opened, written
from petwidgets.widgets.fields import choice, number, slider, switch, text
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes import OurSession as Session

    from petwidgets.panels.base import Panel

PRIVATE_NAME = "/home/ada/pets/Bella_1.jpg"


def link_of(panel: Panel) -> dict[str, str]:
    return dict(parse_qsl(written(panel), keep_blank_values=True))


def open_link(lab: PetLab, **said: object) -> Panel:
    """As a page that was opened with this link does; the lesson that is then shown."""
    lab._frame.children[0]._hear({"opened": urlencode(said)})
    return lab.panels[lab.session.lesson]


@pytest.fixture
def other() -> Iterator[PetLab]:
    """The app in another browser."""
    made = PetLab()
    yield made
    made.session.engine.close()


# --- a field and a text ---

FIELDS = [
    choice("way", "Way", [("a", "A"), ("b", "B")]),
    number("count", "Count", 1, 9),
    slider("turn", "Turn", -45, 45, 0.5),
    switch("on", "On"),
    text("name", "Name"),
]


@given(
    way=st.sampled_from("ab"),
    count=st.integers(1, 9),
    turn=st.floats(-45, 45),
    on=st.booleans(),
    name=st.text(max_size=1000),
)
def test_a_value_comes_back_from_its_text(**values: Any) -> None:
    form = Form(FIELDS, **values)
    for name, value in values.items():
        again = form.value_of(name, form.text_of(name))
        assert (again, type(again)) == (value, type(value))


WRONG = [
    ("way", "c"), ("way", ""), ("count", "0"), ("count", "10"), ("count", "2.5"),
    ("count", "nan"), ("count", "inf"), ("count", "1_0"), ("count", " 2"), ("count", "\u0663"),
    ("count", "1e999"), ("count", "9" * 5000), ("count", ""), ("turn", "-45.1"),
    ("on", "true"), ("on", "2"), ("on", ""), ("name", "x" * 1001),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), WRONG)
def test_a_text_that_the_field_would_not_take_is_no_value(name: str, said: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of whichever check
        Form(FIELDS).value_of(name, said)


# --- what a link carries ---


@pytest.mark.parametrize("key", PANELS)
def test_every_lesson_opens_elsewhere_as_it_is(key: str, lab: PetLab, other: PetLab) -> None:
    lab.show(key)
    panel = open_link(other, **link_of(lab.panels[key]))
    assert panel.key == key
    assert panel.heading.problem == ""
    assert written(panel) == written(lab.panels[key])
    names = [one.name for one in panel.shared()]
    assert len({*names}) == len(names), "two settings have one name"
    assert not {"lesson", "session"} & {*names}


def test_the_plan_of_a_training_opens_elsewhere_stage_by_stage(lab: PetLab, other: PetLab) -> None:
    lab.show("train")
    ours = lab.panels["train"].planning
    ours.form.set(preset="fine-tune")
    ours.form.set(batch_size=16, limit=20)
    ours.stages.more.press("add")
    ours.stages.forms[2].set(epochs=7, rate="slice(1e-6, 1e-4)")
    panel = open_link(other, **link_of(lab.panels["train"]))
    assert panel.heading.problem == ""
    assert other.session.plan == lab.session.plan
    assert other.session.plan.stages[2].rate == (1e-6, 1e-4)
    other.panels["train"].planning.form.set(preset="baseline")
    open_link(other, lesson="train", preset="fine-tune", stages="1")
    assert len(other.session.plan.stages) == 1


def test_the_batch_of_the_loss_lessons_is_shared(lab: PetLab, other: PetLab) -> None:
    lab.show("loss")
    lab.panels["loss"].choice.set(preset="ties")
    lab.panels["loss"].choice.set(rows=5)
    open_link(other, **link_of(lab.panels["loss"]))
    assert other.session.bench.batch(None).activations.shape == (5, 4)
    assert other.session.bench.preset == "ties"


@pytest.mark.parametrize("key", PANELS)
def test_nothing_private_is_in_a_link(key: str, lab: PetLab) -> None:
    lab.session.arrive("")
    lab.show(key)
    panel = lab.panels[key]
    private = {
        "browse": ("source", "folder"), "label": ("form", "name"), "clean": ("form", "file"),
        "runs": ("form", "name"), "questions": ("form", "name"),
    }  # fmt: skip
    if key in private:
        part, field = private[key]
        form = getattr(panel, part)
        getattr(form, "form", form).set(**{field: PRIVATE_NAME})
    if key == "browse":
        panel.source.form.set(source="own")
        assert "source" not in link_of(panel)
    said = written(panel)
    assert "Bella" not in said
    assert lab.session.visit is not None
    assert lab.session.visit.id not in said
    runs = [run.id for run in lab.session.runs.usable]
    assert runs
    assert not any(run in said for run in runs)


# --- what a link can't do ---


def test_what_the_lesson_does_not_take_is_left_out_and_said(lab: PetLab) -> None:
    panel = open_link(lab, lesson="presize", rotate=900, zoom=1.2, **{"<img src=x>": 1})
    assert panel.form["rotate"] == 30  # as the lesson begins
    assert panel.form["zoom"] == 1.2
    assert panel.heading.problem == (
        "This lesson does not take all of the link. Left out: Rotation and <img src=x>."
    )


def test_settings_that_need_each_other_are_all_taken(lab: PetLab, other: PetLab) -> None:
    lab.show("presize")
    form = lab.panels["presize"].form
    form.set(size=128)
    form.set(presize=200)  # too small for the size that the lesson begins with
    panel = open_link(other, **link_of(lab.panels["presize"]))
    assert (panel.heading.problem, panel.form["presize"]) == ("", 200)


def test_what_is_left_out_stays_said_when_an_answer_comes(lab: PetLab) -> None:
    panel = open_link(lab, lesson="presize", zoom=99)
    said = "This lesson does not take all of the link. Left out: Zoom."
    assert panel.heading.problem == said
    presized: Future[int] = Future()
    panel.when(presized, lambda _: None)
    presized.set_result(1)
    assert panel.heading.problem == said


def test_a_value_that_the_form_takes_and_the_lesson_cannot_use_is_taken_back(lab: PetLab) -> None:
    panel = open_link(lab, **{"lesson": "train", "preset": "fine-tune", "2.rate": "os.system('x')"})
    assert "Left out: 2. Learning rate" in panel.heading.problem
    assert lab.session.plan.preset == "fine-tune"
    assert panel.planning.stages.forms[1]["rate"] == "slice(1e-05, 0.001)"


PRIVATE = [
    ("browse", "folder", "/etc"), ("browse", "source", "own"), ("browse", "source", "/etc"),
    ("train", "parent", "pets37"), ("train", "goes_on", "1"), ("train", "stages", "5"),
    ("train", "stages", "-1"), ("runs", "run", "pets37"), ("runs", "delete", "1"),
    ("rate", "weights", "pets37"), ("rate", "search", "1"), ("log", "preset", "own"),
    ("loss", "preset", "own"), ("clean", "file", "/etc/passwd"), ("questions", "name", "Eve"),
    ("presize", "session", "0" * 32), ("presize", "another", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "name", "said"), PRIVATE)
def test_a_link_sets_nothing_private_and_presses_nothing(
    lab: PetLab, key: str, name: str, said: str
) -> None:
    lab.show(key)
    before, kept = written(lab.panels[key]), lab.session.settings
    panel = open_link(lab, **{"lesson": key, name: said})
    assert "Left out: " in panel.heading.problem
    assert written(panel) == before
    assert lab.session.settings == kept


@pytest.mark.parametrize(
    "link", ["", "lesson=", "lesson=../x", "rotate=3", "&" * 200, "lesson=label" + "&a=1" * 200]
)
def test_a_link_to_nowhere_stays_where_it_is(lab: PetLab, link: str) -> None:
    lab._frame.children[0]._hear({"opened": link})
    assert lab.session.lesson == "classify"
    assert lab.panels["classify"].heading.problem.startswith("The link names no lesson")
    lab._frame.children[0]._hear({"opened": "lesson=label&name=" + "x" * LONGEST})
    assert lab.panels["classify"].heading.problem.startswith("The link is too long")


def test_a_page_asks_for_its_link(lab: PetLab, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr(lab._course.list, "send", sent.append)
    lab.show("log")
    others: list[Any] = [{"share": 2}, None, [], "share", {"share": True, "a": 1}]
    for content in [{"share": True}, *others]:
        lab._course._hear(content)
    assert sent == [{"link": "lesson=log&p=0.25&more=-2&base=e"}]


NAMES = st.sampled_from(["preset", "rows", "arch", "size", "stages", "1.rate", "2.epochs", "seed"])
SAID = st.one_of(
    st.text(max_size=60),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["fine-tune", "baseline", "3+12", "slice(1e-3)", "1e400", "resnet34"]),
)


@pytest.fixture(scope="module")
def one_lab() -> Iterator[PetLab]:
    made = PetLab()
    yield made
    made.session.engine.close()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(key=st.sampled_from([*PANELS]), said=st.lists(st.tuples(NAMES | st.text(), SAID)))
def test_any_link_leaves_the_lesson_sound(
    one_lab: PetLab, key: str, said: list[tuple[str, str]]
) -> None:
    pairs = [("lesson", key), *((n, s) for n, s in said if n != "lesson")]
    link = urlencode(pairs, errors="replace")
    one_lab._frame.children[0]._hear({"opened": link})
    panel = one_lab.panels[key]
    assert one_lab.session.lesson == key
    assert panel.heading.problem == "" or panel.heading.problem.startswith("This lesson does")
    one_lab.session.plan.recipe("sample", "x")  # it may be asked still
    assert one_lab.session.training.run is None


def test_a_lesson_with_numbers_of_ones_own_takes_a_link(session: Session) -> None:
    """What no link carries can be replaced by what one does."""
    panel = LossPanel(session)
    session.bench = Workbench(OWN)
    assert "preset" not in written(panel)
    opened("lesson=loss&preset=ties&rows=5", {"loss": panel}, lambda _key: None)
    assert (panel.heading.problem, session.bench.preset) == ("", "ties")
