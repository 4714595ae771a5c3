"""A page's session, with an engine that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes import FakeEngine, OurSession

from petwidgets import PetLab
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def session(engine: FakeEngine) -> OurSession:
    return OurSession(engine, RunStore())  # type: ignore[arg-type]


@pytest.fixture
def multi_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under Voila."""
    monkeypatch.setenv("PETWIDGETS_VISITORS", "1")


@pytest.fixture
def arriving(engine: FakeEngine) -> Callable[..., OurSession]:
    """A maker of pages that come with the id in their address."""

    def make_one(identity: str = "") -> OurSession:
        session = OurSession(engine, RunStore())  # type: ignore[arg-type]
        session.arrive(identity)
        return session

    return make_one


@pytest.fixture
def lab() -> Iterator[PetLab]:
    """The app, whose engine is closed in the end."""
    made = PetLab()
    yield made
    made.session.engine.close()
