"""What the lessons that look into a run have in common: which run, its error, its photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.formatting import counted, percent
from petwidgets.data import dataset as datasets
from petwidgets.metrics.intervals import interval
from petwidgets.panels.base import Panel
from petwidgets.widgets.base import note
from petwidgets.widgets.blocker import Lead
from petwidgets.widgets.form import Form, choice

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.runs.store import Run


NOT_HERE = "The photographs of this run are not on this machine, or not read yet: figures only."


class InterpretingPanel(Panel):
    """A panel on the run that the session interprets.

    Subclasses fill `body` (with `self.run_form`, `self.lead_there` and `self.status` first) and
    `draw`; then they call `begin`.
    """

    group = "Interpretation"
    compares = False
    """Whether a second run can be chosen."""

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        fields = [choice("run", "Run", [])]
        if self.compares:
            fields.append(choice("versus", "Compare with", [("", "nothing")]))
        self.run_form = Form(fields)
        self.lead_there = Lead(self.session, "browse", "Choose photographs")
        self.status = note()
        self.places: dict[str, Path] = {}

    def begin(self, *more: str) -> None:
        """Listen, and draw; `more` are other traits of the session to draw on."""
        self.follow(["runs", "interpreted_id", "versus_id"], self._offer)
        self.run_form.observe(self.guarded(lambda _: self._choose()), "values")
        compared = ["versus_id"] if self.compares else []
        self.follow(["interpreted_id", "paths", "runs", *compared, *more], self._draw)
        self.session.look()

    @property
    def interpretation(self) -> Interpretation:
        """What the chosen run predicted.

        Raises:
            Problem: it is gone or damaged.
        """
        return self.session.interpretation

    @property
    def run(self) -> Run:
        """The chosen run.

        Raises:
            Problem: it is gone.
        """
        return self.session.known(self.session.interpreted_id)

    @property
    def shown(self) -> bool:
        """Whether somebody sees it: one that works for what it shows waits until then."""
        return self.session.lesson in ("", self.key)

    def draw(self) -> None:
        """Show what the chosen run predicted, of whose photographs `places` says where they are."""
        raise NotImplementedError

    def _draw(self) -> None:
        found = self.interpretation
        self.heading.problem = ""
        self.places = self.session.places(self.run)
        self.lead_there.sentence = "" if self.places else NOT_HERE
        n = len(found.files)
        pictures = counted(n, datasets.kind(self.run.recipe.data, many=False))
        self.status.value = (
            f"Recorded: {found.run}, wrong on {found.errors:,} of {pictures} that it was not"
            f" trained on: {percent(found.errors / n)} error (95 % interval"
            f" {interval(found.errors, n)})."
        )
        self.draw()

    def _offer(self) -> None:
        with self.run_form.hold_sync():
            self._offer_runs()

    def _offer_runs(self) -> None:
        options = [[run.id, _titled(run)] for run in self.session.with_epochs()]
        known = {field["name"]: field.get("options") for field in self.run_form.fields}
        if options != known["run"]:
            self.run_form.change("run", options=options)
            if self.compares:
                self.run_form.change("versus", options=[["", "nothing"], *options])
        self.run_form.set(run=self.session.interpreted_id)
        if self.compares:
            self.run_form.set(versus=self.session.versus_id)

    def _choose(self) -> None:
        self.session.interpreted_id = self.run_form["run"]
        if self.compares:
            self.session.versus_id = self.run_form["versus"]


def _titled(run: Run) -> str:
    recipe = run.recipe
    return f"{run.id}: {recipe.name}, {recipe.arch}"
