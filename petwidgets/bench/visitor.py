"""What each visitor adds to the memory of a server, with one photograph classified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.bench import bear, first_answer
from petwidgets.bench.browser import chromium, voila
from petwidgets.bench.home import used_home
from petwidgets.bench.row import Pair, Row
from petwidgets.bench.serving import served, settle, weight

if TYPE_CHECKING:
    from pathlib import Path

    import psutil  # type: ignore[import-untyped]

    from petwidgets.bench.row import Pairs, Settings


def added(
    url: str, server: psutil.Process, visitors: int, photo: Path, page_has: first_answer.Selectors
) -> float:
    """MB (PSS) that all processes of a server grow by, a visitor; the pages stay open meanwhile."""
    settle(server)
    before = weight(server)
    with chromium() as browser:
        for _ in range(visitors):
            first_answer.answered(browser, url, photo, page_has)
        return (weight(server) - before) / visitors


def pairs(settings: Settings, visitors: int) -> Pairs:
    """One round starts each server once; its worker's first answer counts, too."""
    photo = min(settings.pictures.glob("*.jpg"))
    other, home = bear.notebook(settings.folder), used_home(settings.folder)
    while True:
        with served(settings.pictures, home) as (url, server, _):
            ours = added(url, server, visitors, photo, first_answer.OURS)
        with voila(other, home) as (url, server):
            theirs = added(url, server, visitors, photo, first_answer.THEIRS)
        yield Pair(ours, theirs)


ROW = Row(
    name="visitor",
    what="memory that each visitor adds, page open and a photograph classified",
    unit="MB",
    ours="petwidgets serve, its worker's growth included",
    theirs="Voila, a kernel with fastai for each visitor",
    measure=pairs,
    needs=("app", "chromium", "torch", "photographs"),
    rounds=1,
    grows_with="visitors",
    sizes=(1, 5),
    large=(1, 5, 10, 20),
)
