"""A damaged session, and imported runs that say odd things: every panel says it, or begins anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeEngine, OurSession
from made import trained

from petwidgets.lessons.plan import Plan
from petwidgets.panels import PANELS
from petwidgets.problem import UNEXPECTED
from petwidgets.runs import SHIPPED_ID, RunStore
from petwidgets.session import KEPT
from petwidgets.visits import VisitStore

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def opened(engine: FakeEngine, identity: str) -> dict[str, str]:
    """What each panel of a page that comes back says; none may raise."""
    session = OurSession(engine, RunStore())  # type: ignore[arg-type]
    session.arrive(identity)
    said = {key: panel(session).heading.problem for key, panel in PANELS.items()}
    session.settle()
    return said


def unexpected(engine: FakeEngine, identity: str) -> list[str]:
    """The panels that have no words for it."""
    try:
        return [key for key, said in opened(engine, identity).items() if said == UNEXPECTED]
    except Exception as error:  # noqa: BLE001 - it is what the test is about
        return [repr(error)]


@pytest.fixture
def usual(engine: FakeEngine, home: Path) -> tuple[str, dict[str, Any]]:
    """The id of a visitor who has done something in every lesson, and what was kept."""
    session = OurSession(engine, RunStore())  # type: ignore[arg-type]
    identity = session.arrive("")
    run = trained(session)
    session.refresh_runs()
    session.run_id, session.interpreted_id, session.versus_id = run.id, run.id, SHIPPED_ID
    session.cell, session.looked_at = ("pug", "Bombay"), "pug_1.jpg"
    session.plan, session.bench = Plan(), session.bench
    session.marks = {session.source: session.choices.to_json()}
    panels = {key: panel(session) for key, panel in PANELS.items()}
    forms = {key: vars(panel).get("form") for key, panel in panels.items()}
    session.settings = {
        **{key: {**form.values} for key, form in forms.items() if form is not None},
        **session.settings,
    }
    state = VisitStore(home).arrive(identity).state()
    assert set(KEPT) <= set(state)
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


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_a_damaged_session_opens_every_lesson(
    odd: Any, usual: tuple[str, dict[str, Any]], engine: FakeEngine, home: Path
) -> None:
    identity, state = usual
    found = {}
    for trait in (*KEPT, "curves", "training"):
        damage(home, identity, {**state, trait: odd})
        if panels := unexpected(engine, identity):
            found[trait] = panels
    assert found == {}
