"""What is in sight of a page, on a phone and beside a long lesson, in real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driving import go
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from collections.abc import Callable


def test_an_answer_is_in_sight_on_a_phone(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, width=400)
    page.set_viewport_size({"width": 400, "height": 740})
    answer = page.locator(".petwidgets-result .petwidgets-answer")
    examples = page.locator(".petwidgets-tray .petwidgets-album").last.get_by_role("button")
    examples.nth(3).click()  # a cat of no breed
    expect(answer).to_be_visible()
    examples.nth(4).click()  # an astronaut
    album = page.get_by_label("Photographs of this visit").get_by_role("button")
    expect(album).to_have_count(2)
    expect(answer).to_have_text("I don't recognise this.")
    expect(answer).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0


def test_a_phone_is_not_asked_to_drop(server: str, visit: Callable[..., Page]) -> None:
    for phone, said in ((True, "Choose a photograph, or take one"), (False, "Drop a photograph")):
        page = visit(server, width=400, phone=phone)
        expect(page.locator(".petwidgets-upload-invite")).to_contain_text(said)


def test_the_chapters_stay_in_sight_beside_a_long_lesson(
    server: str, visit: Callable[..., Page]
) -> None:
    page = visit(server)
    go(page, "questions")
    last = page.get_by_role("button", name="Save my answers")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    chapters = page.get_by_role("navigation", name="Chapters")
    expect(chapters).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Copy a link to this lesson")).to_be_in_viewport(ratio=1)
