"""The runs that a page may see, use and import."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from traitlets import HasTraits, Instance, List, Unicode

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short
from petwidgets.runs import import_export
from petwidgets.runs.info import ENDED
from petwidgets.runs.quota import check_kept, check_room
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.session.store import multi_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.store import RunStore

IMPORTED = 10
"""Runs that a visitor may have brought along."""


class VisibleRuns(HasTraits):
    """The runs of one visitor: their own, a teacher's, and those that come with the package.

    Args:
        store: where all runs are kept.
        visitor: the public name of the visitor; a page that has none yet gets one if it asks with
            `needed=True`.
    """

    chosen_id = Unicode(help="the run that is used in every lesson; empty: one that is shipped")
    usable = List(Instance(Run), help="those that can classify, the newest first")

    def __init__(self, store: RunStore, visitor: Callable[..., str]) -> None:
        super().__init__()
        self.store, self.visitor = store, visitor

    def refresh(self) -> None:
        """Look again which runs can classify."""
        self.usable = [run for run in self.store.list() if self._may_see(run) and run.usable]

    def notice_deleted(self) -> None:
        """See whether the chosen run is still there: another page or a command may delete it."""
        if self.is_gone(self.chosen_id):
            self.chosen_id = ""
            self.refresh()

    def is_gone(self, identity: str) -> bool:
        """Whether a run that was chosen, by its id, is here no longer."""
        if not identity:
            return False
        try:
            self.get(identity)
        except Problem:
            return True
        return False

    def _may_see(self, run: Run) -> bool:
        """Its visitor's, or one that a teacher made in a notebook or on the command line."""
        visitor = run.owner.visitor
        return not visitor or not multi_user() or visitor == self.visitor()

    @property
    def chosen(self) -> Run:
        """The run that classifies: the chosen one, or the shipped one if that has no weights.

        Raises:
            Problem: it is gone, damaged, or another visitor's.
        """
        run = self.get(self.chosen_id or SHIPPED_ID)
        run.require_sound()
        return run if run.usable else self.get(SHIPPED_ID)

    def prefer(self, run: Run) -> None:
        """Choose a run that has just been trained, unless the chosen one is wrong less often."""
        if run.usable and self.better_than(run) is None:
            self.chosen_id = run.id

    def better_than(self, run: Run) -> Run | None:
        """The chosen run if it is wrong less often than another, perhaps on other photographs."""
        with suppress(Problem):  # the chosen run is gone
            if self.chosen.error_rate < run.error_rate:  # false for one that says none
                return self.chosen
        return None

    def get(self, identity: str) -> Run:
        """A run of this session's, by its id.

        Raises:
            Problem: it is gone, or another visitor's.
        """
        with suppress(Problem):  # it is gone; its sentence is for the command line
            run = self.store.get(identity)
            if self._may_see(run):
                return run
        raise Problem(f"There is no run {short(identity)!r} here: choose another one.")

    def visible(self) -> list[Run]:
        """Trainings that one may see, usable or not, the newest first; recorded ones at the end."""
        seen = [r for r in self.store.list() if self._may_see(r) and r.kind == "training"]
        return [*seen, *self.store.recorded()]

    def validated(self) -> list[Run]:
        """Those of them that have predictions on a validation set."""
        return [run for run in self.visible() if run.validated]

    def may_delete(self, run: Run) -> bool:
        """Whether it is one's own: made or brought along by this visitor, or here in a notebook."""
        own = not multi_user() or run.owner.visitor == self.visitor() != ""
        return own and run.folder.parent == self.store.folder

    def new_name(self, recipe: Recipe) -> str:
        """A name for the next training of this recipe, such as `baseline 3`."""
        names = {run.info.get("name") for run in self.visible()}
        numbered = (f"{recipe.name} {n}" for n in count(1))
        return next(name for name in numbered if name not in names)

    def may_rename(self, run: Run) -> bool:
        """Whether it is one's own, sound, and has ended."""
        return self.may_delete(run) and run.state in ENDED and run.state != "damaged"

    def rename(self, identity: str, name: str) -> Run:
        """Give one's own run another name; an empty one takes the name back.

        Raises:
            Problem: the run is gone, another's, or has not ended; or the home can't be written.
        """
        run = self.get(identity)
        if not self.may_delete(run):
            raise Problem(f"The run {run.title} is not yours: rename one that you have trained.")
        run.require_sound()
        if run.state not in ENDED:
            raise Problem(f"The run {run.title} has not ended: give it another name then.")
        renamed = run.update(name=short(name))
        # Runs are equal by their folders: without this nobody would hear of the other name.
        self.usable = [one for one in self.usable if one != run]
        self.refresh()
        return renamed

    def take(self, packed: bytes) -> Run:
        """Take in a run that was exported, here or elsewhere; it is the importing visitor's.

        Raises:
            Problem: it is no sound export, the visitor keeps too much, or the disk is full.
        """
        visitor = ""
        if multi_user():
            visitor = self.visitor(needed=True)
            self._check_import(visitor, len(packed))
        run = import_export.take(packed, self.store, visitor=visitor)
        if multi_user():
            self._check_kept(run)
        self.refresh()
        return run

    def _check_import(self, visitor: str, size: int) -> None:
        owners = [run.owner for run in self.store.list()]
        if sum(one.imported and one.visitor == visitor for one in owners) >= IMPORTED:
            raise Problem(f"You have imported {IMPORTED} runs already: delete one of them first.")
        check_room(self.store, visitor, size)

    def _check_kept(self, run: Run) -> None:
        """See that an import has room unpacked, too; else it is gone again."""
        try:
            check_kept(self.store, run.owner.visitor)
        except Problem:
            self.store.delete(run.id)
            raise
