"""The rows of the table, by name and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.bench import (
    classify,
    finetune,
    first_answer,
    first_control,
    lr_find,
    most_confused,
    page_bytes,
    pipeline,
    thumbnails,
    time_to_15,
    visitor,
)
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.bench.row import Row

MODULES = (
    first_control, page_bytes, first_answer, visitor, thumbnails, classify, most_confused, lr_find,
    pipeline, finetune, time_to_15,
)  # fmt: skip

ROWS: dict[str, Row] = {module.ROW.name: module.ROW for module in MODULES}


def chosen(names: Sequence[str]) -> list[Row]:
    """The rows of some names, in the table's order; all of them for none.

    Raises:
        Problem: there is no row of a name.
    """
    if wrong := [name for name in names if name not in ROWS]:
        raise Problem(f"There is no row {short(wrong[0])!r}: choose among {', '.join(ROWS)}.")
    return [row for row in ROWS.values() if not names or row.name in names]
