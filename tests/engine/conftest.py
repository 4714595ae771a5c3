"""Engines of real processes, and runs for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from light import small

from petwidgets.engine.client import Engine
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from petwidgets.runs.run import Run


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home that the module's engine and all of its workers inherit."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PETWIDGETS_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def engine(own_home: Path) -> Iterator[Engine]:
    engine = Engine("local")
    yield engine
    engine.close()


@pytest.fixture
def young(own_home: Path) -> Iterator[Engine]:
    """An engine whose worker has not imported torch yet, which takes seconds."""
    engine = Engine("local")
    yield engine
    engine.close()


@pytest.fixture
def queued(few: Path, own_home: Path, light: str) -> Callable[..., Run]:
    """A maker of runs that wait for an engine."""

    def maker(
        epochs: int = 2,
        recipe: str = "baseline",
        asked: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Run:
        made = small(recipe, few, epochs=epochs, **settings)
        return RunStore(own_home).create(made, **(asked or {}))

    return maker
