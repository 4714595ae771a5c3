"""A page's session, with an engine that is none."""

import pytest
from fakes import FakeEngine, OurSession

from petwidgets.runs import RunStore


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def session(engine: FakeEngine) -> OurSession:
    return OurSession(engine, RunStore())  # type: ignore[arg-type]
