"""Whose a run is, in a small file beside its run.json.

A run.json may have megabytes. What lists runs looks here first, and reads those alone that it may
show. The file says what never changes; it is made from run.json where it is missing, as in homes of
before.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from petwidgets.home import LABELS_FILE, content_digest, home, labels_place, write_json
from petwidgets.recipes import table_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "owner.json"

LARGEST = 1000
"""Bytes of the file: of a larger one nothing is believed."""


@dataclass(frozen=True)
class Owner:
    """What is known of a run without its run.json.

    Args:
        visitor: as of `Visit.visitor`; empty for a run that is nobody's.
        imported: whether it was brought along, not trained here.
        labels: the digest of the table that its photographs were labelled by, if one was.
    """

    visitor: str = ""
    imported: bool = False
    labels: str = ""

    @classmethod
    def of(cls, info: dict[str, Any]) -> Owner:
        """What a run.json says of it."""
        recipe = info.get("recipe", {})
        pattern = recipe.get("pattern", "") if isinstance(recipe, dict) else ""
        visitor = info.get("visitor", "")
        known = visitor if isinstance(visitor, str) else ""
        return cls(known, "imported" in info, table_id(str(pattern)))


def write(folder: Path, owner: Owner) -> None:
    """Write the file of a run; one that was deleted meanwhile is not brought back.

    Raises:
        Problem: the disk is full, or the folder can't be written.
    """
    if folder.is_dir():
        write_json(folder / FILE, asdict(owner))


def read(folder: Path) -> Owner | None:
    """What the file of a run says; None where there is none that can be read."""
    try:
        with (folder / FILE).open("rb") as file:
            said = json.loads(file.read(LARGEST))
        known = Owner(said["visitor"], said["imported"], said["labels"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    texts = isinstance(known.visitor, str) and isinstance(known.labels, str)
    return known if texts and isinstance(known.imported, bool) else None


def kept_labels(digest: str) -> bytes | None:
    """The content of a table of labels, kept by itself or by a run that was asked with it.

    Returns:
        None where it is in this home no more.
    """
    for path in (labels_place(digest), *_copies(digest)):
        with suppress(OSError):
            content = path.read_bytes()
            if content_digest(content) == digest:
                return content
    return None


def _copies(digest: str) -> Iterator[Path]:
    """Those of runs; of a run that does not say which it has, its own."""
    for path in sorted(home().glob(f"runs/*/{LABELS_FILE}")):
        owner = read(path.parent)
        if owner is None or owner.labels == digest:
            yield path
