"""The chapters, the steps of each, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from petwidgets.panels.chapters import CHAPTERS, PANELS, STEPS, chapter_of

if TYPE_CHECKING:
    from petwidgets import PetLab


def test_every_lesson_is_in_one_chapter() -> None:
    assert len(STEPS) == len(PANELS) == 29
    assert [chapter.title[0] for chapter in CHAPTERS] == ["T", *"1234567"]
    assert len({step.tab for step in STEPS}) == 29
    for step in STEPS:
        assert step in chapter_of(step.panel.key).steps
        assert step.why.endswith((".", "?"))


def parts(lab: PetLab) -> list[str]:
    return [type(child).__name__ for child in lab._course.stage.children]


def test_the_stage_has_what_the_chapter_needs(lab: PetLab) -> None:
    assert parts(lab) == ["ClassifyPanel", "ChapterCards"]
    lab.show("label")
    assert parts(lab) == ["StepTabs", "LabelPanel", "Questions", "NextStep"]
    course = lab._course
    assert course.list.chosen == "label"
    assert course.tabs.course is course.next.course is course.cards.course is course.list
    steps = [step for chapter in course.list.chapters for step in chapter["steps"]]
    assert [step["key"] for step in steps] == list(PANELS)
    assert steps[2]["title"] == "Label by file name"
    lab.show("train")
    assert parts(lab) == ["StepTabs", "TrainPanel", "Questions", "NextStep"]
    lab.show("export")
    assert parts(lab) == ["StepTabs", "ExportPanel", "NextStep"]
    lab.show("questions")
    assert parts(lab) == ["StepTabs", "QuestionsPanel", "NextStep"]  # which is empty


def test_a_page_goes_there_and_there_again(lab: PetLab) -> None:
    lab.show("browse")
    for _ in range(2):
        lab._course.list.chosen = "log"  # as a press of any part does
        assert lab.session.lesson == "log"
        lab.show("browse")
        assert lab._course.list.chosen == "browse"


def test_a_lesson_that_there_is_not_changes_nothing(lab: PetLab) -> None:
    lab.show("browse")
    lab._course.list.chosen = "../../etc"
    assert lab.session.lesson == lab._course.list.chosen == "browse"


def test_what_was_opened_is_remembered_with_the_settings(lab: PetLab) -> None:
    course = lab._course
    assert course.seen == ["classify"]
    lab.show("log")
    lab.show("browse")
    lab.show("log")
    seen = ["classify", "browse", "log"]
    assert course.list.seen == course.seen == seen
    assert sorted(lab.session.settings["course"]["seen"]) == sorted(seen)


@pytest.mark.parametrize("kept", [None, {}, {"seen": 3}, {"seen": [["a"], 1, "gone"]}], ids=str)
def test_a_damaged_memory_begins_anew(lab: PetLab, kept: Any) -> None:
    lab.session.settings = {"course": kept} if kept is not None else {}
    assert lab._course.seen == ["classify"]  # the one that is open
    lab.show("log")
    assert lab._course.seen == ["classify", "log"]
