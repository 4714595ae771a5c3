"""The photographs of a page: source, labels, metadata and findings."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from traitlets import Bool, Dict, HasTraits, Instance, List, Tuple, Unicode

from petwidgets.common import limits
from petwidgets.common.errors import Problem, sentence
from petwidgets.data import dataset as datasets
from petwidgets.data import label_store, metadata, own_split
from petwidgets.data.checks import check
from petwidgets.data.checks.check import Finding
from petwidgets.data.dataset import Dataset
from petwidgets.data.download.archive import Stopped
from petwidgets.recipes.recipe import CHAPTER_PATTERN, Recipe
from petwidgets.session.store import multi_user

if TYPE_CHECKING:
    from petwidgets.data.label_table import Table

SETTLING = 10.0
"""Seconds that a page which comes back waits for what it had begun to read before it knew."""

BUSY = "Photographs are being fetched already: stop that first, or wait."


class DataState(HasTraits):
    """A source, its photographs once they are read, their labels, facts and faults.

    Work runs in threads. Traits may be set there; the page receives them.
    """

    source = Unicode(help="`sample`, `oxford-pets` or a folder; first what is offered first")
    pattern = Unicode(CHAPTER_PATTERN, help="a regular expression, or `parent-folder`")
    paths = Tuple(help="every photograph of `source`, labelled or not, once read")
    dataset = Instance(Dataset, allow_none=True, help="the photographs of `source`, once labelled")
    dataset_problem = Unicode(help="why there is no dataset")
    shown = Bool(default_value=False, help="whether `source` was asked for in this session")
    reading = Bool(default_value=False, help="whether `source` is being drawn, fetched or read")
    progress = Tuple(default_value=(0, 0), help="bytes or pictures done and in all, while reading")
    facts = Dict(help="`Facts` of each of `paths` whose header can be read, some seconds later")

    checking = Bool(default_value=False, help="whether the files are being checked")
    checked = Tuple(default_value=(0, 0), help="files done and in all, while checking")
    check_problem = Unicode(help="why the check broke off")
    findings = List(Instance(Finding), allow_none=True, default_value=None, help="None: unchecked")

    def __init__(self) -> None:
        super().__init__(source=datasets.sources()[0])
        self._stop_reading, self._stop_checking = threading.Event(), threading.Event()
        self._is_read = threading.Event()

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
            raise Problem(datasets.NOT_OFFERED)

    def look(self) -> None:
        """Read the source if it is on this machine and has not been read."""
        asked = self.reading or self.paths or self.dataset_problem
        try:
            if not asked and datasets.prepared(self.source):
                self.read(self.source, self.pattern)
        except Problem as problem:  # a lesson is opened all the same
            self.dataset_problem = str(problem)

    def read(self, source: str, pattern: str) -> None:
        """Bring the photographs of `source` here and label them, in the background."""
        if self.reading:
            raise Problem(BUSY)
        if multi_user():
            datasets.require_offered(source)
        self._stop_reading.clear()
        self._is_read.clear()
        self.stop_checking()
        self.reading, self.dataset_problem, self.progress = True, "", (0, 0)
        if source != self.source:  # nothing of the last one stands under the new one's name
            self.facts, self.findings, self.dataset, self.paths = {}, None, None, ()
        self.source, self.pattern, self.shown = source, pattern, True
        threading.Thread(target=self._read, daemon=True, name="read photographs").start()

    def keep_labels(self, table: Table) -> str:
        """Keep a table of labels, and return what stands for it as a pattern.

        Raises:
            Problem: there is no room for one of a visitor's, or the home can't be written.
        """
        most = limits.LABELS_MB.value * limits.MB if multi_user() else math.inf
        return label_store.keep(table, most)

    def settle(self) -> None:
        """Wait until what is being read is read; what `look` began takes a moment."""
        if self.reading:
            self._is_read.wait(SETTLING)

    def _read(self) -> None:
        known = True
        try:
            folder = datasets.prepare(self.source, self._report, self._stop_reading.is_set)
            found = datasets.listing(folder)
            if found.photos == self.paths:
                found = replace(found, photos=self.paths)  # or each photograph would be held twice
            known = found.photos is self.paths and bool(self.facts)
            self.paths = found.photos
            self.dataset = datasets.labelled(self.source, found, self.pattern)
        except Stopped as stopped:
            self.dataset_problem = str(stopped)
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            self.dataset, self.dataset_problem = None, sentence(error)
        finally:
            self.reading = False
            self._is_read.set()
        if self.dataset is not None and not known:
            self._measure()

    def _measure(self) -> None:
        paths = self.paths
        found = metadata.all_facts(paths, lambda: self.paths is not paths)
        if self.paths is paths:
            self.facts = {p: fact for p, fact in zip(paths, found, strict=False) if fact}

    def _report(self, done: int, total: int) -> None:
        self.progress = (done, total)

    def stop_reading(self) -> None:
        """End a drawing or download; what has arrived is kept."""
        self._stop_reading.set()

    @property
    def split(self) -> str:
        """How the next training splits them, as of `Recipe.split`; a `Session` knows its plan."""
        return Recipe.split

    def sides(self) -> tuple[set[str], set[str]]:
        """The files that the next training trains on and validates on, but for its seed and limit.

        A file may be on neither side.
        """
        if self.dataset is None:
            return set(), set()
        files = [str(path) for path in self.dataset.paths]
        parts = own_split.parts(self.dataset, self.split, Recipe.valid, Recipe.seed)
        train, valid = ({files[i] for i in part} for part in parts)
        return train, valid

    # --- checking ---

    def check(self) -> None:
        """Look for files that are not sound, in the background."""
        if self.checking:
            raise Problem("The files are being checked already: stop that first, or wait.")
        if not self.paths:
            raise Problem("There are no photographs to check yet: choose some first.")
        self._stop_checking.clear()
        self.checking, self.check_problem, self.checked = True, "", (0, len(self.paths))
        threading.Thread(target=self._check, daemon=True, name="check photographs").start()

    def _check(self) -> None:
        source, stop = self.source, self._stop_checking.is_set
        try:
            folder, pattern = datasets.prepare(source), self.pattern if self.dataset else None
            found = check.check(folder, self._report_check, stop, pattern)
            if source == self.source:
                leaks = check.across(found, *self.sides(), folder)
                self.findings = check.in_order([*leaks, *found])
        except Exception as error:  # noqa: BLE001 - as above
            self.check_problem = sentence(error)
        finally:
            self.checking = False

    def _report_check(self, done: int, total: int) -> None:
        self.checked = (done, total)

    def stop_checking(self) -> None:
        """End a check; nothing of it is kept."""
        self._stop_checking.set()
