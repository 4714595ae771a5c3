"""A lesson is left and come back to: its charts show what is told after that, as its tables do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from driving import go
from playwright.sync_api import Browser, Page, expect
from visitor import await_true, visiting

from petwidgets.panels import PANELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HELPERS = """
    const stage = document.querySelector('.petwidgets-stage');
    const all = (css, el = stage) => [...el.querySelectorAll(css)];
    const texts = (css, el) => all(css, el).map((one) => one.textContent);
    const tables = (head) =>
        all('table').filter((one) => texts('th', one).join(' ').startsWith(head));
    const rows = (head) => all('tbody tr', tables(head)[0]).map((one) => texts('td, th', one));
    const figure = all('.js-plotly-plot')[0];
    const chart = (at) => all('.petwidgets-chart svg')[at];
    const dots = (at, tone) => all(`circle.petwidgets-${tone}[r="3"]`, chart(at)).length;
    const numbers = (cells) => cells.map(Number).sort((a, b) => a - b);
"""
"""What `drawn` and `said` may use."""

SLOW = 240_000
"""Milliseconds that the engine may take to begin and to make a map."""


@dataclass(frozen=True)
class Lesson:
    """A lesson with a chart.

    Args:
        key: of its panel.
        drawn: JavaScript of what the chart shows.
        said: JavaScript of the same from the panel's tables and fields.
        begin: what makes the chart.
        change: what changes it.
    """

    key: str
    drawn: str
    said: str
    begin: Callable[[Page], None]
    change: Callable[[Page], None]


def choose(label: str, value: str) -> Callable[[Page], None]:
    def do(page: Page) -> None:
        page.get_by_label(label, exact=True).select_option(value=value)

    return do


def write(label: str, value: str) -> Callable[[Page], None]:
    def do(page: Page) -> None:
        page.get_by_label(label, exact=True).fill(value)
        page.get_by_label(label, exact=True).blur()

    return do


def tick(run: str) -> Callable[[Page], None]:
    def do(page: Page) -> None:
        page.locator(".petwidgets-picks").get_by_label(run, exact=True).press("Space")

    return do


def draw_the_matrix(page: Page) -> None:
    choose("Run", "pets37")(page)
    page.get_by_text("The matrix as a table").click()
    button = page.get_by_role("button", name="Draw the matrix")
    drawn = page.locator(".petwidgets-matrix .js-plotly-plot")
    expect(button.or_(drawn).first).to_be_visible(timeout=SLOW)
    if button.is_visible():  # where its photographs are, it is drawn unasked
        button.click()


def make_the_map(page: Page) -> None:
    choose("Run", "pets37")(page)
    choose("Map by", "pca")(page)
    expect(page.get_by_text("Live: PCA")).to_be_visible(timeout=SLOW)
    page.get_by_text("All of the map as a table").click()


def replay(run: str) -> Callable[[Page], None]:
    def do(page: Page) -> None:
        go(page, "runs")
        page.locator(".petwidgets-picks").get_by_label(run, exact=True).check()
        page.get_by_label("Speed of a replay").select_option(label="1000 x")
        page.get_by_role("button", name="Replay").click()
        expect(page.locator(".petwidgets-mark")).to_contain_text(f"REPLAY of {run}")
        expect(page.get_by_text("Finished after")).to_be_visible()
        go(page, "runs")
        page.locator(".petwidgets-picks").get_by_label(run, exact=True).uncheck()
        go(page, "train")

    return do


LESSONS = (
    Lesson(
        "confusion",
        "[texts('.ytick', figure), numbers(texts('.heatmap-label', figure))]",
        """[rows('true breed').map((row) => row[0]), numbers(rows('true breed').flatMap(
            (row, i) => row.slice(1).filter((cell, j) => i === j || cell !== '0')))]""",
        draw_the_matrix,
        choose("Run", "recorded-3e-3"),
    ),
    Lesson(
        "map",
        """figure.calcdata.slice(0, 2).flat()
            .map((p) => `${p.x.toFixed(2)} ${p.y.toFixed(2)}`).sort()""",
        "rows('photograph breed predicted loss x').map((row) => row.slice(4).join(' ')).sort()",
        make_the_map,
        choose("Map by", "tsne"),
    ),
    Lesson(
        "train",
        "figure.calcdata[0].map((_, i) => figure.calcdata.map((line) => line[i].y.toFixed(6)))",
        "rows('epoch train_loss valid_loss error_rate time').map((row) => row.slice(1, 4))",
        replay("pets37"),
        replay("recorded-head-5"),
    ),
    Lesson(
        "runs",
        "['blue', 'orange'].map((tone) => dots(0, tone))",
        "[1, 3].map((at) => rows('epoch pets37').filter((row) => row[at]).length)",
        tick("pets37"),
        tick("recorded-head-5"),
    ),
    Lesson(
        "epochs",
        "[dots(0, 'blue'), dots(0, 'orange'), dots(1, 'red')]",
        "Array(3).fill(rows('epoch train_loss').length)",
        choose("Run", "pets37"),
        choose("Run", "recorded-head-5"),
    ),
    Lesson(
        "calibration",
        "['orange', 'blue'].map((tone) => dots(1, tone)).filter(Boolean)",
        "tables('confidence').map((one) => all('tbody tr', one).length).filter(Boolean)",
        choose("Run", "pets37"),
        write("Temperature", "2"),
    ),
    Lesson(
        "breeds",
        "texts('.petwidgets-dots tbody th')",
        "rows('breed recall').map((row) => row[0]).slice(0, -1)",
        choose("Run", "pets37"),
        choose("Run", "recorded-3e-3"),
    ),
    Lesson(
        "log",
        "Number(all('[role=slider]')[0].getAttribute('aria-valuenow'))",
        "Number(rows('x log(x)')[0][0])",
        lambda _: None,
        write("x", "0.5"),
    ),
    Lesson(
        "gradient",
        "all('polyline.petwidgets-blue', chart(0))[0].getAttribute('points').split(' ').length - 1",
        "Number(all('input[aria-label=Steps]')[0].value)",
        lambda _: None,
        write("Steps", "25"),
    ),
    Lesson(
        "softmax",
        "texts('tr td:last-child', all('.petwidgets-bars')[1])",
        "texts('td[data-group=softmax][data-row=\"0\"]')",
        lambda _: None,
        write("Temperature", "5"),
    ),
)


def opened(page: Page, lesson: str) -> None:
    go(page, lesson)
    expect(page.locator(".petwidgets-title")).to_have_text(PANELS[lesson].title)


def agreed(page: Page, lesson: Lesson, before: str = "null") -> str:
    """Wait until the chart shows what is said, and that is another thing than before."""
    look = f"""(before) => {{
        {HELPERS}
        try {{
            const [drawn, said] = [{lesson.drawn}, {lesson.said}].map((one) => JSON.stringify(one));
            return drawn === said && drawn !== before && drawn;
        }} catch {{
            return false;  // what is looked at is not there yet
        }}
    }}"""
    return str(await_true(page, look, before, SLOW))


@pytest.fixture(scope="module")
def stayed(browser: Browser, server: str) -> Iterator[Page]:
    """One visitor, who goes from lesson to lesson."""
    with visiting(browser) as visit:
        yield visit(server)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_chart_goes_on_after_its_lesson_was_left(stayed: Page, lesson: Lesson) -> None:
    go(stayed, lesson.key)
    lesson.begin(stayed)
    before = agreed(stayed, lesson)
    go(stayed, "top")
    go(stayed, lesson.key)
    assert agreed(stayed, lesson) == before
    lesson.change(stayed)
    agreed(stayed, lesson, before)
