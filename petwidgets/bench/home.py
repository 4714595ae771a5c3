"""A home of its own for a measurement, so that nothing is cached that should not be."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from petwidgets.data.sources import SAMPLE, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


@contextmanager
def naming(variable: str, folder: Path) -> Iterator[None]:
    """Let an environment variable name a folder within the block."""
    before = os.environ.get(variable)
    os.environ[variable] = str(folder)
    try:
        yield
    finally:
        os.environ.pop(variable)
        if before is not None:
            os.environ[variable] = before


@contextmanager
def own_home(folder: Path | None = None) -> Iterator[Path]:
    """Let `PETWIDGETS_HOME` name a folder within the block: a given one, or an empty one."""
    with tempfile.TemporaryDirectory(prefix="petwidgets-", ignore_cleanup_errors=True) as empty:
        home = folder or Path(empty)
        with naming("PETWIDGETS_HOME", home):
            yield home


def offered(folder: Path) -> AbstractContextManager[None]:
    """Let `PETWIDGETS_DATA` name a folder of photographs within the block."""
    return naming("PETWIDGETS_DATA", folder)


def used_home(around: Path) -> Path:
    """A home in which the sample has been drawn, as each but the first start of a server has it."""
    with own_home(around / "home") as folder:
        prepare(SAMPLE)
        return folder
