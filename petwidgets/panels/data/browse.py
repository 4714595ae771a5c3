"""Look at photographs: how many of each breed there are, and what they look like."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.formatting import counted, readable
from petwidgets.data import dataset as datasets
from petwidgets.data import sources
from petwidgets.data.checks.findings import TITLES
from petwidgets.data.filters import STEP, Choice, Shown, choose, sizes
from petwidgets.data.folder_tree import tree
from petwidgets.data.inventory import take_inventory
from petwidgets.data.species import species_of
from petwidgets.panels.base import Panel
from petwidgets.panels.data.folder_folds import FolderFolds
from petwidgets.panels.data.photo_facts import facts_of, filterable
from petwidgets.panels.data.source_form import SourceForm
from petwidgets.panels.shared.large_photo import LargePhoto
from petwidgets.recipes.recipe import MOST_BREEDS
from petwidgets.snippets.training import labels
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import note, plain, show
from petwidgets.widgets.fields import choice, text
from petwidgets.widgets.folder_tree import FolderTree
from petwidgets.widgets.form import Form
from petwidgets.widgets.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from petwidgets.widgets.fields import Field

SHAPES = ("landscape", "portrait", "square", "odd")
SEARCH = "part of a name"


class BrowsePanel(Panel):
    """A source, its folders, and a grid that scrolls through its photographs.

    Example:
        >>> BrowsePanel().scroller.count
        0
    """

    key = "browse"
    title = "Look at the data"
    lead = "Choose photographs, and see what there is of each class before anything is trained."
    why = (
        "In the Oxford set and in the drawn sample the breed stands in the file's name, and a"
        " regular expression takes it out: everything before the last underscore and number; a"
        " cat's begins with a capital. A quick look at counts and pictures finds most mistakes that"
        " training would only hide: a pattern that cuts a name in the wrong place, a class with ten"
        " photographs."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self._all: list[Shown] = []
        self._listed: list[Shown] = []
        self._at = 0
        self._drawn: datasets.Dataset | None = None
        self.source = SourceForm(self)
        self.summary = note()
        self.filter = Form(_filter())
        self.scroller = ThumbnailGrid(self.guarded(self._open))
        self.viewer = LargePhoto(self, lambda step: self._open(self._at + step))
        self.tree = FolderTree()
        self.sizes = Bars(caption="Photographs by their longer side, in pixels", chooses=True)
        self.counts = Bars(chooses=True)
        self.choosing = plain(widgets.VBox, [self.filter])
        self.rest = plain(
            widgets.HBox, [self.tree, self.sizes, self.counts], css="petwidgets-columns"
        )
        self.in_python = FolderFolds()
        parts = [
            self.summary, self.choosing, self.scroller, self.in_python, self.rest, self.viewer
        ]  # fmt: skip
        self.found = plain(widgets.VBox, parts)
        self.body.children = [*self.source.parts, self.found]
        self._listen()

    def _listen(self) -> None:
        self.filter.observe(self.guarded(lambda _: self._list()), "values")
        self.counts.observe(self.guarded(lambda at: self.filter.set(breed=at["new"])), "chosen")
        for part in (self.sizes, self.tree):
            part.observe(self.guarded(lambda _: self._list()), "chosen")
        self.tell_of(self.session.data.reading)
        self.follow(["data.dataset", "data.arriving", "data.reading.problem"], self._draw)
        self.follow(["data.facts", "data.findings"], self._learn)
        self.session.data.look()

    # --- what it holds ---

    def _draw(self) -> None:
        dataset = self.session.data.dataset
        show(self.found, visible=bool(dataset or self.session.data.arriving))
        for part in (self.choosing, self.rest):
            show(part, visible=dataset is not None)
        self.folds.code = labels(self.session.data.source, self.session.data.pattern)
        self.in_python.show(dataset)
        fresh, self._drawn = dataset is not self._drawn, dataset
        if dataset is None:
            self._show_arriving()
        elif fresh:  # else somebody may have scrolled in it already
            self._draw_dataset(dataset)

    def _draw_dataset(self, dataset: datasets.Dataset) -> None:
        counts = dataset.counts()
        kinds = species_of(counts)
        self.counts.caption = _caption(dataset.noun, len(counts))
        counts = dict(islice(counts.items(), MOST_BREEDS))
        self.counts.items = [
            {"key": breed, "label": readable(breed), "value": n, "text": str(n),
             "tone": kinds.get(breed, "")}
            for breed, n in counts.items()
        ]  # fmt: skip
        options = [["", "All"], *([breed, readable(breed)] for breed in counts)]
        self.filter.change("breed", label=dataset.noun.capitalize(), options=options)
        self.filter.change("species", options=[*map(list, _species(kinds))], hidden=not kinds)
        self.tree.show(tree(datasets.root(dataset)))
        self._learn(afresh=True)
        self.summary.value = _summary(dataset)  # last: it is about the pictures that are in sight

    def _show_arriving(self) -> None:
        """Show the pictures that are here while others are being drawn."""
        data, shown = self.session.data, self.scroller.photographs
        self._listed = [Shown(path, path.name, "") for path in data.arriving]
        more = [(path, "") for path in data.arriving[len(shown) :]]
        caption = f"Being drawn now. Here already: {len(data.arriving):,}."
        if not (shown and data.arriving):
            self.scroller.show(more, caption)
        elif more:
            self.scroller.extend(more, caption)

    def _learn(self, *, afresh: bool = False) -> None:
        dataset = self.session.data.dataset
        if dataset is None:
            return
        self._all = filterable(self.session)
        counts = sizes(self._all)
        self.sizes.items = [
            {
                "key": size,
                "label": f"{size} to {int(size) + STEP - 1}",
                "value": n,
                "text": f"{n:,}",
            }
            for size, n in counts.items()
        ]
        if self.sizes.chosen not in counts:
            self.sizes.chosen = ""
        # Not of all findings: files that are no photographs have some, too, and are not listed.
        kinds = sorted({fault for one in self._all for fault in one.faults})
        faults = [["", "All"], *([kind, TITLES[kind]] for kind in kinds)]
        self.filter.change("fault", options=faults, hidden=not kinds)
        choice = self._choice()
        # What was found out since changes nothing that is in sight, unless it was asked for.
        if afresh or choice.shape or choice.size or choice.fault:
            self._list()

    def _choice(self) -> Choice:
        chosen = {**self.filter.values, "size": self.sizes.chosen, "folder": self.tree.chosen}
        return Choice(**chosen)

    def _list(self) -> None:
        choice = self._choice()
        self.counts.chosen = choice.breed
        self._listed = choose(self._all, choice)
        turns = f", one of each {self.session.data.noun} in turn" * (not choice.breed)
        words = f"{len(self._listed):,} of {len(self._all):,}{turns}"
        caption = words if self._listed else "No photograph matches: change the search."
        labels = {breed: readable(breed) for breed in {one.breed for one in self._listed}}
        self.scroller.show([(one.path, labels[one.breed]) for one in self._listed], caption)

    # --- one photograph ---

    def _open(self, at: int) -> None:
        if not self._listed:  # the viewer may have been left open
            return
        self._at = min(max(0, at), len(self._listed) - 1)
        one = self._listed[self._at]
        read = self.session.data.dataset is not None
        title = f"{readable(one.breed) or 'No label'}: {one.name}" if read else one.name
        self.viewer.show(one.path, title, facts_of(self.session, one))


def _filter() -> list[Field]:
    shapes = [("", "All"), *((shape, shape) for shape in SHAPES)]
    return [
        text("words", "Search", placeholder=SEARCH, live=True),
        choice("breed", "", [("", "All")]),
        choice("species", "Species", _species({}), hidden=True),
        choice("shape", "Shape", shapes),
        choice("fault", "Problem", [("", "All")], hidden=True),
    ]


def _species(kinds: dict[str, str]) -> list[tuple[str, str]]:
    """What can be chosen of a set, by the species of its breeds."""
    return [("", "All"), *((kind, f"{kind}s") for kind in sorted({*kinds.values()}))]


def _caption(noun: str, count: int) -> str:
    first = f", of the first {MOST_BREEDS:,} of {count:,}" if count > MOST_BREEDS else ""
    return f"Photographs per {noun}{first}"


def _summary(dataset: datasets.Dataset) -> str:
    pictures = counted(len(dataset.paths), sources.kind(dataset.source, many=False))
    counts = f"Live, counted just now: {pictures} of {counted(len(dataset.vocab), dataset.noun)}."
    return " ".join([counts, *take_inventory(dataset).sentences])
