"""A view comes and goes with its lesson, and leaves nothing under way; all without a kernel."""

from __future__ import annotations

import base64
import importlib
import io
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.sync_api import expect

import petwidgets.panels
import petwidgets.widgets
from petwidgets.widgets.base import Part, Shared
from petwidgets.widgets.plotly import BUNDLE, Figure
from petwidgets.widgets.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

for package in (petwidgets.widgets, petwidgets.panels):
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def _kinds(kind: type[Part]) -> list[type[Part]]:
    below = [one for sub in kind.__subclasses__() for one in _kinds(sub)]
    return [kind, *below] if any(name in kind.__dict__ for name in ("_esm", "file")) else below


KINDS = {kind.__name__: kind for kind in _kinds(Part) if kind is not Shared}


def _jpeg() -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (8, 8)).save(into, "JPEG")
    return into.getvalue()


SAID = {"type": "Image", "text": "8 x 8", "jpeg": _jpeg()}
STEPS = [{"key": "a", "title": "A", "tab": "a", "why": ""}, {"key": "b", "title": "B", "why": ""}]
COURSE = {
    "course": "IPY_MODEL_",  # a model of views.js finds itself so
    "chapters": [{"title": "One", "lead": "", "steps": STEPS}],
    "chosen": "a",
    "seen": ["b"],
}
FULL: dict[str, dict[str, Any]] = {
    "StepCards": {"cards": [{"stage": "item", "name": "PILImage", "why": "", "went": SAID}]},
    "CropOverlay": {"jpeg": _jpeg(), "caption": "a crop"},
    "Gallery": {"pictures": [{"name": "a", "label": "b", "jpeg": _jpeg()}]},
    "Loupe": {"pictures": [{"title": "a", "text": "b", "png": _jpeg()}]},
    "Picture": {"png": _jpeg()},
    "ReviewCard": {"jpeg": _jpeg(), "item": {"title": "a"}},
    "Lightbox": {"jpeg": _jpeg(), "title": "a"},
    **dict.fromkeys(("ChapterList", "StepTabs", "NextStep", "ChapterCards"), COURSE),
}
"""What fills a part, so that it has something to hold."""

FIGURE = {"type": "scatter", "mode": "markers", "x": [1, 2], "y": [3, 4]}


def _sent(value: Any) -> Any:
    """What goes to a page; bytes are no JSON."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: _sent(one) for key, one in value.items()}
    return [_sent(one) for one in value] if isinstance(value, list | tuple) else value


def _code(kind: type[Part]) -> str:
    return str(kind.__dict__["_esm"])


def _prepare(page: Page) -> None:
    """A page with nothing on it but the code of shared parts, and what counts."""
    page.goto("about:blank")
    page.evaluate(
        "code => import(`data:text/javascript,${encodeURIComponent(code)}`)", _code(Theme)
    )
    page.evaluate(Path(__file__).with_name("views.js").read_text("utf-8"))


def _begin(page: Page, code: str, state: dict[str, Any]) -> None:
    page.evaluate("([code, state]) => begin(code, state)", [code, _sent(state)])


@pytest.fixture(scope="module")
def bench(browser: Browser) -> Iterator[Page]:
    """A page that no library has come to."""
    page = browser.new_page()
    _prepare(page)
    yield page
    page.close()


@pytest.fixture
def page(bench: Page) -> Iterator[Page]:
    """The same, with no view of another test's."""
    yield bench
    bench.evaluate("finish()")


@pytest.fixture
def fresh(browser: Browser) -> Iterator[Page]:
    """A page that no library has come to, with a clock of its own."""
    page = browser.new_page()
    page.clock.install()
    _prepare(page)
    yield page
    page.close()


def _defaults(kind: type[Part]) -> dict[str, Any]:
    own = {k: v for k, v in kind.class_traits(sync=True).items() if k[0] != "_" and k != "layout"}
    return {name: trait.default() for name, trait in own.items()}


@pytest.mark.parametrize("name", sorted(KINDS.keys() - {"Theme", "PlotlyBundle"}))
def test_a_view_that_is_gone_has_nothing_under_way(page: Page, name: str) -> None:
    kind = KINDS[name]
    _begin(page, _code(kind), {**_defaults(kind), **FULL.get(name, {})})
    before = page.evaluate("under_way()")
    page.evaluate("show()")
    first = page.evaluate("under_way()")
    assert first != before
    page.evaluate("views[0].end()")
    assert page.evaluate("under_way()") == before
    page.evaluate("show()")
    assert page.evaluate("under_way()") == first, "one that comes back hears as the first did"


def _figure() -> dict[str, Any]:
    state = Figure(data=[FIGURE]).get_state()
    return {k: v for k, v in state.items() if k not in ("_esm", "layout")}


def _bring(page: Page, code: str) -> None:
    """What a `PlotlyBundle` does; where the text is no module the console says so."""
    page.evaluate("code => void petwidgetsPlotly.take(code)", code)


def _move(page: Page, y: list[float]) -> None:
    """A change of the figure, as Python sends it."""
    message = {"style_data": {"y": [y]}, "style_traces": [0], "layout_data": {},
               "trace_edit_id": 1, "layout_edit_id": 1, "source_view_id": None}  # fmt: skip
    page.evaluate("said => model.set('_py2js_update', said)", message)


DRAWN = "view => [...views[view].el.data[0].y]"


def test_a_chart_that_comes_back_is_the_only_one_that_hears(page: Page) -> None:
    _begin(page, Figure._esm, _figure())
    _bring(page, BUNDLE.read_text("utf-8"))
    page.evaluate("show()")
    expect(page.locator(".scatterlayer .point")).to_have_count(2)
    once = page.evaluate("under_way()")
    for view in (1, 2):
        page.evaluate(f"views[{view - 1}].end()")
        page.evaluate("show()")
        expect(page.locator(".scatterlayer .point")).to_have_count(2)
        assert page.evaluate("under_way()") == once
        _move(page, [5 + view, 6])
        assert page.evaluate(DRAWN, view) == [5 + view, 6]


LEAVE = """async () => {
    await show();
    await new Promise((done) => {
        const drawing = new MutationObserver(() => done([drawing.disconnect(), views[0].end()]));
        drawing.observe(views[0].el, { attributes: true });
    });
}"""
"""Takes the view away at the first mark that plotly makes in its place."""


def test_a_chart_that_is_left_while_it_is_drawn_complains_of_nothing(page: Page) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    _begin(page, Figure._esm, _figure())
    _bring(page, BUNDLE.read_text("utf-8"))
    page.evaluate(LEAVE)
    page.evaluate("show()")
    expect(page.locator(".scatterlayer .point")).to_have_count(2)
    assert complaints == []


def test_a_library_that_is_late_is_asked_for_again_and_drawn(fresh: Page) -> None:
    code = BUNDLE.read_text("utf-8")
    _begin(fresh, Figure._esm, _figure())
    fresh.evaluate("show()")
    fresh.clock.run_for(2_000)
    expect(fresh.get_by_role("status")).to_contain_text("is on its way")
    fresh.clock.run_for(20_000)
    expect(fresh.get_by_role("status")).to_contain_text("has not arrived yet")
    assert fresh.evaluate("model.sent") == [{"plotly": "wanted"}]
    fresh.get_by_role("button", name="Try again").click()
    assert fresh.evaluate("model.sent") == [{"plotly": "wanted"}] * 2
    expect(fresh.get_by_role("status")).to_contain_text("is on its way")
    _bring(fresh, code[: len(code) // 2])
    fresh.clock.run_for(20_000)
    expect(fresh.get_by_role("button", name="Try again")).to_be_visible()
    _bring(fresh, code)
    expect(fresh.locator(".scatterlayer .point")).to_have_count(2)
    expect(fresh.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_chart_that_is_left_before_its_library_comes_is_not_drawn(fresh: Page) -> None:
    _begin(fresh, Figure._esm, _figure())
    before = fresh.evaluate("under_way()")
    fresh.evaluate("show()")
    fresh.evaluate("views[0].end()")
    assert fresh.evaluate("under_way()") == before
    fresh.evaluate("show()")
    assert fresh.evaluate("model.sent") == [{"plotly": "wanted"}], "once a page"
    _bring(fresh, BUNDLE.read_text("utf-8"))
    expect(fresh.locator(".scatterlayer .point")).to_have_count(2)
    assert fresh.evaluate("views[0].el.children.length") == 0


# --- charts of our own --------------------------------------------------------------------------


def _chart(page: Page, *points: list[tuple[float, float]], **traits: Any) -> None:
    kind = KINDS["LineChart"]
    lines = [{"name": f"line {i}", "tone": "blue", "points": one} for i, one in enumerate(points)]
    state = {**_defaults(kind), "across": "epoch", "up": "loss", "lines": lines, **traits}
    _begin(page, _code(kind), state)
    page.evaluate("show()")


def _ticks(page: Page, anchor: str) -> list[str]:
    # The last one of each axis is its name.
    return page.locator(f"svg text[text-anchor={anchor}]").all_text_contents()


@pytest.mark.parametrize("epochs", [1, 2, 3, 4, 7, 12, 200])
def test_what_is_counted_has_whole_ticks(page: Page, epochs: int) -> None:
    _chart(page, [(n, 1 / n) for n in range(1, epochs + 1)], whole=True)
    named = _ticks(page, "middle")[:-1]
    assert named, "an axis without a number says nothing"
    assert all(one.isdecimal() for one in named)
    assert sorted(set(named), key=int) == named
    assert len(named) < 8


@pytest.mark.parametrize("low", [0.0, 1.8, 1e-5, 123456.0])
@pytest.mark.parametrize("span", [4e-6, 3e-3, 0.7, 3e4])
def test_no_two_ticks_read_alike(page: Page, low: float, span: float) -> None:
    _chart(page, [(1, low), (2, low + span)])
    named = _ticks(page, "end")
    assert len(named) > 1
    assert len(set(named)) == len(named)
    assert min(map(float, named)) >= low - 1e-6 * span


def test_a_cursor_among_epochs_stands_at_one_that_there_is(page: Page) -> None:
    _chart(page, [(n, 1 / n) for n in (1, 2, 3)], whole=True, moves=True, step=1.0, at=2.0)
    box = page.get_by_role("group", name="loss over epoch").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 100)
    assert page.evaluate("model.get('at')") == 1
    page.keyboard.press("ArrowRight")
    assert page.evaluate("model.get('at')") == 2
    for key in ("PageUp", "End", "ArrowRight"):
        page.keyboard.press(key)
    assert page.evaluate("model.get('at')") == 3


def test_every_chart_has_its_table(page: Page) -> None:
    _chart(page, [(1, 0.5), (2, 0.25)], [(2, 0.125), (3, 4e-7)])
    page.locator("summary").click()
    rows = page.locator("tr")
    expect(rows).to_have_count(4)  # the table is made once it was opened
    assert [one.split("\t") for one in rows.all_inner_texts()] == [
        ["epoch", "line 0", "line 1"],
        ["1", "0.5", ""],
        ["2", "0.25", "0.125"],
        ["3", "", "4.000e-7"],
    ]
    page.evaluate("model.set('lines', [{ name: 'a', tone: 'blue', points: [[7, 8]] }])")
    expect(rows).to_have_count(2)
    assert rows.all_inner_texts() == ["epoch\ta", "7\t8"]
