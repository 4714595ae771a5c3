"""A student's way from the start page to the last question, on the drawn sample."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from driving import go
from playwright.sync_api import Locator, Page, expect

from petwidgets.data import sources
from petwidgets.panels.chapters import STEPS
from petwidgets.questions.chapter import of_step, questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.questions.question import Question

SENTENCE = "I would say it in this way."

WRITTEN = {
    2: r"^(.+)_\d+\.jpg$",
    4: "[0, 2]",
    5: "p.stem",
    7: "dls.show_batch()",
    8: "summary",
    10: "log_softmax and nll_loss",
    13: "0.7033, 0.0952, 0.2015",
    14: "2",
    15: "nan",
    16: "1e-2",
    18: "learn.fine_tune??",
    20: "1e-5",
    22: "51",
    23: "4",
}
"""Right answers of a student who has learned it."""


def right(question: Question) -> str:
    if question.free:
        return SENTENCE
    options = [o for o in question.options if question.judged(o).state == "right"]
    return options[0] if options else WRITTEN[question.number]


def say(item: Locator, question: Question, answer: str) -> None:
    if question.options:
        item.get_by_label(answer, exact=True).check()
        return
    field = item.get_by_role("textbox")
    field.fill(answer)
    field.press("Enter")


def test_the_walk_of_a_student(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server)
    title = page.locator(".petwidgets-stage .petwidgets-title")
    page.get_by_role("button", name="1 The data").last.click()
    page.get_by_label("Photographs", exact=True).select_option(label=sources.title(sources.SAMPLE))
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("1,480 drawn pictures of 37 breeds")).to_be_visible()
    for step, after in zip(STEPS[1:], [*STEPS[2:], None], strict=True):
        expect(title).to_have_text(step.panel.title)
        below = page.locator(".petwidgets-stage > .petwidgets-questions li")
        expect(below).to_have_count(len(of_step(step.panel.key)))
        for i, question in enumerate(of_step(step.panel.key)):
            say(below.nth(i), question, right(question))
            expect(below.nth(i)).to_contain_text("In our words: ")
        assert page.locator(".petwidgets-problem:visible").all_inner_texts() == []
        if after:
            page.get_by_role("button", name=f"Next: {after.panel.title}", exact=True).click()
    expect(page.get_by_text("Live: 23 of 23 answered")).to_be_visible()
    items = page.locator(".petwidgets-panel .petwidgets-questions li")
    expect(items).to_have_count(len(questions()))
    expect(page.locator("[data-state=right], [data-state=compared]")).to_have_count(23)
    # One comes back: what was said is there, and may be said anew; a link leads to the lesson.
    say(items.nth(14), questions()[14], "-1")
    expect(items.nth(14)).to_have_attribute("data-state", "wrong")
    expect(items.nth(14)).not_to_contain_text("In our words")
    items.nth(14).get_by_role("link").click()
    expect(title).to_have_text("Why the log")
    expect(page.locator(".petwidgets-stage > .petwidgets-questions input")).to_have_value("-1")


def test_a_sheet_goes_from_a_student_to_a_teacher(
    server: str, visit: Callable[..., Page], tmp_path: object
) -> None:
    page = visit(server)
    go(page, "questions")
    item = page.locator(".petwidgets-panel .petwidgets-questions li").nth(13)
    say(item, questions()[13], "2")
    expect(item).to_have_attribute("data-state", "right")
    save = page.get_by_role("button", name="Save my answers")
    save.click()
    expect(page.get_by_text("Type your name first")).to_be_visible()
    page.get_by_label("Your name").fill("Ada")
    with page.expect_download() as download:
        save.click()
    sheet = download.value.path()
    assert json.loads(sheet.read_text("utf-8"))["answers"] == {"14": "2"}
    teacher = visit(server)
    go(teacher, "questions")
    files = {"name": "a.json", "mimeType": "application/json", "buffer": sheet.read_bytes()}
    with teacher.expect_file_chooser() as chosen:
        teacher.get_by_role("button", name="Read students' sheets").click()
    chosen.value.set_files([files])  # type: ignore[list-item]
    expect(teacher.get_by_role("row", name="Ada 1")).to_be_visible()


def test_p_presents_a_lesson_alone(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server)
    go(page, "rate")
    list_, chart = (
        page.get_by_role("navigation", name="Chapters"),
        page.locator(".petwidgets-chart"),
    )
    expect(chart.first).to_be_visible()
    small = chart.first.bounding_box()
    field = page.get_by_label("Batch size", exact=True)
    field.press("p")  # who types wants no presentation
    expect(list_).to_be_visible()
    page.locator(".petwidgets-title").click()
    page.keyboard.press("p")
    expect(list_).to_be_hidden()
    expect(chart.first).to_be_in_viewport(ratio=1)
    large = chart.first.bounding_box()
    assert small
    assert large
    assert large["height"] > 1.2 * small["height"]
    go(page, "log")
    expect(list_).to_be_hidden()
    page.keyboard.press("Escape")
    expect(list_).to_be_visible()
    page.keyboard.press("P")
    page.get_by_role("button", name="End the presentation (P)").click()
    expect(list_).to_be_visible()
