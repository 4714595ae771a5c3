"""The photographs of a page: source, labels, metadata and findings."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets import Bool, Dict, HasTraits, Instance, List, Tuple, Unicode

from petwidgets.common import limits
from petwidgets.common.errors import Problem
from petwidgets.data import dataset as datasets
from petwidgets.data import label_store, metadata, sources
from petwidgets.data.checks import check
from petwidgets.data.checks.findings import Finding, across, in_order
from petwidgets.data.dataset import Dataset
from petwidgets.data.divide import forecast
from petwidgets.data.download.archive import Stopped
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.session.store import multi_user
from petwidgets.session.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from petwidgets.data.label_table import Table
    from petwidgets.data.listing import Listing
    from petwidgets.recipes.recipe import Recipe

SETTLING = 10.0
"""Seconds that a page which comes back waits for what it had begun to read before it knew."""

STEP = 60
"""Pictures that are shown at a time while others are drawn: there are new ones each second."""

BUSY = "Photographs are being fetched already: stop that first, or wait."


class DataState(HasTraits):
    """A source, its photographs once they are read, their labels, facts and faults.

    Args:
        recipe: makes the recipe of the next training, which splits them.
    """

    source = Unicode(help="`sample`, `oxford-pets` or a folder; first what is offered first")
    pattern = Unicode(CHAPTER_PATTERN, help="a regular expression, or `parent-folder`")
    paths = Tuple(help="every photograph of `source`, labelled or not, once read")
    arriving = List(help="pictures of `source` that are here while others are being drawn")
    dataset = Instance(Dataset, allow_none=True, help="the photographs of `source`, once labelled")
    followed = Unicode(help="path of the photograph that is followed through lessons, if any")
    shown = Bool(default_value=False, help="whether `source` was asked for in this session")
    facts = Dict(help="`Facts` of each of `paths` whose header can be read, some seconds later")
    findings = List(Instance(Finding), allow_none=True, default_value=None, help="None: unchecked")

    def __init__(self, recipe: Callable[[], Recipe]) -> None:
        super().__init__(source=sources.sources()[0])
        self._recipe = recipe
        self._leaks_of: Recipe | None = None  # it decides which copies are leaks
        self.draws = False
        """Whether the sample is drawn unasked, which takes some 20 seconds the first time."""
        self.reading = Task()
        """Draws, fetches or reads `source`; its progress is in bytes or pictures."""
        self.checking = Task()
        """Checks the files; its progress is in files."""

    # --- reading and labelling ---

    @property
    def may_choose_folders(self) -> bool:
        """Whether any folder of this machine may be looked into."""
        return not multi_user()

    def check_choice(self) -> None:
        """Pass where any folder of this machine may be looked into.

        Raises:
            Problem: the page is open to visitors.
        """
        if multi_user():
            raise Problem(sources.NOT_OFFERED)

    def look(self) -> None:
        """Read the source if it is on this machine, or drawn, and has not been read."""
        if self.reading.under_way or self.paths or self.reading.problem:
            return
        if self.draws and self.source == sources.SAMPLE:
            self.read(self.source, self.pattern)
        else:
            self.read_if_here()

    def read_if_here(self) -> None:
        """Read the source if it is on this machine; a problem is told, and raised to nobody."""
        try:
            if sources.prepared(self.source):
                self.read(self.source, self.pattern)
        except Problem as problem:
            self.reading.problem = str(problem)

    def read(self, source: str, pattern: str) -> None:
        """Bring the photographs of `source` here and label them, in the background."""
        if self.reading.under_way:
            raise Problem(BUSY)
        source = sources.named(source)
        if multi_user():
            sources.require_offered(source)
        self.checking.stop()
        self.reading.begin()
        if (source, pattern) != (self.source, self.pattern):  # copies have other labels now
            self.findings = None
        if source != self.source:  # nothing of the last one stands under the new one's name
            self.facts, self.dataset, self.paths = {}, None, ()
        self.source, self.pattern, self.shown = source, pattern, True
        self.reading.start(self._read, "read photographs")

    def keep_labels(self, table: Table) -> str:
        """Keep a table of labels, and return what stands for it as a pattern.

        Raises:
            Problem: there is no room for one of a visitor's, or the home can't be written.
        """
        most = limits.LABELS_MB.value * limits.MB if multi_user() else math.inf
        return label_store.keep(table, most)

    @property
    def noun(self) -> str:
        """What the labels are called, a breed or a class; as the source says before it is read."""
        if self.dataset is not None:
            return self.dataset.noun
        return "breed" if self.source in sources.TITLES else "class"

    @property
    def followed_path(self) -> Path | None:
        """The photograph that is followed, as long as it is among those that were read."""
        followed = Path(self.followed)
        return followed if self.followed and followed in self.paths else None

    def settle(self) -> None:
        """Wait until what is being read is read; what `look` began takes a moment."""
        self.reading.wait(SETTLING)

    def _read(self) -> None:
        try:
            folder = sources.prepare(self.source, self._report, self.reading.stopping)
            found = sources.listing(folder)
            self._forget_stale(found)
            if found.photos == self.paths:
                found = replace(found, photos=self.paths)  # or each photograph would be held twice
            known = found.photos is self.paths and bool(self.facts)
            self.paths = found.photos
            self.dataset = datasets.labelled(self.source, found, self.pattern)
        except Stopped:
            raise
        except Exception:
            self.dataset = None
            raise
        finally:
            self.arriving = []
        if not known:
            threading.Thread(target=self._measure, daemon=True, name="read headers").start()

    def _forget_stale(self, found: Listing) -> None:
        """Drop the findings if the folder holds other files than those that were checked."""
        if self.dataset is None or found != self.dataset.listing:
            self.findings = None

    def _report(self, done: int, total: int) -> None:
        """Tell how far the reading is, and which pictures it has drawn."""
        self.reading.report(done, total)
        if done >= len(self.arriving) + STEP:
            known = {*self.arriving}
            more = [path for path in sources.arrived(self.source) if path not in known]
            self.arriving = [*self.arriving, *more]

    def _measure(self) -> None:
        paths = self.paths
        found = metadata.all_facts(paths, lambda: self.paths is not paths)
        if self.paths is paths:
            self.facts = {p: fact for p, fact in zip(paths, found, strict=False) if fact}

    @property
    def as_checked(self) -> Dataset | None:
        """The data set with the files that the last check could not read, if there was one."""
        return None if self.dataset is None else _marked(self.dataset, self.findings or [])

    def holds(self, recipe: Recipe) -> bool:
        """Whether a recipe is of these photographs and these labels."""
        return (recipe.data, recipe.pattern) == (self.source, self.pattern)

    def sides(self) -> tuple[set[str], set[str]]:
        """The files that the next training trains on and validates on, as far as is known.

        A file may be on neither side. Before a check it is not known which files can't be read, and
        the training may split the others differently.
        """
        return _sides(self.as_checked, self._recipe())

    # --- checking ---

    def check(self) -> None:
        """Look for files that are not sound, in the background."""
        if self.checking.under_way:
            raise Problem("The files are being checked already: stop that first, or wait.")
        if not self.paths:
            raise Problem("There are no photographs to check yet: choose some first.")
        self.checking.begin()
        self.checking.report(0, len(self.paths))
        self.checking.start(self._check, "check photographs")

    def _check(self) -> None:
        source, paths, dataset = self.source, self.paths, self.dataset
        folder, pattern = sources.prepare(source), self.pattern if dataset else None
        found = check.check(folder, self.checking.report, self.checking.stopping, pattern)
        if self.paths is paths and self.dataset is dataset:
            self.findings = self._with_leaks(found)

    def find_leaks(self) -> None:
        """Find the leaks among the copies anew, if the next training has changed since."""
        if self.findings is not None and self._recipe() != self._leaks_of:
            self.findings = self._with_leaks([f for f in self.findings if f.problem != "leak"])

    def _with_leaks(self, found: list[Finding]) -> list[Finding]:
        if self.dataset is None:
            return found
        self._leaks_of = recipe = self._recipe()
        sides = _sides(_marked(self.dataset, found), recipe)
        return in_order([*across(found, *sides, self.dataset.folder), *found])


def _marked(dataset: Dataset, findings: Iterable[Finding]) -> Dataset:
    """The set with the files that a check found to be unreadable."""
    bad = frozenset(Path(f.file) for f in findings if f.problem == "unreadable")
    return replace(dataset, unreadable=bad)


def _sides(dataset: Dataset | None, recipe: Recipe) -> tuple[set[str], set[str]]:
    """The files of both sides; none without a set, or if it lacks the recipe's split."""
    if dataset is None:
        return set(), set()
    try:
        used, parts = forecast(recipe, dataset)
    except Problem:
        return set(), set()
    train, valid = ({str(used.paths[i]) for i in part} for part in parts)
    return train, valid
