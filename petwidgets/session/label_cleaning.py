"""Decisions about doubtful labels, and the search for them. Files are never changed."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Any as Anything
from traitlets import Dict, HasTraits, Unicode

from petwidgets.common.errors import Problem
from petwidgets.data.label_edits import LabelEdits
from petwidgets.recipes.recipe import baseline
from petwidgets.runs.info import ENDED
from petwidgets.session.interpretation import interpretation
from petwidgets.session.lr_finder import why_ended

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from petwidgets.data.dataset import Dataset
    from petwidgets.data.label_edits import Mark
    from petwidgets.engine.client import Engine
    from petwidgets.engine.run_follower import RunFollower
    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run
    from petwidgets.runs.store import RunStore

log = logging.getLogger(__name__)


class LabelCleaningState(HasTraits):
    """One list of decisions for each source of photographs, and what is doubted there.

    A part of `Session`, which knows the source, the runs and the engine.
    """

    marks = Dict(help="by source, what was decided, as of `LabelEdits.to_json`")
    searches = Dict(help="by source, the id of the run that judged its photographs out of fold")
    folding = Anything(allow_none=True, help="the `RunFollower` that follows the last one")
    fold_event = Dict(help="its last event")
    fold_state = Unicode(help="as of `Run.state`, empty before the first")
    fold_problem = Unicode(help="why it failed, or could not start")

    source: str
    pattern: str
    dataset: Dataset | None
    engine: Engine
    follower: ClassVar[type[RunFollower]]
    store: RunStore
    known: Callable[[str], Run]
    _asked: Callable[..., dict[str, Any]]
    _require_offered: Callable[[Recipe], None]
    _keep: Callable[[], None]

    # --- decisions ---

    @property
    def choices(self) -> LabelEdits:
        """The decisions about the photographs of the present source."""
        try:
            return LabelEdits.from_json(self.marks.get(self.source, LabelEdits().to_json()))
        except Problem:
            log.warning("the decisions of this session are damaged and begin anew", exc_info=True)
            return LabelEdits()

    def _decided(self, choices: LabelEdits) -> None:
        self.marks = {**self.marks, self.source: choices.to_json()}

    def decide(self, step: Mapping[str, Mark | None]) -> None:
        """Decide about some photographs at one go; None takes a decision back."""
        self._decided(self.choices.with_step(step))

    def undo(self) -> list[str]:
        """Take the last step back; returns its photographs.

        Raises:
            Problem: there is none.
        """
        choices = self.choices.undo()
        self._decided(choices)
        return [*choices.undone[-1]]

    def redo(self) -> list[str]:
        """Do again what was taken back last; returns its photographs.

        Raises:
            Problem: there is nothing.
        """
        choices = self.choices.redo()
        self._decided(choices)
        return [*choices.done[-1]]

    def cleaned(self, recipe: Recipe) -> Recipe:
        """The same training with what was decided about its photographs."""
        return self.choices.recipe(recipe) if recipe.data == self.source else recipe

    # --- doubts ---

    @property
    def searching_labels(self) -> bool:
        """Whether photographs are being judged out of fold."""
        return self.folding is not None and self.fold_state not in ENDED

    def search_labels(self) -> None:
        """Have every photograph judged by heads that were not trained on it.

        Raises:
            Problem: a search is under way, there are no photographs, or as `Session.train`.
        """
        if self.searching_labels:
            raise Problem("The labels are being searched already: stop that first, or wait.")
        if self.dataset is None:
            raise Problem("There are no photographs to search yet: choose some first.")
        recipe = self.cleaned(baseline(data=self.source, pattern=self.pattern))
        self._require_offered(recipe)
        run = self.store.create(recipe, kind="folds", **self._asked(goes_on=True, parent=""))
        self.searches = {**self.searches, self.source: run.id}
        self._follow_folds(run)

    def stop_label_search(self) -> None:
        """Ask it to end; nothing of it is kept but the features."""
        if self.folding is not None:
            self.folding.stop()

    def _follow_folds(self, run: Run, *, again: bool = False) -> None:
        self.fold_event, self.fold_problem, self.fold_state = {}, "", "queued"
        self.folding = self.follower(self.engine, run, self._hear_folds, again=again)

    def _hear_folds(self, events: list[Event]) -> None:
        self.fold_event = last = events[-1]
        self.fold_problem = why_ended(last)
        self.fold_state = last["event"] if last["event"] in ENDED else "running"

    def _restore_folds(self) -> None:
        """Follow a search again that is still under way."""
        with suppress(Problem, TypeError):  # it was deleted meanwhile, or the list is damaged
            run = self.known(self.searches[self.source]) if self.source in self.searches else None
            if run is not None and run.state not in ENDED:
                self._follow_folds(run, again=True)

    @property
    def out_of_fold(self) -> Interpretation | None:
        """Out-of-fold predictions of the present photographs, if searched with these labels."""
        with suppress(Problem, TypeError):
            run = self.known(self.searches[self.source]) if self.source in self.searches else None
            if run is not None and run.validated and run.recipe.pattern == self.pattern:
                return interpretation(run)
        return None

    def names_here(self, run: Run) -> dict[str, str]:
        """Names of a run's validation photographs in the present source, if they are there."""
        if self.dataset is None:
            return {}
        names = dict(zip(_real(self.dataset.paths), self.dataset.labels(), strict=True))
        places: dict[str, Path] = self.places(run)  # type: ignore[attr-defined]
        found = zip(places, _real(places.values()), strict=True)
        return {name: names[path] for name, path in found if path in names}


def _real(paths: Collection[Path]) -> list[Path]:
    """Resolve links to folders."""
    folders = {folder: folder.resolve() for folder in {path.parent for path in paths}}
    return [folders[path.parent] / path.name for path in paths]
