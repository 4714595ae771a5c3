"""Try a regular expression that takes the label from a file's name."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, readable
from petwidgets.data.label_report import PUZZLE, Labelling, expected, label_all
from petwidgets.data.label_store import said
from petwidgets.data.labels import spans
from petwidgets.data.regex_words import explained
from petwidgets.data.species import species_of
from petwidgets.panels.base import Panel
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER, table_id, written
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.snippets.training import labels
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import note, plain, show
from petwidgets.widgets.blocker import Blocker
from petwidgets.widgets.fields import button, text
from petwidgets.widgets.form import Form
from petwidgets.widgets.regex_text import RegexText
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 45
"""Classes that are drawn; a page needs not be sent hundreds of them."""

EXAMPLES = 4

NONE_YET = "No photographs have been read: there is no set to label yet."


class LabelPanel(Panel):
    """An expression and a name, highlighted while typing, and the labels of the whole set.

    Example:
        >>> panel = LabelPanel()
        >>> panel.form.set(name="beagle_75.jpg")
        >>> panel.marked.spans[1]
        (1, 0, 6)
    """

    key = "label"
    title = "Label by file name"
    lead = "Change the expression, and watch which part of a name becomes the label."
    why = (
        "`(.+)` takes as much as it can and gives back only what the rest needs in order to match."
        " With an underscore before `\\d+` the label ends where the number begins. Without it one"
        " digit is enough for `\\d+`, the others go to the label: every tenth photograph has a"
        " class of its own, and all names match, so that no error tells. Hence the counts: how"
        " many classes there are says more than whether the expression matches."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.form = Form(
            [
                text("pattern", "Regular expression", live=True),
                text("name", "A file's name", live=True),
                button("use", "Use it for training", primary=True),
                button("chapter", "The chapter's"),
                button("puzzle", "A puzzle: one character is missing"),
            ],
            pattern=written(self.session.data.pattern),
            name="great_pyrenees_173.jpg",
        )
        self.marked = RegexText()
        self.lead_there = Blocker(self.session, "browse", "Choose photographs")
        self.verdict = note()
        self.compared = Table(caption="The whole set, labelled both ways", header=HEADER)
        self.faults = Table(caption="What looks wrong", header=["what", "how many", "examples"])
        self.counts = Bars()
        self.whole = plain(
            widgets.VBox, [self.verdict, self.compared, self.faults, self.counts]
        )  # fmt: skip
        self.body.children = [self.form, self.marked, self.lead_there, self.whole]
        self._listen()

    def _listen(self) -> None:
        self.form.on_press("use", self.guarded(self._use))
        for name, pattern in (("chapter", CHAPTER_PATTERN), ("puzzle", PUZZLE)):
            self.form.on_press(name, self.guarded(lambda p=pattern: self.form.set(pattern=p)))
        self.keep(self.form, private=("name",))
        self.form.observe(self.guarded(lambda _: self._draw()), "values")
        self.follow(["data.paths", "data.dataset"], self._arrive)
        self.session.data.look()

    def _use(self) -> None:
        paths = self.session.data.paths
        found = label_all(paths, self.form["pattern"])  # an unsound one is said, not used
        if paths and not found.matched:
            raise Problem("This expression matches no name: what is in use stays in use.")
        self.session.data.read(self.session.data.source, self.form["pattern"])

    def _arrive(self) -> None:
        paths = self.session.data.paths
        known = self.session.store.get(SHIPPED_ID).info["vocab"]
        self._expected = expected((path.name for path in paths), known)
        self.lead_there.sentence = NONE_YET if not paths else ""
        if paths and self.form["name"] not in {path.name for path in paths}:
            self.form.set(name=paths[len(paths) // 2].name)
        self._draw()

    def _draw(self) -> None:
        """Show what the fields say; nothing of it where the expression is not sound."""
        pattern, name = self.form["pattern"], self.form["name"]
        try:
            marked = self._marked(name, pattern)
            parts = [] if pattern == PARENT_FOLDER else explained(name, pattern)
            found = label_all(self.session.data.paths, pattern)
        except Problem:
            self._blank()
            raise
        self.marked.mark(*marked, parts)
        self.folds.code = labels(self.session.data.source, pattern)
        show(self.whole, visible=bool(self.session.data.paths))
        if self.session.data.paths:
            self._draw_whole(found)

    def _marked(self, name: str, pattern: str) -> tuple[str, list[tuple[int, int, int]]]:
        """A name and its parts; by folder, with the folder before it where that is known."""
        if pattern != PARENT_FOLDER:
            return name, spans(name, pattern)
        folder = next(
            (path.parent.name for path in self.session.data.paths if path.name == name), ""
        )
        whole = [(group, 0, len(folder)) for group in (0, 1)]
        return (f"{folder}/{name}", whole) if folder else ("", [])

    def _blank(self) -> None:
        self.marked.mark("", [])
        self.folds.code = self.verdict.value = self.counts.caption = ""
        self.compared.rows = self.faults.rows = self.counts.items = []
        show(self.whole, visible=False)

    def _draw_whole(self, found: Labelling) -> None:
        total = len(self.session.data.paths)
        self.verdict.value = (
            f"Live: {counted(total, 'name')} labelled in {1000 * found.seconds:.0f} ms."
            f" {_verdict(found, self._expected)} {IN_USE if self._is_used() else NOT_YET}"
        )
        folders = label_all(self.session.data.paths, PARENT_FOLDER)
        # Where the names speak of no breed that is known, there is no number to expect.
        self.compared.header = [name for name in HEADER if self._expected or name != EXPECTED]
        self.compared.rows = [
            _row("by this expression", found, self._expected),
            _row("by parent folder", folders, self._expected),
            *self._by_table(),
        ]
        self.faults.rows = _faults(found, self._expected)
        shown = list(islice(found.counts.items(), MOST))
        more = f"; the {MOST} largest of {len(found.counts):,}" * (len(found.counts) > MOST)
        self.counts.caption = f"Photographs per class{more}"
        kinds = species_of(found.counts)
        self.counts.items = [
            {"label": readable(breed), "value": n, "text": f"{n:,}", "tone": kinds.get(breed, "")}
            for breed, n in shown
        ]

    def _is_used(self) -> bool:
        data = self.session.data
        return data.dataset is not None and data.pattern == self.form["pattern"]

    def _by_table(self) -> list[list[str]]:
        """Describe the table of labels in use."""
        used, dataset = self.session.data.pattern, self.session.data.dataset
        if not table_id(used) or dataset is None:
            return []
        paths = [path.relative_to(dataset.folder) for path in self.session.data.paths]
        found = label_all(paths, used)
        return [_row(f"in use: {said(used)}", found, self._expected)]


IN_USE = "It is in use: the lessons and the next training have their labels from it."
NOT_YET = "It is not in use yet."

EXPECTED = "expected"
HEADER = ["", "match", "don't", "classes", EXPECTED, "smallest class", "largest class"]


def _verdict(found: Labelling, breeds: list[str]) -> str:
    if not found.matched:
        return "It matches no name at all."
    classes, spoken = counted(len(found.counts), "class"), counted(len(breeds), "breed")
    if not breeds:
        return f"{classes}; only you know how many there should be."
    if set(found.counts) == set(breeds):
        all_are = f"All {spoken} that the names speak of are"
        one_is = "The one breed that the names speak of is"
        return f"{all_are if len(breeds) > 1 else one_is} found, and nothing else."
    return f"{classes}, but the names speak of {spoken}."


def _row(name: str, found: Labelling, breeds: list[str]) -> list[str]:
    ends = [f"{readable(breed)}: {count:,}" for breed, count in found.extremes or ()]
    counts = [f"{found.matched:,}", f"{len(found.unmatched):,}", f"{len(found.counts):,}"]
    expected = [f"{len(breeds)}"] if breeds else []
    return [name, *counts, *expected, *(ends or ["none", "none"])]


def _faults(found: Labelling, breeds: list[str]) -> list[list[str]]:
    wrong = [name for name in found.counts if name not in breeds] if breeds else []
    lost = [breed for breed in breeds if breed not in found.counts]
    kinds = [
        ("names without a match", found.unmatched),
        ("classes that are no breed", [f"{name} ({found.first[name]})" for name in wrong]),
        ("breeds that are not found", lost),
        ("classes of one photograph", [f"{name} ({found.first[name]})" for name in found.singles]),
    ]
    return [[what, f"{len(which):,}", _examples(which)] for what, which in kinds if which]


def _examples(which: Iterable[str]) -> str:
    names = list(which)
    return ", ".join(names[:EXAMPLES]) + ", ..." * (len(names) > EXAMPLES)
