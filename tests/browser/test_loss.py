"""The loss workbench as one reads, touches and hears it."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from driving import choose_folder, go
from playwright.sync_api import Page, expect

from petwidgets.panels import PANELS
from petwidgets.panels.chapters import chapter_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

WORKBENCH = [step.panel.key for step in chapter_of("loss").steps]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def numbers(page: Page, group: str) -> Locator:
    return page.locator(f'td[data-group="{group}"]')


def texts(page: Page, group: str) -> list[str]:
    return numbers(page, group).all_inner_texts()


def finish(page: Page) -> None:
    """Step to the end."""
    page.get_by_role("group", name="Steps").get_by_role("button").last.click()
    expect(numbers(page, "mean_loss")).to_be_visible()


def complaints(page: Page) -> list[Any]:
    """What axe-core finds that is serious or critical, in our part of the page."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run('.petwidgets-app', {resultTypes: ['violations']})")
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def test_the_chapters_figures_stand_on_the_page(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "loss")
    finish(page)
    assert texts(page, "acts") == [
        *("0.6734", "0.2576", "0.4689", "0.4607", "-2.2457", "-0.3727"),
        *("4.4164", "-1.2760", "0.9233", "0.5347", "1.0698", "1.6187"),
    ]
    assert texts(page, "picked") == ["0.6025", "0.4979", "0.1332", "0.0034", "0.4041", "0.3661"]
    assert texts(page, "loss") == ["0.5067", "0.6973", "2.0160", "5.6958", "0.9062", "1.0048"]
    assert texts(page, "mean_loss") == ["1.8045"]
    page.get_by_label("Batch").select_option(label="The chapter's bear")
    expect(numbers(page, "acts")).to_have_text(["0.0200", "-2.4900", "1.2500"])
    assert texts(page, "exp") == ["1.0202", "0.0829", "3.4903"]
    assert texts(page, "total") == ["4.5935"]
    assert texts(page, "softmax") == ["0.2221", "0.0180", "0.7599"]
    page.get_by_role("button", name="As it was").click()
    page.get_by_label("Batch").select_option(label="The chapter's six rows")
    go(page, "softmax")
    expect(numbers(page, "sigmoid").first).to_have_text("0.6623")
    assert texts(page, "sigmoid")[:4] == ["0.6623", "0.5641", "0.6151", "0.6132"]
    first = texts(page, "sigmoid_away")[::2]
    assert first == ["0.6025", "0.5021", "0.1332", "0.9966", "0.5959", "0.3661"]
    assert texts(page, "softmax") == texts(page, "sigmoid_away")


def test_a_number_shows_where_it_came_from(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "loss")
    finish(page)
    formula = page.locator(".petwidgets-sheet-formula")
    numbers(page, "softmax").nth(7).hover()
    expect(formula).to_have_text("softmax of 3, 7: 0.2792 / 83.0771 = 0.0034")
    lit = page.locator("td[data-lit=source]")
    expect(lit).to_have_text(["0.2792", "83.0771"])
    numbers(page, "picked").nth(3).focus()
    expect(formula).to_contain_text("picked of 3: 0.0034 = 0.0034")
    expect(lit).to_have_text(["1 7", "0.0034"])
    page.keyboard.press("ArrowRight")
    expect(formula).to_have_text("log of 3: log(0.0034) = -5.6958")
    numbers(page, "mean_loss").focus()
    expect(lit).to_have_count(6)


def test_the_whole_lesson_by_keyboard(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "loss")
    press = page.keyboard.press
    page.get_by_role("button", name="activations", exact=True).focus()
    for _ in range(7):
        press("ArrowRight")
    expect(page.get_by_role("button", name="mean", exact=True)).to_be_focused()
    expect(numbers(page, "mean_loss")).to_have_text("1.8045")
    for _ in range(3):
        press("Tab")  # past Next, into the table
        if page.evaluate("document.activeElement.tagName") == "TD":
            break
    expect(numbers(page, "targ").first).to_be_focused()
    press("ArrowRight")
    press("5")
    press("Enter")
    expect(numbers(page, "acts").first).to_have_text("5.0000")
    expect(numbers(page, "acts").first).to_be_focused()
    expect(numbers(page, "loss").first).to_have_text("0.0087")
    press("Enter")
    press("ArrowDown")
    expect(page.locator("td > input")).to_have_value("4.9000")
    expect(numbers(page, "loss").first).to_have_text("0.0096")
    press("Escape")
    expect(numbers(page, "acts").first).to_have_text("5.0000")
    press("Alt+ArrowUp")
    expect(numbers(page, "acts").first).to_have_text("5.1000")
    press("ArrowLeft")
    press("Enter")
    press("ArrowDown")
    press("Enter")
    expect(numbers(page, "targ").first).to_have_text("1 7")
    expect(numbers(page, "loss").first).to_have_text("4.8502")


def test_numbers_are_dragged_and_what_is_no_number_is_said(
    server: str, visit: Callable[..., Page]
) -> None:
    page = visit(server, "loss")
    finish(page)
    numbers(page, "acts").first.scroll_into_view_if_needed()
    box = numbers(page, "acts").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y, steps=4)
    page.mouse.move(x + 50, y, steps=4)
    page.mouse.up()
    expect(numbers(page, "acts").first).to_have_text("1.6734")
    expect(numbers(page, "picked").first).to_have_text("0.8047")
    numbers(page, "acts").nth(3).click()
    page.locator("td > input").fill("seven")
    page.keyboard.press("Enter")
    expect(page.locator(".petwidgets-problem")).to_contain_text("That is not a number")
    expect(numbers(page, "acts").nth(3)).to_have_text("0.4607")
    page.get_by_label("Batch").select_option(label="Activations of 1000")
    expect(page.locator(".petwidgets-problem")).to_be_hidden()
    expect(numbers(page, "exp").first).to_have_text("inf")
    expect(numbers(page, "mean_loss")).to_have_text("nan")
    page.get_by_label("Way").select_option(label="by log_softmax, as torch does")
    expect(page.get_by_role("button", name="log_softmax", exact=True)).to_be_visible()
    finish(page)
    expect(numbers(page, "loss").nth(1)).to_have_text("1000.0")


def test_what_was_changed_is_marked_and_brought_back(
    server: str, visit: Callable[..., Page]
) -> None:
    page = visit(server, "loss")
    source, formula = (page.locator(f".petwidgets-sheet-{name}") for name in ("source", "formula"))
    numbers(page, "acts").first.click()
    page.keyboard.press("Escape")
    page.get_by_label("Batch").select_option(label="An overconfident mistake")
    expect(source).to_contain_text("Four answers")
    expect(formula).to_contain_text("right and sure")  # of this batch, not the last
    numbers(page, "acts").first.click()
    page.locator("td > input").fill("9")
    page.keyboard.press("Enter")
    expect(source).to_contain_text("Changed by you: 1 activation.")
    page.get_by_label("Columns").fill("3")
    page.keyboard.press("Enter")
    expect(page.locator('td[data-changed="you"]')).to_have_count(1)
    expect(page.locator('td[data-changed="filled"]')).to_have_count(4)
    page.get_by_label("Rows").fill("99")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It goes from 1 to 64: 99 became 64.")).to_be_visible()
    expect(page.get_by_label("Rows")).to_have_value("64")
    page.get_by_label("Rows").fill("")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That is not a number: 64 is kept.")).to_be_visible()
    page.get_by_role("button", name="As it was").click()
    expect(source).to_have_text(re.compile("^Four answers"))
    expect(page.locator("td[data-changed]")).to_have_count(0)


def test_a_wide_table_opens_at_its_beginning(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "own")
    expect(numbers(page, "softmax").first).to_be_attached()
    assert page.locator(".petwidgets-sheet-view").evaluate("el => el.scrollLeft") == 0


def test_a_number_is_guessed_before_it_is_seen(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "loss")
    page.get_by_label("Say before you see").check()
    expect(page.get_by_text("Press Next: at each step")).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(numbers(page, "exp").get_by_text("?")).to_have_count(1)
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator(".petwidgets-problem")).to_contain_text("Say first")
    page.get_by_label("Your guess").fill("1000")
    page.get_by_label("Your guess").press("Tab")
    page.get_by_role("button", name="Say", exact=True).click()
    expect(page.get_by_text("0 of 1 right so far.")).to_be_visible()
    expect(numbers(page, "exp").get_by_text("?")).to_have_count(0)


def test_the_log_is_dragged_and_numbers_multiply(server: str, visit: Callable[..., Page]) -> None:
    page = visit(server, "log")
    point = page.get_by_role("slider", name="x, a probability")
    point.focus()
    page.keyboard.press("PageDown")
    expect(page.get_by_label("x", exact=True)).to_have_value("0.025")
    expect(page.get_by_role("row", name="0.0250").first).to_contain_text("-3.6889")
    page.get_by_label("x", exact=True).fill("0.01")
    page.get_by_label("x", exact=True).press("Tab")
    expect(page.get_by_text("after 19 factors of 0.01")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^30 "))).to_contain_text("-138.155")
    page.get_by_role("slider", name="b", exact=True).focus()
    page.keyboard.press("PageUp")
    expect(page.get_by_role("row", name="a x b")).to_contain_text("0.5000")


def test_real_photographs_go_through_the_shipped_run(
    server: str, visit: Callable[..., Page], photographs: Path
) -> None:
    page = visit(server, "browse")
    choose_folder(page, photographs)
    expect(page.get_by_text("60 photographs of 3 breeds")).to_be_visible()
    go(page, "own")
    expect(page.get_by_text(re.compile(r"^Live: \d+ photographs"))).to_be_visible()
    pictures = page.locator(".petwidgets-sheet img")
    expect(pictures.first).to_be_visible()
    numbers(page, "loss").nth(2).click()
    name = page.locator(".petwidgets-sheet tbody th").nth(2).inner_text()
    expect(page.locator(".petwidgets-bars caption")).to_contain_text(name)
    expect(page.locator(".petwidgets-bars tr")).to_have_count(37)
    expect(page.locator(".petwidgets-grid img")).to_be_visible()
    mean = numbers(page, "mean_loss").inner_text()
    page.get_by_role("button", name="Step through it").click()
    finish(page)
    expect(numbers(page, "mean_loss")).to_have_text(mean)
    assert numbers(page, "softmax").count() == 37 * pictures.count()


@pytest.mark.parametrize("width", [1280, 400])
def test_it_is_accessible_and_fits(server: str, visit: Callable[..., Page], width: int) -> None:
    page = visit(server, "loss", width=width)
    for lesson in WORKBENCH:
        go(page, lesson)
        expect(page.locator(".petwidgets-title")).to_have_text(PANELS[lesson].title)
        expect(page.locator(".petwidgets-panel :is(td, input):visible").first).to_be_visible()
        if lesson == "map":
            expect(page.locator(".scatterlayer .point").first).to_be_visible()
        assert complaints(page) == [], lesson
        # What is wider than the screen scrolls in its own place.
        assert page.evaluate("document.documentElement.scrollWidth") <= width, lesson
