"""What the lessons that look into a run have in common: which run, its error, its photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.formatting import counted, percent
from petwidgets.data import sources
from petwidgets.metrics.intervals import interval
from petwidgets.metrics.own_predictions import own_predictions
from petwidgets.panels.base import Panel
from petwidgets.widgets.base import note
from petwidgets.widgets.blocker import Blocker
from petwidgets.widgets.fields import choice
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.runs.run import Run


NO_FILES = "No files of these rows are known here: figures only. Give `files`, a path for each row."
NOT_HERE = "The photographs of this run are not on this machine, or not read yet: figures only."


class InterpretingPanel(Panel):
    """A panel on the run that the session interprets.

    Subclasses fill `body` (with `self.run_form`, `self.lead_there` and `self.status` first) and
    `draw`; then they call `begin`.
    """

    compares = False
    """Whether a second run can be chosen."""
    asks = False
    """Whether drawing asks the engine for work, as of `Panel.follow`."""

    def __init__(self, session: Any = None, own: Interpretation | None = None) -> None:
        super().__init__(session)
        self.own = own
        """What it shows instead of a run: a user's own predictions."""
        fields = [] if own else [choice("run", "Run", [])]
        if fields and self.compares:
            fields.append(choice("versus", "Compare with", [("", "nothing")]))
        self.run_form = Form(fields)
        self.lead_there = Blocker(self.session, "browse", "Choose photographs")
        self.status = note()
        self.places: dict[str, Path] = {}

    def begin(self, *more: str) -> None:
        """Listen, and draw; `more` are other traits of the session to draw on."""
        if self.own is not None:
            self.lead_there.label = ""  # nothing that is chosen elsewhere would help
            self.follow([*more], self._draw)
            return
        versus = "interpretation.versus_id"
        self.follow("runs.usable", self._offer)
        self.run_form.on_said(self.guarded(self._choose))
        compared = [versus] if self.compares else []
        self.follow(
            ["runs.chosen_id", "data.paths", "runs.usable", *compared, *more],
            self._draw,
            asks=self.asks,
        )
        self.session.data.look()

    @property
    def interpretation(self) -> Interpretation:
        """What is shown: the predictions of the chosen run, or a user's own.

        Raises:
            Problem: the run is gone or damaged.
        """
        return self.own or self.session.interpretation.predictions

    @property
    def versus(self) -> Interpretation | None:
        """Those that they are compared with, if any; a user's own are compared with none.

        Raises:
            Problem: as `interpretation`.
        """
        return None if self.own else self.session.interpretation.versus

    @property
    def versus_id(self) -> str:
        """The run of those; empty: none."""
        return "" if self.own else str(self.session.interpretation.versus_id)

    @property
    def run(self) -> Run:
        """The chosen run.

        Raises:
            Problem: it is gone.
        """
        return self.session.runs.get(self.session.interpretation.run_id)

    def draw(self) -> None:
        """Show what the chosen run predicted, of whose photographs `places` says where they are."""
        raise NotImplementedError

    def _draw(self) -> None:
        if self.own is None:
            self._set_runs()  # which one is shown depends on the photographs while none is chosen
        found = self.interpretation
        self.places = (
            dict(found.places) if self.own else self.session.interpretation.places(self.run)
        )
        why = NO_FILES if self.own else NOT_HERE
        self.lead_there.sentence = "" if self.places else why
        self.status.value = self._source(found)
        self.draw()

    def _source(self, found: Interpretation) -> str:
        """Where the figures come from, and how often they are wrong."""
        n = len(found.files)
        error = f"{percent(found.errors / n)} error (95 % interval {interval(found.errors, n)})."
        if self.own:
            return f"{found.source}: wrong on {found.errors:,} of {counted(n, 'row')}: {error}"
        pictures = counted(n, sources.kind(self.run.recipe.data, many=False))
        return (
            f"{found.source}, wrong on {found.errors:,} of {pictures} that it was not"
            f" trained on: {error}"
        )

    def _offer(self) -> None:
        with self.run_form.hold_sync():
            self._offer_runs()

    def _offer_runs(self) -> None:
        options = [[run.id, _titled(run)] for run in self.session.runs.validated()]
        known = {field["name"]: field.get("options") for field in self.run_form.fields}
        if options != known["run"]:
            self.run_form.change("run", options=options)
            if self.compares:
                self.run_form.change("versus", options=[["", "nothing"], *options])
        self._set_runs()

    def _set_runs(self) -> None:
        state = self.session.interpretation
        versus = {"versus": state.versus_id} if self.compares else {}
        with self.run_form.showing():
            self.run_form.set(run=state.run_id, **versus)

    def _choose(self) -> None:
        state, form = self.session.interpretation, self.run_form
        if form["run"] != state.run_id:
            self.session.runs.chosen_id = form["run"]
        if self.compares:
            state.versus_id = form["versus"]


class PredictionsPanel(InterpretingPanel):
    """A panel that shows predictions alone, be they a run's or a user's own.

    Subclasses make their parts in `build`, and call `begin` there.

    Args:
        session: whose run is shown where nothing else is given; a panel alone makes its own.
        probabilities: (n, c) numbers, rows adding to one: an array, tensor or list.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        files: n paths of what was predicted; those that are files here can be looked at.
        learner: a fastai `Learner`, which predicts its validation set at once, in one pass.
        interpretation: a fastai `Interpretation`, for its learner and its `DataLoader`.

    Raises:
        Problem: what is given has another shape or other values, or several were given.
    """

    def __init__(
        self,
        session: Any = None,
        *,
        probabilities: Any = None,
        targets: Any = None,
        vocab: Sequence[Any] | None = None,
        files: Sequence[Any] | None = None,
        learner: Any = None,
        interpretation: Any = None,
    ) -> None:
        own = own_predictions(
            probabilities=probabilities,
            targets=targets,
            vocab=vocab,
            files=files,
            learner=learner,
            interpretation=interpretation,
        )
        super().__init__(session, own)
        self.build()

    def build(self) -> None:
        """Make the parts, and begin."""
        raise NotImplementedError


def _titled(run: Run) -> str:
    recipe = run.recipe
    return f"{run.title}: {recipe.name}, {recipe.arch}"
