"""Store tables of labels by content, so that a run does not depend on the original CSV file.

A table is `labels/<digest>.json` in the home. A run that uses it has its own copy, `labels.json`,
which is exported with it.
"""

from __future__ import annotations

import json
import math
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from petwidgets.common import owner
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short
from petwidgets.common.os_errors import require_named_file
from petwidgets.common.paths import (
    LABELS_FILE,
    UNDECODABLE,
    content_digest,
    home,
    labels_place,
    replacing,
)
from petwidgets.data.label_table import MOST, Table, read
from petwidgets.recipes.labelling import table_id, table_pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

FULL = (
    "The room that this server has for tables of labels is used up: come back another day, or label"
    " by a pattern of the file names."
)
GONE = "These labels are not in this home any more: choose their CSV file again."


def keep(table: Table, most: float = math.inf) -> str:
    """Store a table, and return the pattern that refers to it.

    Args:
        table: the table to store.
        most: maximum size of all tables together in bytes.

    Raises:
        Problem: the tables would be larger, or the home can't be written.
    """
    text = json.dumps(table.to_json(), ensure_ascii=False, indent=1) + "\n"
    content = text.encode("utf-8", UNDECODABLE)
    digest = content_digest(content)
    others = _sizes()
    if digest not in others and sum(others.values()) + len(content) > most:
        raise Problem(FULL)
    with replacing(labels_place(digest)) as temporary:
        temporary.write_bytes(content)
    return table_pattern(digest)


def _sizes() -> dict[str, int]:
    """Size of each stored table in bytes, by its digest."""
    sizes = {}
    for path in (home() / "labels").glob("*.json"):
        with suppress(OSError):  # it may be swept meanwhile
            sizes[path.stem] = path.stat().st_size
    return sizes


def keep_file(path: Path, file_column: str = "", label_column: str = "") -> str:
    """Read a CSV file, store its labels, and return the pattern that refers to them.

    Args:
        path: the file's path.
        file_column: as in `label_table.read`.
        label_column: likewise.

    Raises:
        Problem: there is no such file, it is too large, or it is not a table of labels.
    """
    require_named_file(path, "give the CSV file with the labels")
    with path.open("rb") as file:
        content = file.read(MOST + 1)
    return keep(read(content, path.name, file_column, label_column))


def find(pattern: str) -> Table:
    """The table that a pattern refers to.

    Raises:
        Problem: it is not in this home, or it is damaged.
    """
    return _found(table_id(pattern), str(home()))


@lru_cache(maxsize=4)
def _found(digest: str, _home: str) -> Table:
    content = kept_labels(digest)
    if content is None:
        raise Problem(GONE)
    try:
        return parsed(content)
    except ValueError as error:
        raise Problem(GONE) from error


def parsed(content: bytes) -> Table:
    """Parse a stored table.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return Table.from_json(json.loads(content))
    except RecursionError as error:
        raise ValueError("this is no table of labels") from error


def said(pattern: str) -> str:
    """A pattern as text for the user; a table is named by its original file."""
    if not table_id(pattern):
        return pattern
    try:
        return f"labels from {short(find(pattern).name)}"
    except Problem:
        return "labels from a CSV file"


def sweep(kept: Collection[str], days: float) -> None:
    """Remove tables older than this number of days, unless a pattern in `kept` refers to them."""
    oldest = time.time() - days * 86_400
    for path in (home() / "labels").glob("*.json"):
        with suppress(OSError):  # another server of this home may sweep, too
            if table_pattern(path.stem) not in kept and path.stat().st_mtime < oldest:
                path.unlink()


def kept_labels(digest: str) -> bytes | None:
    """The content of a table of labels, from the store or from a run's copy.

    Returns:
        None if this home no longer has it.
    """
    for path in (labels_place(digest), *_copies(digest)):
        with suppress(OSError):
            content = path.read_bytes()
            if content_digest(content) == digest:
                return content
    return None


def _copies(digest: str) -> Iterator[Path]:
    """Paths of runs' copies of a table, and those of runs without a record of their table."""
    for path in sorted(home().glob(f"runs/*/{LABELS_FILE}")):
        of_run = owner.read(path.parent)
        if of_run is None or of_run.labels == digest:
            yield path
