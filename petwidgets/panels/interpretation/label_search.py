"""The search for wrong labels by cross-validation: begun, followed, stopped, and what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted, duration, percent
from petwidgets.data import sources
from petwidgets.data.label_edits import summary
from petwidgets.metrics.intervals import interval
from petwidgets.metrics.label_issues import FOLDS
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.fields import button
from petwidgets.widgets.form import Form
from petwidgets.widgets.progress import Progress

if TYPE_CHECKING:
    from petwidgets.panels.base import Panel
    from petwidgets.runs.events import Event

FEATURE_SECONDS, HEAD_SECONDS = 0.03, 0.006
"""Of a photograph on two cores at 224 pixels: for its features, and its part of five heads."""

ENGINE_SECONDS = 10
"""That an engine takes to start."""

NOT_YET = (
    "Not searched yet. Each photograph is judged by a linear head that never saw it"
    f" ({FOLDS}-fold cross-validation). Most of the time goes into features. They are kept:"
    " another search takes about {}."
)


class LabelSearch(VBox):
    """A button that says how long it takes, progress with Stop, and a line about what was found."""

    def __init__(self, panel: Panel) -> None:
        self.session = panel.session
        self.form = Form([button("search", "Search", primary=True)])
        self.progress = Progress(panel.guarded(lambda _: self.session.cleaning.search.stop()))
        self.found = note()
        super().__init__([self.form, self.progress, self.found], layout=PLAIN)
        self.form.on_press("search", panel.guarded(self.session.cleaning.find_doubts))
        search = ["cleaning.search.event", "cleaning.search.state", "cleaning.searches"]
        panel.follow([*search, "data.dataset", "data.pattern"], self._draw)

    def _draw(self) -> None:
        session, event = self.session, self.session.cleaning.search.event
        starting = 0 if session.engine.started else ENGINE_SECONDS
        took = f": about {duration(self._n * (FEATURE_SECONDS + HEAD_SECONDS) + starting)}"
        label = f"Search all {self._n:,}{took}" if self._n else "Search all photographs"
        disabled = session.cleaning.search.under_way or not self._n
        self.form.change("search", label=label, disabled=disabled)
        if not session.cleaning.search.under_way:
            self.progress.hide()
            self.found.value = self._said()
        elif "done" in event:
            self.progress.show(_doing(event), event["done"], event["of"])
        else:
            said = (
                event.get("sentence")
                or "Waiting for the engine: it is starting, or busy with other work."
            )
            self.progress.show(said, 0, 0)

    @property
    def _n(self) -> int:
        """Photographs to search."""
        return len(self.session.data.dataset.paths) if self.session.data.dataset else 0

    def _said(self) -> str:
        found = self.session.cleaning.out_of_fold
        if found is None:
            return NOT_YET.format(duration(self._n * HEAD_SECONDS))
        n, recipe = len(found.files), self.session.runs.get(found.run).recipe
        changed = summary(recipe.leave_out, recipe.relabel)
        with_changes = f" It took your decisions: {changed}." * bool(
            recipe.leave_out or recipe.relabel
        )
        return (
            f"Live, out of {FOLDS} folds: {found.errors:,} of"
            f" {counted(n, sources.kind(recipe.data, many=False))}"
            f" {'is' if found.errors == 1 else 'are'} taken for another {found.noun} than the label"
            f" says, {percent(found.errors / n)} (95 % interval {interval(found.errors, n)})."
            f"{with_changes}"
        )


def _doing(event: Event) -> str:
    what = {
        "check": "Looking at every photograph",
        "features": "Computing features",
        "folds": "Heads trained",
    }
    return f"{what[event['stage']]}: {event['done']:,} of {event['of']:,}"
