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


@contextmanager
def own_home(folder: Path | None = None) -> Iterator[Path]:
    """Let `PETWIDGETS_HOME` name a folder within the block: a given one, or an empty one."""
    before = os.environ.get("PETWIDGETS_HOME")
    with tempfile.TemporaryDirectory(prefix="petwidgets-", ignore_cleanup_errors=True) as empty:
        os.environ["PETWIDGETS_HOME"] = str(folder or empty)
        try:
            yield folder or Path(empty)
        finally:
            if before is None:
                del os.environ["PETWIDGETS_HOME"]
            else:
                os.environ["PETWIDGETS_HOME"] = before


def used_home(around: Path) -> Path:
    """A home in which the sample has been drawn, as each but the first start of a server has it."""
    with own_home(around / "home") as folder:
        prepare(SAMPLE)
        return folder
