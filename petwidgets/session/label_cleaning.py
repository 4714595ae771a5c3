"""Decisions about doubtful labels, and the search for them. Files are never changed."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from traitlets import Dict, HasTraits

from petwidgets.common.errors import Problem
from petwidgets.data.label_edits import LabelEdits
from petwidgets.recipes.presets import baseline
from petwidgets.runs.info import ENDED
from petwidgets.session.interpretation import interpretation
from petwidgets.session.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from petwidgets.data.label_edits import Mark
    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run
    from petwidgets.session.data import DataState
    from petwidgets.session.engine_runs import EngineRuns
    from petwidgets.session.runs import VisibleRuns

log = logging.getLogger(__name__)


class LabelCleaningState(HasTraits):
    """One list of decisions for each source of photographs, and what is doubted there.

    Args:
        engine_runs: creates and follows the run of a search.
        data: the photographs of the page.
        runs: those that the page may see.
        places: where a run's photographs lie, as of `InterpretationState.places`.
    """

    marks = Dict(help="by source, what was decided, as of `LabelEdits.to_json`")
    searches = Dict(help="by source, the id of the run that judged its photographs out of fold")

    def __init__(
        self,
        engine_runs: EngineRuns,
        data: DataState,
        runs: VisibleRuns,
        places: Callable[[Run], dict[str, Path]],
    ) -> None:
        super().__init__()
        self._engine_runs, self._data, self._runs = engine_runs, data, runs
        self._places = places
        self.search = Task()
        """Judges the photographs of the present source out of fold."""

    # --- decisions ---

    @property
    def edits(self) -> LabelEdits:
        """The decisions about the photographs of the present source."""
        try:
            return LabelEdits.from_json(self.marks.get(self._data.source, LabelEdits().to_json()))
        except Problem:
            log.warning("the decisions of this session are damaged and begin anew", exc_info=True)
            return LabelEdits()

    def _decided(self, choices: LabelEdits) -> None:
        self.marks = {**self.marks, self._data.source: choices.to_json()}

    def decide(self, step: Mapping[str, Mark | None]) -> None:
        """Decide about some photographs at one go; None takes a decision back."""
        self._decided(self.edits.with_step(step))

    def undo(self) -> list[str]:
        """Take the last step back; returns its photographs.

        Raises:
            Problem: there is none.
        """
        choices = self.edits.undo()
        self._decided(choices)
        return [*choices.undone[-1]]

    def redo(self) -> list[str]:
        """Do again what was taken back last; returns its photographs.

        Raises:
            Problem: there is nothing.
        """
        choices = self.edits.redo()
        self._decided(choices)
        return [*choices.done[-1]]

    def cleaned(self, recipe: Recipe) -> Recipe:
        """The same training with what was decided about its photographs."""
        if recipe.data != self._data.source:
            return recipe
        cleaned = self.edits.recipe(recipe)
        aside = self._strange(cleaned.relabel)
        return replace(cleaned, relabel=tuple(p for p in cleaned.relabel if p[0] not in aside))

    @property
    def set_aside(self) -> list[str]:
        """Photographs whose new label no photograph has now, as after another expression."""
        return self._strange(self.edits.relabel)

    def _strange(self, relabel: Sequence[tuple[str, str]]) -> list[str]:
        dataset = self._data.dataset
        if dataset is None or not relabel:
            return []
        known = set(dataset.vocab)
        return [file for file, breed in relabel if breed not in known]

    # --- doubts ---

    def find_doubts(self) -> None:
        """Have every photograph judged by heads that were not trained on it.

        Raises:
            Problem: a search is under way, there are no photographs, or as `EngineRuns.create`.
        """
        if self.search.under_way:
            raise Problem("The labels are being searched already: stop that first, or wait.")
        if self._data.dataset is None:
            raise Problem("There are no photographs to search yet: choose some first.")
        source = self._data.source
        recipe = self.cleaned(baseline(data=source, pattern=self._data.pattern))
        run = self._engine_runs.create(recipe, kind="folds")
        self.searches = {**self.searches, source: run.id}
        self._follow(run)

    def _follow(self, run: Run, *, resubmitted: bool = False) -> None:
        self.search.begin()
        self.search.worker = self._engine_runs.follow(
            run, self.search.hear, resubmitted=resubmitted
        )

    def restore(self) -> None:
        """Follow a search again that is still under way."""
        with suppress(Problem, TypeError):  # it was deleted meanwhile, or the list is damaged
            run = self._searched()
            if run is not None and run.state not in ENDED:
                self._follow(run, resubmitted=True)

    def _searched(self) -> Run | None:
        """The run of the last search in the present source, if there was one."""
        source = self._data.source
        return self._runs.get(self.searches[source]) if source in self.searches else None

    @property
    def out_of_fold(self) -> Interpretation | None:
        """Out-of-fold predictions of the present photographs, if searched with these labels."""
        with suppress(Problem, TypeError):
            run = self._searched()
            if run is not None and run.validated and run.recipe.pattern == self._data.pattern:
                return interpretation(run)
        return None

    def names_here(self, run: Run) -> dict[str, str]:
        """Names of a run's validation photographs in the present source, if they are there."""
        if self._data.dataset is None:
            return {}
        names = dict(zip(_real(self._data.dataset.paths), self._data.dataset.labels(), strict=True))
        places = self._places(run)
        found = zip(places, _real(places.values()), strict=True)
        return {name: names[path] for name, path in found if path in names}


def _real(paths: Collection[Path]) -> list[Path]:
    """Resolve links to folders."""
    folders = {folder: folder.resolve() for folder in {path.parent for path in paths}}
    return [folders[path.parent] / path.name for path in paths]
