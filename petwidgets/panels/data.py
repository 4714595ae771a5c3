"""Where photographs come from, how many of each breed there are, and what they look like."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.data import dataset as datasets
from petwidgets.data.labels import species
from petwidgets.data.thumbnails import cached
from petwidgets.lessons.snippets import labels
from petwidgets.problem import Problem
from petwidgets.ui.bars import Bars
from petwidgets.ui.gallery import Gallery
from petwidgets.ui.panel import Panel
from petwidgets.ui.part import HIDDEN, controls, note, plain, show
from petwidgets.ui.progress import Progress
from petwidgets.ui.wording import readable

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 24
ALL = "All breeds"
OWN = "A folder of my own"


class DataPanel(Panel):
    """A source, its counts a breed, and a page of thumbnails.

    Example:
        >>> DataPanel().page
        0
    """

    key = "data"
    title = "Look at the data"
    lead = "Choose photographs, and see what there is of each breed before anything is trained."
    why = (
        "In this set the breed stands in the file's name, and a regular expression takes it out:"
        " everything before the last underscore and number. A name that begins with a capital is"
        " a cat's. A quick look at counts and pictures finds most mistakes that training would"
        " only hide: a pattern that cuts a name in the wrong place, a breed with ten photographs."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.page = 0
        self.source = plain(widgets.Dropdown, description="Photographs", options=_options())
        hint = "/path/to/photographs"
        self.folder = plain(widgets.Text, description="Folder", placeholder=hint, css=HIDDEN)
        pattern = self.session.pattern
        self.pattern = plain(widgets.Text, description="Breed from the name", value=pattern)
        self.read = plain(widgets.Button, description="Show", button_style="primary")
        self.read.on_click(self.guarded(self._read))
        self.progress = Progress(self.guarded(lambda _: self.session.stop_reading()))
        self.summary = note()
        self.counts = Bars(caption="Photographs a breed")
        self.breed = plain(widgets.Dropdown, description="Breed", options=[ALL])
        self.back, self.on = (
            plain(widgets.Button, description=text) for text in ("Previous", "Next")
        )
        self.gallery = Gallery()
        self._arrange()
        self._listen()

    def _arrange(self) -> None:
        self.found = plain(widgets.VBox, [
            self.summary, controls(self.breed, self.back, self.on), self.gallery, self.counts
        ])  # fmt: skip
        self.body.children = [
            controls(self.source, self.folder, self.pattern, self.read), self.progress, self.found
        ]  # fmt: skip

    def _listen(self) -> None:
        self.source.observe(self.guarded(lambda _: self._choose()), "value")
        self._choose()
        self.breed.observe(self.guarded(lambda _: self._turn(-self.page)), "value")
        self.back.on_click(self.guarded(lambda _: self._turn(-1)))
        self.on.on_click(self.guarded(lambda _: self._turn(1)))
        self.follow(["source", "pattern"], self._show_choice)
        self.follow(["reading", "progress"], self._draw_progress)
        self.follow(["dataset", "dataset_problem"], self._draw)

    def _show_choice(self) -> None:
        source = self.session.source
        known = source in datasets.sources()
        if not known:
            self.folder.value = source
        self.source.value = source if known else OWN
        self.pattern.value = self.session.pattern

    def _choose(self) -> None:
        show(self.folder, visible=self.source.value == OWN)
        here = self.source.value == OWN or datasets.prepared(self.source.value)
        self.read.description = "Show" if here else f"Get them ({_cost(self.source.value)})"

    def _read(self, _button: Any) -> None:
        source = self.folder.value.strip() if self.source.value == OWN else self.source.value
        if not source:
            raise Problem("Type the path of a folder that holds photographs.")
        self.session.read(source, self.pattern.value)

    def _draw_progress(self) -> None:
        done, total = self.session.progress
        self.read.disabled = self.session.reading
        if not self.session.reading:
            self.progress.hide()
            self._choose()
        else:
            self.progress.show(f"{_amount(done)} of {_amount(total)}", done, total)

    def _draw(self) -> None:
        self.heading.problem = self.session.dataset_problem
        dataset = self.session.dataset
        show(self.found, visible=dataset is not None)
        self.folds.code = labels(self.session.source, self.session.pattern)
        if dataset is None:
            return
        counts = dataset.counts()
        left_out = f" {len(dataset.unmatched)} don't match and are left out." * bool(
            dataset.unmatched
        )
        self.summary.value = (
            f"Live, counted just now: {len(dataset.paths):,} {datasets.kind(dataset.source)} of"
            f" {len(counts)} breeds.{left_out}"
        )
        self.counts.items = [
            {"label": readable(breed), "value": n, "text": str(n), "tone": species(breed)}
            for breed, n in counts.items()
        ]
        self.breed.options = [ALL, *counts]
        self._turn(-self.page)

    def _chosen(self) -> list[tuple[Path, str]]:
        dataset = self.session.dataset
        if dataset is None:
            return []
        pairs = zip(dataset.paths, dataset.breeds, strict=True)
        if self.breed.value == ALL:
            # One of each breed in turn: a first page of one breed would say little of the set.
            return _in_turn(list(pairs))
        return [(path, breed) for path, breed in pairs if breed == self.breed.value]

    def _turn(self, pages: int) -> None:
        chosen = self._chosen()
        last = max(0, (len(chosen) - 1) // PAGE)
        self.page = min(max(0, self.page + pages), last)
        self.back.disabled, self.on.disabled = self.page == 0, self.page == last
        self.gallery.caption = f"Page {self.page + 1} of {last + 1}"
        part = chosen[self.page * PAGE : (self.page + 1) * PAGE]
        # Decoding 24 photographs takes a quarter of a second: not while the kernel answers clicks.
        self._part = part
        threading.Thread(target=self._fill, args=(part,), daemon=True).start()

    def _fill(self, part: list[tuple[Path, str]]) -> None:
        pictures = [_picture(path, breed) for path, breed in part]
        if part is self._part:
            self.gallery.pictures = pictures


def _options() -> list[tuple[str, str]]:
    return [*((datasets.title(source), source) for source in datasets.sources()), (OWN, OWN)]


def _picture(path: Path, breed: str) -> dict[str, Any]:
    known = {"name": path.name, "label": readable(breed)}
    try:
        return {**known, "jpeg": cached(path)}
    except Problem as problem:
        return {**known, "problem": str(problem)}


def _in_turn(pairs: list[tuple[Path, str]]) -> list[tuple[Path, str]]:
    seen: dict[str, int] = {}
    order = []
    for path, breed in pairs:
        seen[breed] = seen.get(breed, 0) + 1
        order.append((seen[breed], breed, path))
    return [(path, breed) for _, breed, path in sorted(order)]


def _cost(source: str) -> str:
    return "811 MB" if source == datasets.OXFORD else "drawn in half a minute"


def _amount(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count > 10**6 else f"{count:,}"
