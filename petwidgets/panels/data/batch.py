"""Show a batch: `show_batch` as a live grid, and its tensors."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from petwidgets.common.formatting import counted, duration, readable
from petwidgets.common.validate import made
from petwidgets.engine.latest import Latest
from petwidgets.jobs import show_batch as jobs
from petwidgets.jobs.show_batch import MOST, SWITCHES, Showing
from petwidgets.panels.base import Panel
from petwidgets.snippets.data import batch
from petwidgets.widgets.base import note
from petwidgets.widgets.blocker import Blocker
from petwidgets.widgets.fields import button, choice, number, slider, switch
from petwidgets.widgets.form import Form
from petwidgets.widgets.gallery import Gallery
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.jobs.show_batch import ShownBatch
    from petwidgets.widgets.fields import Field

HEADER = ["", "type", "shape", "dtype", "range", "mean", "std"]
STARTING = "The engine is starting: the first batch takes a few seconds."

NONE_YET = "No photographs have been read: there is no batch to show yet."


class BatchPanel(Panel):
    """A grid of what the network is given, with a switch for every transform.

    Example:
        >>> BatchPanel().form["nrows"]
        3
    """

    key = "batch"
    title = "Look at a batch"
    lead = "See what the network is shown, and switch each transform off to learn what it does."
    why = (
        "A network never sees a file: it sees a tensor, normalised, and on the training side"
        " changed a little every time. With one photograph in many augmentations each change"
        " should still be recognisable as the same animal. The validation side only shrinks and"
        " normalises, so that two measurements can be compared."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.form = Form(_fields(), **asdict(Showing()))
        self.lead_there = Blocker(self.session, "browse", "Choose photographs")
        self.status = note()
        self.grid = Gallery()
        self.tensors, self.classes = Table(caption="The tensors", header=HEADER), note()
        self.body.children = [
            self.form, self.lead_there, self.status, self.grid, self.tensors, self.classes,
        ]  # fmt: skip
        self.latest = Latest(self.session.engine, jobs.show)
        self.form.on_press("redraw", self.guarded(self._redraw))
        self.keep(self.form)
        self.form.observe(self.guarded(lambda _: self._ask()), "values")
        self.follow("data.followed", self._take)
        self.follow("data.dataset", self._ask)
        self.session.data.look()

    def _redraw(self) -> None:
        self.form.set(seed=self.form["seed"] + 1)

    def _take(self) -> None:
        """Show the photograph that is followed in many augmentations."""
        if self.session.data.followed_path:
            self.form.set(unique=True, part="train")
            self._ask()

    def _settings(self) -> Showing:
        dataset, followed = self.session.data.dataset, self.session.data.followed_path
        first = self.form["unique"] and dataset is not None and followed in dataset.paths
        name = dataset.name(followed) if first and dataset and followed else ""
        return made(Showing, {**self.form.values, "first": name})

    def _ask(self) -> None:
        source, pattern = self.session.data.source, self.session.data.pattern
        settings = self._settings()
        self.folds.code = batch(source, pattern, settings)
        there = self.session.data.dataset is not None
        self.lead_there.sentence = NONE_YET if not there else ""
        if not there:
            self._blank()
        else:
            self.status.value = self.status.value or STARTING
            future = self.latest.ask(source, pattern, settings)
            self.when(future, self._draw, failed=self._blank)

    def _blank(self) -> None:
        self.forget_answer()
        self.status.value = self.classes.value = ""
        self.grid.pictures = self.tensors.rows = []

    def _draw(self, found: ShownBatch) -> None:
        with self.grid.hold_sync():
            self.grid.columns = self.form["ncols"]
            self.grid.pictures = [
                {"name": one.file, "label": readable(one.label), "jpeg": one.jpeg}
                for one in found.pictures
            ]
        x, y, of = found.x, found.y, found.spread
        spread = [f"{of.low:.2f} to {of.high:.2f}", f"{of.mean:.2f}", f"{of.std:.2f}"]
        classes = f"{min(found.values)} to {max(found.values)}"
        self.tensors.rows = [
            ["x", x.type, str(x.shape), x.dtype, *spread],
            ["y", y.type, str(y.shape), y.dtype, classes, "", ""],
        ]
        self.classes.value = _numbered(len(found.vocab))
        self.status.value = (
            f"Live, by fastai in {duration(found.seconds)}, a batch of"
            f" {len(found.pictures)}: {', '.join(found.transforms)}. {found.remark}"
        )


def _numbered(classes: int) -> str:
    """What the numbers of y are."""
    return (
        f"y holds class numbers, places in the vocab: of {counted(classes, 'class')} they may be 0"
        f" to {classes - 1:,}. Ranges are of this batch."
    )


def _fields() -> list[Field]:
    parts = [("train", "train"), ("valid", "validation")]
    return [
        choice("part", "Side", parts),
        slider("nrows", "nrows", 1, MOST),
        slider("ncols", "ncols", 1, MOST),
        number("seed", "Seed", 0, 10**6),
        switch("unique", "One photograph, many augmentations (unique)"),
        *(switch(name, name) for name in SWITCHES),
        button("redraw", "Redraw", primary=True),
    ]
