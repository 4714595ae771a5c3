"""Features of many photographs, computed in pieces: with a button, progress, and Stop."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any

from petwidgets.common.formatting import duration
from petwidgets.jobs import features as jobs
from petwidgets.widgets.base import PLAIN, VBox
from petwidgets.widgets.fields import button
from petwidgets.widgets.form import Form
from petwidgets.widgets.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ipywidgets as widgets

    from petwidgets.panels.base import Panel
    from petwidgets.runs.run import Run

NOTHING: list[widgets.Widget] = []

PIECE = 16
"""Photographs that the engine is given at once: half a second on an idle machine."""


PACE = 0.2
"""How much the newest piece counts in the time that is left."""


class FeatureJob(VBox):
    """Offers to compute what is missing. It is empty until there is something to offer.

    Args:
        panel: on which problems are said.
        done: called in a thread when all are computed.

    Example:
        >>> FeatureJob(panel, done=print).children  # doctest: +SKIP
        ()
    """

    def __init__(self, panel: Panel, done: Callable[[], Any]) -> None:
        self._panel, self._done = panel, done
        self._left: list[str] = []
        self._out: list[str] | None = None
        self._stopping = False
        super().__init__(layout=PLAIN)

    def offers(self, run: Run) -> bool:
        """Whether it offers or does this for this run; what it offers for another is withdrawn."""
        if self._left and self._run.id != run.id:
            self._left = []
            self.children = NOTHING
        return bool(self._left)

    def offer(self, run: Run, files: Sequence[str], seconds: float, what: str) -> None:
        """Offer to compute the features of these files, which will take so many seconds."""
        self._run, self._left, self._what = run, [*files], what
        self._each = seconds / max(1, len(self._left))
        self._total = len(self._left)
        self._show_button()

    def _show_button(self) -> None:
        n = len(self._left)
        label = f"Compute features of {n:,} {self._what}, about {duration(n * self._each)}"
        self.form = Form([button("gather", label, primary=True)])
        self.form.on_press("gather", self._panel.guarded(self._begin))
        self.progress = Progress(self._panel.guarded(lambda _: self._stop()))
        self.children = [self.form, self.progress]

    def _begin(self) -> None:
        self._stopping = False
        self.form.change("gather", disabled=True)
        self._say()
        if self._out is not self._left:  # else a piece is still out since Stop, and goes on here
            self._next()

    def _stop(self) -> None:
        """Offer the rest at once; the piece that is out is kept when it comes."""
        self._stopping = True
        self._show_button()

    def _say(self) -> None:
        done, seconds = self._total - len(self._left), len(self._left) * self._each
        self.progress.show(f"{done:,} of {self._total:,} {self._what}", done, self._total, seconds)

    def _next(self) -> None:
        self._out = left = self._left
        self._panel.when(
            self._panel.session.engine.quick(jobs.gather, self._run, left[:PIECE]),
            functools.partial(self._gathered, left, time.monotonic()),
            failed=self._failed,
            wanted=lambda: self._left is left,  # else another run's are offered meanwhile
        )

    def _failed(self) -> None:
        self._out = None
        self._stop()

    def _gathered(self, left: list[str], began: float, count: int) -> None:
        self._out = None
        del left[:PIECE]
        self._each += PACE * ((time.monotonic() - began) / count - self._each)
        if not left:
            self.children = NOTHING
            self._done()
        elif self._stopping:
            self._show_button()
        else:
            self._say()
            self._next()
