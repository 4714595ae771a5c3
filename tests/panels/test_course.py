"""The chapters, the steps of each, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from petwidgets import PetLab
from petwidgets.panels.chapters import CHAPTERS, PANELS, STEPS, after, chapter_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def lab() -> Iterator[PetLab]:
    made = PetLab()
    yield made
    made.session.engine.close()


def test_every_lesson_is_in_one_chapter() -> None:
    assert len(STEPS) == len(PANELS) == 27
    assert [chapter.title[0] for chapter in CHAPTERS] == ["T", *"1234567"]
    assert len({step.tab for step in STEPS}) == 27
    for step in STEPS:
        assert step in chapter_of(step.panel.key).steps
        assert step.why.endswith((".", "?"))


def test_next_leads_through_all_of_them() -> None:
    key, passed = "classify", ["classify"]
    while (step := after(key)) is not None:
        key = step.panel.key
        passed.append(key)
    assert passed == list(PANELS)


def parts(lab: PetLab) -> list[str]:
    return [type(child).__name__ for child in lab._course.stage.children]


def test_the_stage_has_what_the_chapter_needs(lab: PetLab) -> None:
    assert parts(lab) == ["ClassifyPanel", "ChapterCards"]
    lab.show("label")
    assert parts(lab) == ["StepTabs", "LabelPanel", "NextStep"]
    course = lab._course
    assert [step["key"] for step in course.tabs.steps] == ["browse", "label", "check"]
    assert course.tabs.chosen == course.list.chosen == "label"
    assert (course.next.key, course.next.title) == ("check", "Check the files")
    lab.show("train")
    assert parts(lab) == ["TrainPanel", "NextStep"]
    lab.show("export")
    assert parts(lab) == ["StepTabs", "ExportPanel"]


@pytest.mark.parametrize("part", ["list", "tabs", "next", "cards"])
def test_each_part_leads_there_and_there_again(lab: PetLab, part: str) -> None:
    lab.show("browse")
    for _ in range(2):
        getattr(lab._course, part).chosen = "log"
        assert lab.session.lesson == "log"
        lab.show("browse")
        assert lab._course.list.chosen == lab._course.tabs.chosen == "browse"


@pytest.mark.parametrize("part", ["list", "tabs"])
def test_a_lesson_that_there_is_not_changes_nothing(lab: PetLab, part: str) -> None:
    lab.show("browse")
    getattr(lab._course, part).chosen = "../../etc"
    assert lab.session.lesson == getattr(lab._course, part).chosen == "browse"


def test_what_was_opened_is_remembered_with_the_settings(lab: PetLab) -> None:
    course = lab._course
    assert course.seen == ["classify"]
    lab.show("log")
    lab.show("browse")
    lab.show("log")
    seen = ["classify", "browse", "log"]
    assert course.list.seen == course.tabs.seen == course.cards.seen == course.seen == seen
    assert sorted(lab.session.settings["course"]["seen"]) == sorted(seen)


@pytest.mark.parametrize("kept", [None, {}, {"seen": 3}, {"seen": [["a"], 1, "gone"]}], ids=str)
def test_a_damaged_memory_begins_anew(lab: PetLab, kept: Any) -> None:
    lab.session.settings = {"course": kept} if kept is not None else {}
    assert lab._course.seen == ["classify"]  # the one that is open
    lab.show("log")
    assert lab._course.seen == ["classify", "log"]
