"""What these tests share: the stand-in for an engine, and a look at what went wrong unseen."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.append(str(Path(__file__).parents[1] / "panels"))  # fakes.py


class Errors(logging.Handler):
    """Errors that the package caught and wrote into its log: none of them was a person's."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(logging.Formatter().format(record))

    def require_none(self) -> None:
        records, self.records = self.records, []
        assert not records, records[0]


@pytest.fixture(scope="module", autouse=True)  # a session's would stay on for all later tests
def _quiet() -> Iterator[None]:
    """Pytest would keep thousands of warnings with their tracebacks: most of the time of a test."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def errors() -> Iterator[Errors]:
    handler = Errors()
    logging.getLogger("petwidgets").addHandler(handler)
    yield handler
    logging.getLogger("petwidgets").removeHandler(handler)
