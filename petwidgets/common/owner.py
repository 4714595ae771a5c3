"""The owner of a run, in `owner.json` beside its run.json.

A run.json may have megabytes. Lists of runs read the owner first, and then only the runs that they
may show. The file holds facts that never change. Where it is missing, as in older homes, it is made
from run.json.
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
"""Most bytes of the file; a larger one counts as damaged."""


@dataclass(frozen=True)
class Owner:
    """Facts of a run that are known without its run.json.

    Args:
        visitor: as `Visit.visitor`; empty for a run that belongs to no visitor.
        imported: whether it was imported and not trained here.
        labels: digest of the table of labels, if the photographs were labelled by one.
    """

    visitor: str = ""
    imported: bool = False
    labels: str = ""


def write(folder: Path, owner: Owner) -> None:
    """Write the owner of a run. A run that was deleted meanwhile stays deleted.

    Raises:
        Problem: the disk is full, or the folder can't be written.
    """
    if folder.is_dir():
        write_json(folder / FILE, asdict(owner))


def read(folder: Path) -> Owner | None:
    """Read the owner of a run; None if the file is missing or damaged."""
    try:
        with (folder / FILE).open("rb") as file:
            values = json.loads(file.read(LARGEST))
        known = Owner(values["visitor"], values["imported"], values["labels"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    texts = isinstance(known.visitor, str) and isinstance(known.labels, str)
    return known if texts and isinstance(known.imported, bool) else None
