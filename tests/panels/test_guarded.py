"""A page sets what people choose, and nothing else: bounds, children and texts are Python's."""

from __future__ import annotations

import importlib
import logging
import math
import pkgutil
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pytest
from ipywidgets.widgets.widget import _instances

import petwidgets.panels
import petwidgets.widgets
from petwidgets import PetLab
from petwidgets.widgets.base import COUNT, Guarded, guarded, plain
from petwidgets.widgets.fields import number
from petwidgets.widgets.form import Form
from petwidgets.widgets.number_table import NumberTable
from petwidgets.widgets.slide_rule import SlideRule

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = ("<b>", 10**9, 10**400, 1e300, True, None, [], [["a"]], {}, {"a": 1}, ["IPY_MODEL_0"])
"""A value of each kind that JSON has."""

PERSONS = {
    "Filmstrip": {"chosen"},
    "Bars": {"chosen"},
    "StepCards": {"at"},
    "CellForm": {"edits"},
    "LineChart": {"at"},
    "FolderBrowser": {"opened"},
    "FoldedTable": {"opened"},
    "Form": {"edits"},
    "TrainButtons": {"edits"},
    "RecipeCards": {"chosen"},
    "RecipeChoice": {"chosen"},
    "ChapterList": {"chosen"},
    "CheckboxTable": {"chosen"},
    "SlideRule": {"a", "b"},
    "NumberTable": {"row"},
    "Stepper": {"at"},
    "FolderTree": {"chosen"},
    "Lightbox": {"opened"},
    "LargePhoto": {"opened"},
    "Network": {"chosen"},
}
"""What a person chooses in a page, by class: whoever adds to it sees that Python checks it."""


def update(widget: widgets.Widget, state: dict[str, Any]) -> None:
    """As a message from a page arrives."""
    data = {"method": "update", "state": state, "buffer_paths": []}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


def send(widget: widgets.Widget, content: Any) -> None:
    """Likewise, a message of the widget's own kind."""
    data = {"method": "custom", "content": content}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


def classes() -> Iterator[type[widgets.Widget]]:
    for package in (petwidgets.widgets, petwidgets.panels):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for one in vars(importlib.import_module(found.name)).values():
                if isinstance(one, type) and issubclass(one, widgets.Widget):
                    yield one


def test_every_widget_class_of_ours_is_guarded() -> None:
    ours = {one for one in classes() if one.__module__.startswith("petwidgets")}
    assert len(ours) > 60
    assert {one.__name__ for one in ours if not issubclass(one, Guarded)} == set()
    assert issubclass(guarded(widgets.Label), Guarded)


def test_what_a_page_may_set_is_what_people_choose() -> None:
    ours = {one for one in classes() if issubclass(one, Guarded)}
    found = {one.__name__: {*one.from_page} for one in ours if one.from_page}  # type: ignore[attr-defined]
    assert all(name.startswith("_js2py_") for name in found.pop("Figure"))
    assert found == PERSONS


def test_a_page_sets_nothing_else_of_any_widget_in_the_app(engine: Any) -> None:
    before = {*_instances}
    lab = PetLab()
    lab.session.engine = engine
    panels = [lab.panels[key] for key in lab.panels]
    classify, train = lab.panels["classify"], lab.panels["train"]
    made = [classify.answer, classify.closer, train.live._make_chart()]  # type: ignore[attr-defined]
    found = {key: one for key, one in _instances.items() if key not in before}
    assert len(panels) == len(lab.panels)
    assert len(found) > 200
    assert made
    for widget in found.values():
        assert isinstance(widget, Guarded), type(widget)
        own = {*widget.from_page, COUNT}
        kept = {name: getattr(widget, name) for name in widget.keys if name not in own}
        for name in kept:
            for value in HOSTILE:
                update(widget, {name: value})
        changed = [name for name, value in kept.items() if getattr(widget, name) is not value]
        assert changed == [], type(widget)
        update(widget, {COUNT: 1})


def test_a_page_cannot_move_the_bounds_of_a_form(caplog: pytest.LogCaptureFixture) -> None:
    form = Form([number("epochs", "Epochs", 0, 100)])
    field = {**form.fields[0], "most": 10**9}
    Guarded._told.clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            update(form, {"fields": [field], "said": {}, "edits": {"epochs": [100_000, 1]}})
    assert form.values == {"epochs": 100}
    assert form.fields[0]["most"] == 100
    assert [r.getMessage() for r in caplog.records] == ["a page may not set fields, said of a Form"]


@pytest.mark.parametrize(
    "content",
    [None, [], "press", {"press": ["a"]}, {"press": {}}, {"press": "go", "edits": [1]}],
)
def test_a_form_takes_odd_messages_for_none(content: Any) -> None:
    form = Form([number("n", "N", 0, 9), {"kind": "button", "name": "go", "label": "Go"}], n=3)
    form.on_press("go", lambda: pressed.append(1))
    pressed: list[int] = []
    send(form, content)
    assert form.values == {"n": 3}
    assert pressed == []


def test_a_press_brings_values_within_the_bounds() -> None:
    form = Form([number("n", "N", 0, 9), {"kind": "button", "name": "go", "label": "Go"}])
    form.on_press("go", lambda: seen.append(form["n"]))
    seen: list[int] = []
    send(form, {"press": "go", "edits": {"n": [10**9, 1], "fields": [1, 2]}})
    assert seen == [9]


def test_a_page_sets_nothing_of_ipywidgets_own() -> None:
    model = plain(widgets.Dropdown, options=[("a", 1), ("b", 2)])
    update(model, {"index": 1, "_options_labels": ["x"]})
    assert (model.value, model._options_labels) == (1, ("a", "b"))


def test_what_a_page_chooses_is_something_there_is() -> None:
    lab, rule, sheet = PetLab(), SlideRule(), NumberTable()
    update(lab._course.list, {"chosen": "../../etc"})
    assert lab._course.list.chosen == lab.session.lesson == next(iter(lab.panels))
    for value in (math.nan, math.inf, 1e300, -1.0, "a"):
        update(rule, {"a": value})
    assert rule.a == 0.5
    update(sheet, {"row": -5})
    assert sheet.row == 0
    update(sheet, {"row": 10**9})
    assert sheet.row == 0
