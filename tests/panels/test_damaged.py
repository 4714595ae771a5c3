"""A damaged session, and imported runs that say odd things: every panel says it, or begins anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeEngine, OurSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made import trained

from petwidgets.common.errors import UNEXPECTED
from petwidgets.panels import PANELS
from petwidgets.recipes.plan import Plan
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore
from petwidgets.session.session import KEPT
from petwidgets.session.store import VisitStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**400,
    1e308,
    float("nan"),
    "",
    "x" * 100_000,
    "../../etc/passwd",
    "\0",
    "\ud800",
    [],
    [[]],
    ["x"] * 3,
    [None, None],
    {},
    {"x": 1},
    {"": {"": []}},
    [{"x": [1]}],
)
"""Values of the wrong type, or that mean nothing."""

INTERPRETING = ("classify", "confusion", "top", "breeds", "inside", "map", "clean", "calibration")


def opened(engine: FakeEngine, identity: str, keys: Collection[str]) -> dict[str, str]:
    """What each panel of a page that comes back says; none may raise."""
    session = OurSession(engine, RunStore())  # type: ignore[arg-type]
    session.arrive(identity)
    said = {key: PANELS[key](session).heading.problem for key in keys}
    session.data.settle()
    return said


def unexpected(engine: FakeEngine, identity: str, keys: Collection[str]) -> list[str]:
    """The panels that have no words for it."""
    try:
        said = opened(engine, identity, keys)
        return [key for key, sentence in said.items() if sentence == UNEXPECTED]
    except Exception as error:  # noqa: BLE001 - it is what the test is about
        return [repr(error)]


@pytest.fixture
def usual(engine: FakeEngine, home: Path) -> tuple[str, dict[str, Any]]:
    """The id of a visitor who has done something in every lesson, and what was kept."""
    session = OurSession(engine, RunStore())  # type: ignore[arg-type]
    identity = session.arrive("")
    run = trained(session)
    session.runs.refresh()
    session.runs.chosen_id = run.id
    session.interpretation.versus_id = SHIPPED_ID
    session.interpretation.cell, session.interpretation.looked_at = ("pug", "Bombay"), "pug_1.jpg"
    session.plan, session.bench = Plan(), session.bench
    session.cleaning.marks = {session.data.source: session.cleaning.edits.to_json()}
    panels = {key: panel(session) for key, panel in PANELS.items()}
    forms = {key: vars(panel).get("form") for key, panel in panels.items()}
    session.settings = {
        **{key: {**form.values} for key, form in forms.items() if form is not None},
        **session.settings,
    }
    state = VisitStore(home).arrive(identity).state()
    assert {key for *_, key in KEPT} <= set(state)
    return identity, state


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every value inside a value, and to itself."""
    yield path
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, one in inside:
        yield from leaves(one, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """A copy with another value at the end of a way."""
    if not path:
        return odd
    copy = {**value} if isinstance(value, dict) else [*value]
    copy[path[0]] = replaced(value[path[0]], path[1:], odd)
    return copy


def damage(home: Path, identity: str, state: dict[str, Any]) -> None:
    path = home / "sessions" / f"{identity}.json"
    path.write_text(json.dumps(state), "utf-8")


LESSONS = {
    "bench": ("softmax", "where", "log", "loss", "traps", "gradient", "own"),
    "train": ("train", "rate", "epochs"),
}
"""Panels that read settings of another name than their own."""


def concerned(path: tuple[Any, ...]) -> tuple[str, ...]:
    """The panels that read what stands at the end of a way."""
    if path[:1] == ("settings",) and len(path) > 1:
        own = tuple({path[1]} & {*PANELS})
        return (*own, *LESSONS.get(path[1], ()))
    return tuple(PANELS)


def usable(path: tuple[Any, ...]) -> bool:
    """Whether what it leads to is worth its time: the start of a long list is."""
    return all(not isinstance(key, int) or key < 3 for key in path)


@given(st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_session_opens_every_lesson(
    usual: tuple[str, dict[str, Any]], engine: FakeEngine, home: Path, data: st.DataObject
) -> None:
    identity, state = usual
    ways = [path for path in leaves(state) if path and usable(path)]
    path, odd = data.draw(st.sampled_from(ways)), data.draw(st.sampled_from(ODD))
    damage(home, identity, replaced(state, path, odd))
    assert unexpected(engine, identity, concerned(path)) == []


@given(st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_run_opens_every_lesson(
    usual: tuple[str, dict[str, Any]], engine: FakeEngine, home: Path, data: st.DataObject
) -> None:
    identity, state = usual
    path = home / "runs" / state["run_id"] / "run.json"
    sound = path.read_bytes()
    info = json.loads(sound)
    ways = [way for way in leaves(info) if way and usable(way)]
    way, odd = data.draw(st.sampled_from(ways)), data.draw(st.sampled_from(ODD))
    path.write_text(json.dumps(replaced(info, way, odd)), "utf-8")
    try:
        assert unexpected(engine, identity, INTERPRETING) == []
    finally:
        path.write_bytes(sound)


SEEN = [
    (("settings", "bench"), ["x"]),
    (("settings", "log"), [[]]),
    (("settings", "epochs"), [{"x": [1]}]),
    (("settings", "train", "stages"), [[]]),
    (("settings", "train", "size"), [[]]),
    (("settings", "compared"), [[[]]]),
    (("settings",), 10**400),
]
"""What a panel had no words for."""


@pytest.mark.parametrize(("path", "odd"), SEEN, ids=str)
def test_what_was_once_unexpected(
    path: tuple[str, ...],
    odd: Any,
    usual: tuple[str, dict[str, Any]],
    engine: FakeEngine,
    home: Path,
) -> None:
    identity, state = usual
    state["settings"].setdefault("compared", [])
    damage(home, identity, replaced(state, path, odd))
    assert unexpected(engine, identity, concerned(path)) == []


ODD_RUNS = [
    {"files": [1, 2, 3, 4]},
    {"vocab": [None, "pug"]},
    {"train_files": 7},
    {"inventory": {"breeds": [["pug", 1]]}},
    {"inventory": {"breeds": {"pug": [1]}}},
    {"inventory": 1.5},
    {"results": {"seconds": 10**400}},
    {"recipe": {**fine_tune().to_json(), "data": True}},
    {"recipe": {**fine_tune().to_json(), "arch": ["resnet34"]}},
]


@pytest.mark.parametrize("changes", ODD_RUNS, ids=lambda changes: str(changes)[:40])
def test_a_run_that_says_odd_things_is_damaged(
    changes: dict[str, Any], usual: tuple[str, dict[str, Any]], engine: FakeEngine, home: Path
) -> None:
    identity, state = usual
    path = home / "runs" / state["run_id"] / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changes}), "utf-8")
    assert RunStore().get(state["run_id"]).state == "damaged"
    said = opened(engine, identity, INTERPRETING)
    assert {f"The run {state['run_id']} is damaged" in said[key] for key in ("top", "breeds")} == {
        True
    }
    assert UNEXPECTED not in said.values()
