"""Where photographs come from, how many of each breed there are, and what they look like."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, readable
from petwidgets.data import dataset as datasets
from petwidgets.data import sources
from petwidgets.data.checks.findings import TITLES
from petwidgets.data.filters import NO_FAULTS, STEP, Choice, Shown, choose, sizes
from petwidgets.data.folder_tree import tree
from petwidgets.data.image import encode, read_photo
from petwidgets.data.inventory import take_inventory
from petwidgets.data.metadata import exif
from petwidgets.data.species import species_of
from petwidgets.panels.base import Panel
from petwidgets.panels.data.label_file import LabelFile
from petwidgets.recipes.labelling import table_id, written
from petwidgets.recipes.recipe import MOST_BREEDS
from petwidgets.snippets.training import labels
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import HIDDEN, note, plain, show
from petwidgets.widgets.folder_browser import FolderBrowser
from petwidgets.widgets.folder_tree import FolderTree
from petwidgets.widgets.form import Form, button, choice, text
from petwidgets.widgets.lightbox import Lightbox
from petwidgets.widgets.progress import Progress
from petwidgets.widgets.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from petwidgets.widgets.form import Field

OWN = "own"
LARGE = 1000
"""The longer side of a photograph that is opened, in pixels."""

SPLITS = {
    "random": "fastai's RandomSplitter, 20 % by seed 42",
    "by-breed": "20 % of each breed, by seed 42",
    "folders": "the set's own train/ and valid/",
}
SHAPES = ("landscape", "portrait", "square", "odd")
SEARCH = "any part of a name"


class BrowsePanel(Panel):
    """A source, its folders, and a grid that scrolls through its photographs.

    Example:
        >>> BrowsePanel().scroller.count
        0
    """

    key = "browse"
    title = "Look at the data"
    lead = "Choose photographs, and see what there is of each breed before anything is trained."
    why = (
        "In this set the breed stands in the file's name, and a regular expression takes it out:"
        " everything before the last underscore and number. In the Oxford set and in the drawn"
        " sample a cat's name begins with a capital. A quick look at counts and pictures finds most"
        " mistakes that training would only hide: a pattern that cuts a name in the wrong place, a"
        " breed with ten photographs."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self._all: list[Shown] = []
        self._listed: list[Shown] = []
        self._at = 0
        self.origin = Form(_origin(), pattern=written(self.session.data.pattern))
        self.around = plain(widgets.VBox, css=HIDDEN)
        self.label_file = LabelFile(self.session, self.guarded, lambda: self.origin["pattern"])
        self.progress = Progress(self.guarded(lambda _: self.session.data.reading.stop()))
        self.summary = note()
        self.filter = Form(_filter())
        self.scroller = ThumbnailGrid(self.guarded(self._open))
        self.viewer = Lightbox(self.guarded(lambda step: self._open(self._at + step)))
        self.tree = FolderTree()
        self.sizes = Bars(caption="Photographs by their longer side, in pixels", chooses=True)
        self.counts = Bars(caption=_caption(0), chooses=True)
        rest = plain(widgets.HBox, [self.tree, self.sizes, self.counts], css="petwidgets-columns")
        self.found = plain(
            widgets.VBox, [self.summary, self.filter, self.scroller, rest, self.viewer]
        )
        self.body.children = [
            self.origin, self.around, self.label_file, self.progress, self.found
        ]  # fmt: skip
        self._listen()

    def _listen(self) -> None:
        self.origin.on_press("read", self.guarded(self._read))
        self.origin.observe(self.guarded(lambda _: self._choose()), "values")
        self.filter.observe(self.guarded(lambda _: self._list()), "values")
        self.counts.observe(self.guarded(lambda at: self.filter.set(breed=at["new"])), "chosen")
        for part in (self.sizes, self.tree):
            part.observe(self.guarded(lambda _: self._list()), "chosen")
        self.follow(["data.source", "data.pattern"], self._show_source)
        self.follow(["state", "progress"], self._draw_progress, of=self.session.data.reading)
        self.follow(["data.dataset", "data.reading.problem"], self._draw)
        self.follow(["data.facts", "data.findings"], self._learn)
        self.session.data.look()

    # --- the source ---

    def _show_source(self) -> None:
        source = self.session.data.source
        own = source not in sources.sources()
        here = {"folder": source} if own else {}
        table = table_id(self.session.data.pattern)
        here |= {} if table else {"pattern": self.session.data.pattern}
        self.origin.change("pattern", hidden=bool(table))
        self.label_file.show()
        self.origin.set(source=OWN if own else source, **here)
        self._choose()

    def _choose(self) -> None:
        source = self.origin["source"]
        ready = source == OWN or sources.prepared(source)
        self.origin.change("folder", hidden=source != OWN)
        self.origin.change("read", label="Show" if ready else f"Get them ({_cost(source)})")
        self._offer_folders(own=source == OWN)

    @cached_property
    def folders(self) -> FolderBrowser:
        """The folders of this machine; a page is sent them when it is to choose one."""
        made = FolderBrowser(self._take_folder, self.session.data.check_choice, self._present)
        made.on_msg(self.guarded(lambda _widget, message, _buffers: made.hear(message)))
        return made

    def _offer_folders(self, *, own: bool) -> None:
        """Show the list to whom any folder may be shown, open while no folder is named."""
        offered = own and self.session.data.may_choose_folders
        show(self.around, visible=offered)
        if offered and not self.around.children:
            self.around.children = [self.folders]
            if not self._typed():
                self.folders.hear({"go": "start"})

    def _present(self) -> str:
        """The folder that is typed, or shown."""
        shown = self.session.data.source
        return self._typed() or (shown if shown not in sources.TITLES else "")

    def _typed(self) -> str:
        typed = str(self.origin["folder"])
        chosen = typed == self.session.data.source  # it may end in a space
        return typed if chosen else typed.strip()

    def _take_folder(self, folder: str) -> None:
        self.origin.set(source=OWN, folder=folder)
        self.session.data.read(folder, self.origin["pattern"])

    def _read(self) -> None:
        source = self.origin["source"]
        source = self._typed() if source == OWN else source
        if not source:
            raise Problem("Type the path of a folder that holds photographs.")
        self.session.data.read(source, self.label_file.pattern or self.origin["pattern"])
        self.label_file.waiting = ""

    def _draw_progress(self) -> None:
        done, total = self.session.data.reading.progress
        self.origin.change("read", disabled=self.session.data.reading.under_way)
        if self.session.data.reading.under_way:
            self.progress.show(f"{_amount(done)} of {_amount(total)}", done, total)
        else:
            self.progress.hide()
            self._choose()

    # --- what it holds ---

    def _draw(self) -> None:
        self.heading.problem = self.session.data.reading.problem
        dataset = self.session.data.dataset
        show(self.found, visible=dataset is not None)
        self.folds.code = labels(self.session.data.source, self.session.data.pattern)
        if dataset is None:
            return
        counts = dataset.counts()
        kinds = species_of(counts)
        self.summary.value = _summary(dataset)
        self.counts.caption = _caption(len(counts))
        counts = dict(islice(counts.items(), MOST_BREEDS))
        self.counts.items = [
            {"key": breed, "label": readable(breed), "value": n, "text": str(n),
             "tone": kinds.get(breed, "")}
            for breed, n in counts.items()
        ]  # fmt: skip
        options = [["", "All"], *([breed, readable(breed)] for breed in counts)]
        self.filter.change("breed", options=options)
        self.filter.change("species", options=[*map(list, _species(kinds))], hidden=not kinds)
        self.tree.show(tree(datasets.root(dataset)))
        self._learn(afresh=True)

    def _learn(self, *, afresh: bool = False) -> None:
        dataset = self.session.data.dataset
        if dataset is None:
            return
        self._all = _shown(self.session)
        self.sizes.items = [
            {
                "key": size,
                "label": f"{size} to {int(size) + STEP - 1}",
                "value": n,
                "text": f"{n:,}",
            }
            for size, n in sizes(self._all).items()
        ]
        kinds = sorted({finding.problem for finding in self.session.data.findings or []})
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
        turns = ", one of each breed in turn" * (not choice.breed)
        words = f"{len(self._listed):,} of {len(self._all):,}{turns}"
        caption = words if self._listed else "None is like that: change what you look for."
        labels = {breed: readable(breed) for breed in {one.breed for one in self._listed}}
        self.scroller.show([(one.path, labels[one.breed]) for one in self._listed], caption)

    # --- one photograph ---

    def _open(self, at: int) -> None:
        if not self._listed:  # the viewer may have been left open
            return
        self._at = min(max(0, at), len(self._listed) - 1)
        one = self._listed[self._at]
        jpeg, problem = b"", ""
        try:
            jpeg = encode(read_photo(one.path), LARGE)
        except Problem as said:
            problem = str(said)
        with self.viewer.hold_sync():
            self.viewer.title = f"{readable(one.breed) or 'No breed'}: {one.name}"
            self.viewer.jpeg, self.viewer.problem = jpeg, problem
            self.viewer.facts = [*map(list, _facts(self.session, one))]
            self.viewer.opened = True


def _origin() -> list[Field]:
    known = [(source, sources.title(source)) for source in sources.sources()]
    return [
        choice("source", "Photographs", [*known, (OWN, "A folder of my own")]),
        text("folder", "Folder", placeholder="/path/to/photographs", hidden=True),
        text("pattern", "Breed from the name"),
        button("read", "Show", primary=True),
    ]


def _filter() -> list[Field]:
    shapes = [("", "All"), *((shape, shape) for shape in SHAPES)]
    return [
        text("words", "Search", placeholder=SEARCH, live=True),
        choice("breed", "Breed", [("", "All")]),
        choice("species", "Species", _species({}), hidden=True),
        choice("shape", "Shape", shapes),
        choice("fault", "Problem", [("", "All")], hidden=True),
    ]


def _species(kinds: dict[str, str]) -> list[tuple[str, str]]:
    """What can be chosen of a set, by the species of its breeds."""
    return [("", "All"), *((kind, f"{kind}s") for kind in sorted({*kinds.values()}))]


def _caption(breeds: int) -> str:
    first = f", of the first {MOST_BREEDS:,} of {breeds:,}" if breeds > MOST_BREEDS else ""
    return f"Photographs a breed{first}"


def _summary(dataset: datasets.Dataset) -> str:
    pictures = counted(len(dataset.paths), sources.kind(dataset.source, many=False))
    counts = f"Live, counted just now: {pictures} of {counted(len(dataset.vocab), 'breed')}."
    return " ".join([counts, *take_inventory(dataset).sentences])


def _shown(session: Any) -> list[Shown]:
    dataset = session.data.dataset
    root = datasets.root(dataset)
    faults: dict[str, frozenset[str]] = {}
    for finding in session.data.findings or []:
        faults[finding.file] = faults.get(finding.file, NO_FAULTS) | {finding.problem}
    breeds = dict(zip(dataset.paths, dataset.breeds, strict=True))
    kinds = species_of(dataset.vocab)
    return [
        Shown(
            path,
            path.relative_to(root).as_posix(),
            breeds.get(path, ""),
            session.data.facts.get(path),
            faults.get(str(path), NO_FAULTS) if faults else NO_FAULTS,
            kinds.get(breeds.get(path, ""), ""),
        )
        for path in session.data.paths
    ]


def _facts(session: Any, one: Shown) -> list[tuple[str, str]]:
    train, valid = session.data.sides()
    rows = [("File", one.name)]
    if one.breed:
        sides = {"trained on": train, "validated on": valid}
        side = next((said for said, files in sides.items() if str(one.path) in files), "left out")
        kind = f", a {one.species}" if one.species else ""
        rows += [("Breed", f"{readable(one.breed)}{kind}")]
        rows += [("Split", f"{side} ({SPLITS[session.plan.split]})")]
    if facts := session.data.facts.get(one.path):  # known since, perhaps
        rows += [
            ("Size", f"{facts.width} x {facts.height} pixels, {facts.shape}"),
            ("Format", f"{facts.format}, {counted(facts.bytes, 'byte')}"),
        ]
    found = [f.sentence for f in session.data.findings or [] if f.file == str(one.path)]
    rows += [("Found", sentence) for sentence in found]
    return [*rows, *((name.capitalize(), value) for name, value in exif(one.path).items())]


def _cost(source: str) -> str:
    return "811 MB" if source == sources.OXFORD else "drawn in half a minute"


def _amount(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count > 10**6 else f"{count:,}"
