"""Questions below their lessons and on one page; sheets to hand in and to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from waiting import hidden

from petwidgets import QuestionsPanel
from petwidgets.common.errors import Problem
from petwidgets.questions.sheet import Sheet
from petwidgets.widgets.questions import Questions

if TYPE_CHECKING:
    from fakes import OurSession

    from petwidgets import PetLab


def answer(widget: Questions, number: int, text: Any) -> None:
    """What the page sends."""
    widget._take(widget, {"number": number, "answer": text}, [])


def item(widget: Questions, number: int) -> dict[str, Any]:
    return next(one for one in widget.items if one["number"] == number)


def below(lab: PetLab) -> Questions:
    (found,) = [c for c in lab._course.stage.children if isinstance(c, Questions)]
    return found


def test_an_answer_below_a_lesson_counts_on_the_page_and_after_one_comes_back(lab: PetLab) -> None:
    lab.show("log")
    widget = below(lab)
    assert [one["number"] for one in widget.items] == [15]
    assert item(widget, 15)["state"] == "open"
    assert item(widget, 15)["model"] == "", "it would give the answer away"
    answer(widget, 15, "-0.69")
    assert item(widget, 15)["state"] == "wrong"
    assert item(widget, 15)["model"] == ""
    answer(widget, 15, "nan")
    assert item(widget, 15)["state"] == "right"
    assert item(widget, 15)["model"].startswith("nan")
    lab.show("questions")
    panel: Any = lab.panels["questions"]
    assert panel.tally.value == "Live: 1 of 23 answered, 1 begun."
    assert item(panel.all, 15)["lesson"] == "log"
    answer(panel.all, 15, "0")
    assert panel.tally.value == "Live: 0 of 23 answered, 1 begun."
    lab.show("log")
    assert below(lab) is widget
    lab.show("where")
    assert [one["number"] for one in below(lab).items] == [14]
    lab.show("log")
    assert item(widget, 15)["answer"] == "0"


def test_what_is_no_answer_changes_nothing(session: OurSession) -> None:
    panel = QuestionsPanel(session)
    for number, text in ((99, "x"), (2, 7), (2, None), (None, "x"), ("2", "x"), (True, "x")):
        if number is not True:
            answer(panel.all, number, text)  # type: ignore[arg-type]
    panel.all._take(panel.all, "nothing", [])
    assert session.settings.get("answers") is None
    session.settings = {**session.settings, "answers": {"2": 5, "x": "y", "3": "As"}}
    assert panel.tally.value == "Live: 0 of 23 answered, 1 begun."


def test_a_sheet_is_handed_in_and_read_by_a_teacher(session: OurSession) -> None:
    panel = QuestionsPanel(session)
    with pytest.raises(Problem, match="Type your name first"):
        panel._save()
    panel.form.set(name="Åse B/..")
    with pytest.raises(Problem, match="no answer to save"):
        panel._save()
    answer(panel.all, 14, "2")
    name, content = panel._save()
    assert name == "answers-Åse-B.json"
    assert json.loads(content)["answers"] == {"14": "2"}

    teacher = QuestionsPanel(session)
    assert hidden(teacher.of_class)
    assert teacher._read(name, content) == "Åse B/..: 1 of 23 answered."
    teacher._read("x", Sheet("Bo", {14: "3", 15: "nan", 23: "4"}).to_json())
    teacher._read("x", Sheet("Åse B/..", {14: "2"}).to_json())  # handed in twice
    assert not hidden(teacher.of_class)
    rows = {row[0]: row[1:] for row in teacher.table.rows}
    assert [*rows] == ["Bo", "Åse B/..", "2 sheets"]
    assert rows["Bo"][0] == "2"
    assert [rows[who][14] for who in rows] == ["✗", "✓", "1"]
    with pytest.raises(Problem, match="not a sheet of answers"):
        teacher._read("x", b"{}")
    assert len(teacher.table.rows) == 3
