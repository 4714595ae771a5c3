"""How soon a page can be used under plain Voila."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.bench import bear
from petwidgets.bench.browser import chromium, seconds_to, voila
from petwidgets.bench.row import Pair, Row
from petwidgets.server.serve import notebook

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.bench.row import Pairs, Settings

CONTROL = ".petwidgets-upload-choose"
"""The selector of the page's first control."""


def arrivals(other: Path, control: str, home: Path) -> Pairs:
    """Seconds to the first control of the app and of another notebook, both served by Voila.

    Args:
        other: the notebook.
        control: the selector of its first control.
        home: for `PETWIDGETS_HOME`.
    """
    with (
        chromium() as browser,
        voila(other, home) as (theirs, _),
        voila(notebook(), home) as (ours, _),
    ):
        for url, selector in ((ours, CONTROL), (theirs, control)):
            seconds_to(browser, url, selector)  # fills the caches of the disk and of Python
        while True:
            yield Pair(seconds_to(browser, ours, CONTROL), seconds_to(browser, theirs, control))


def pairs(settings: Settings, _size: int) -> Pairs:
    """Beside the notebook that loads fastai."""
    return arrivals(bear.notebook(settings.folder), bear.CONTROL, settings.folder / "home")


ROW = Row(
    name="first-control",
    what="first control of a page in sight, under plain Voila",
    unit="s",
    ours="the app",
    theirs="a notebook with load_learner and FileUpload",
    measure=pairs,
    needs=("app", "chromium", "torch"),
)
