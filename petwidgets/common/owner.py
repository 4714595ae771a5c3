"""Whose a run is, in a small file beside its run.json.

A run.json may have megabytes. What lists runs looks here first, and reads those alone that it may
show. The file says what never changes; it is made from run.json where it is missing, as in homes of
before.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from petwidgets.common.paths import write_json

if TYPE_CHECKING:
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
