"""Features of many photographs, computed in pieces: with a button, progress, and Stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.problem import Problem
from petwidgets.ui.form import Form, button
from petwidgets.ui.part import PLAIN
from petwidgets.ui.progress import Progress
from petwidgets.ui.wording import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from petwidgets.runs import Run
    from petwidgets.ui.panel import Panel

PIECE = 32
"""Photographs that the engine is given at once: about a second, which is what Stop may take."""


class Gather(widgets.VBox):
    """Offers to compute what is missing. It is empty until there is something to offer.

    Args:
        panel: on which problems are said.
        done: called in a thread when all are computed.

    Example:
        >>> Gather(panel, done=print).children  # doctest: +SKIP
        ()
    """

    def __init__(self, panel: Panel, done: Callable[[], Any]) -> None:
        self._engine, self._guarded, self._done = panel.session.engine, panel.guarded, done
        self._left: list[str] = []
        self._under_way = self._stopping = False
        super().__init__(layout=PLAIN)

    def offers(self, run: Run) -> bool:
        """Whether it offers or does this for this run; what it offers for another is withdrawn."""
        if self.children and self._run.id != run.id:
            self._stopping = True
            self.children = []
        return bool(self.children)

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
        self.form.on_press("gather", self._guarded(self._begin))
        self.progress = Progress(self._guarded(lambda _: self._stop()))
        self.children = [self.form, self.progress]

    def _begin(self) -> None:
        if self._under_way:
            return
        self._under_way, self._stopping = True, False
        self.form.change("gather", disabled=True)
        self._say()
        self._next()

    def _stop(self) -> None:
        self._stopping = True

    def _say(self) -> None:
        done, seconds = self._total - len(self._left), len(self._left) * self._each
        self.progress.show(f"{done:,} of {self._total:,} {self._what}", done, self._total, seconds)

    def _next(self) -> None:
        piece = self._left[:PIECE]
        name = "learning.lastlayer:gather"
        self._engine.quick(name, self._run, piece, done=self._guarded(self._gathered))

    def _gathered(self, count: int | None, problem: str) -> None:
        if count is None or self._stopping:
            self._under_way = False
            if self.children:
                self._show_button()
            if count is None:
                raise Problem(problem)
            return
        self._left = self._left[PIECE:]
        if self._left:
            self._say()
            self._next()
        else:
            self._under_way = False
            self.children = []
            self._done()
