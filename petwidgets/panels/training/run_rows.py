"""Rows of the table of runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, duration, percent
from petwidgets.data import sources
from petwidgets.metrics.intervals import interval
from petwidgets.runs.run import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.predictions import Validation
    from petwidgets.runs.run import Run

HEADER = [
    "run", "state", "error", "95 % interval", "what it is", "recipe", "architecture", "size",
    "trained on", "validated on", "time",
]  # fmt: skip


def short(run: Run) -> str:
    """Short name of a run on a chart: its own, or the random end of its id.

    Shipped runs have ids that are names, with similar ends.
    """
    if run.title != run.id:
        return run.title
    return run.id if run.folder.parent == SHIPPED else _end(run)


def told_apart(runs: Sequence[Run]) -> dict[str, str]:
    """Short names of runs by their ids; where two have one name, each also its id's end.

    An imported run keeps its name, and any name may be given twice.
    """
    often = Counter(map(short, runs))
    return {
        run.id: f"{short(run)} ({_end(run)})" if often[short(run)] > 1 else short(run)
        for run in runs
    }


def _end(run: Run) -> str:
    return run.id.rsplit("-", 1)[-1]


def kept(run: Run) -> Validation | None:
    """The predictions on its validation set, if there are any that can be read."""
    try:
        found = run.validation()
    except Problem:
        return None
    return found if len(found.targets) else None


def row(run: Run) -> list[str]:
    """The cells under `HEADER`; those of a damaged run say so and are empty."""
    if run.state == "damaged":
        return [run.id, "damaged", *[""] * (len(HEADER) - 2)]
    recipe, seconds = run.recipe, run.info.get("results", {}).get("seconds")
    return [
        run.title,
        run.state,
        *_error(kept(run)),
        _origin(run),
        f"{recipe.name}, {counted(recipe.epochs, 'epoch')}",
        recipe.arch,
        str(recipe.size),
        f"{len(run.info.get('train_files', ())):,}",
        f"{len(run.info['files']):,}",
        "" if seconds is None else duration(seconds),
    ]


def _error(validation: Validation | None) -> list[str]:
    if validation is None:
        return ["", ""]
    n = len(validation.targets)
    return [percent(validation.errors / n), interval(validation.errors, n)]


def _origin(run: Run) -> str:
    pictures = sources.kind(run.recipe.data)
    if run.folder.parent == SHIPPED:
        return f"{pictures}; comes with petwidgets"
    if "imported" not in run.info:
        return pictures
    origin = run.info.get("origin")
    return f"{pictures}; imported{f', there {origin}' if origin else ''}"
