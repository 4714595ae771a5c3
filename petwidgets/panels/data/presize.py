"""One photograph under the microscope: transforms composed on the large picture, or one by one."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import percent
from petwidgets.common.validate import made
from petwidgets.data.image import encode, read_photo
from petwidgets.data.metadata import facts
from petwidgets.engine.latest import Latest
from petwidgets.jobs import photograph_path
from petwidgets.jobs import presize as jobs
from petwidgets.jobs.presize import METHODS, PAD_MODES, Presizing
from petwidgets.panels.base import Panel
from petwidgets.panels.data.photograph_path import PhotographPath
from petwidgets.snippets.data import presizing
from petwidgets.widgets.base import note, plain, show
from petwidgets.widgets.blocker import Blocker
from petwidgets.widgets.crop_overlay import CropOverlay
from petwidgets.widgets.fields import button, choice, number, slider, switch
from petwidgets.widgets.form import Form
from petwidgets.widgets.gallery import Gallery
from petwidgets.widgets.loupe import Loupe
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from petwidgets.jobs.presize import Figures, Presized
    from petwidgets.widgets.crop_overlay import RegexText
    from petwidgets.widgets.fields import Field
    from petwidgets.widgets.gallery import Picture
    from petwidgets.widgets.loupe import Magnified

SMALL = 240
"""Pixels of a side at which `Resize`'s squares are shown; whole ones are half a megabyte."""

LARGE = 500
"""The longer side of the photograph in pixels while its crops are computed."""

FACE = "Great_Northern_Muffler_10.jpg"
"""A picture of the drawn sample: a square with one large face, and whiskers."""

TRIED = 30
"""Photographs of another set of which the squarest is shown first."""

FIGURES = ["", "made-up pixels", "sharpness kept", "interpolations"]
METHOD_NAMES = [(name, name) for name in METHODS]
PAD_NAMES = [(name, name) for name in PAD_MODES]

NONE_YET = "No photographs have been read: there is none to look at yet."


class PresizePanel(Panel):
    """Sliders for the draws, both results under one loupe, and figures on what was lost.

    Example:
        >>> PresizePanel().form["presize"]
        460
    """

    key = "presize"
    title = "Presizing microscope"
    lead = "Turn and warp one photograph both ways, and look at the whiskers through the loupe."
    why = (
        "Each operation that moves pixels makes new ones between the old ones, which blurs, and"
        " turning a picture leaves corners that have to be made up. fastai crops a square larger"
        " than needed, composes all operations into one map, and samples once: the corners lie"
        " outside of the part that is kept, and pixels are only made new twice, whatever is done."
        " It pays where the first square is clearly larger than the last; made equal, most of the"
        " gain is gone."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self._at = 0
        self.form = Form(_fields(), **asdict(Presizing()))
        self.lead_there = Blocker(self.session, "browse", "Choose photographs")
        self.where, self.status = note(), note()
        self.crops, self.loupe = CropOverlay(), Loupe()
        self.figures = Table(header=FIGURES)
        self.squares = Gallery(caption="What Resize makes of it, once for each side", columns=2)
        self.steps = Loupe(power=2)
        self.cut = plain(widgets.HBox, [self.crops, self.squares], css="petwidgets-columns")
        one_by_one = note("One operation after another, on the small picture:")
        self._parts = [self.loupe, self.figures, self.status, self.cut, one_by_one, self.steps]
        self.result = plain(widgets.VBox, self._parts)
        show(self.result, visible=False)
        self.body.children = [self.form, self.lead_there, self.where, self.result]
        self.latest = Latest(self.session.engine, jobs.microscope)
        self.path = PhotographPath()
        self.timings = Latest(self.session.engine, photograph_path.follow)
        self._listen()

    def _listen(self) -> None:
        self.form.on_press("another", self.guarded(lambda: self._turn(1)))
        self.form.on_press("elsewhere", self.guarded(self._crop_elsewhere))
        self.keep(self.form)
        self.form.observe(self.guarded(lambda _: self._ask()), "values")
        self.follow(["data.dataset", "data.followed"], self._arrive)
        self.session.data.look()

    def _crop_elsewhere(self) -> None:
        self.form.set(seed=self.form["seed"] + 1)

    def _arrive(self) -> None:
        dataset = self.session.data.dataset
        self.lead_there.sentence = NONE_YET if dataset is None else ""
        followed = self.session.data.followed_path
        if dataset and followed in dataset.paths:
            self._at = dataset.paths.index(followed)
        else:
            self._at = _first(dataset.paths) if dataset else 0
        self._ask()

    def _turn(self, step: int) -> None:
        if self.session.data.dataset is None:
            raise Problem("There are no photographs yet: choose some in Look at the data.")
        self._at = (self._at + step) % len(self.session.data.dataset.paths)
        self._ask()

    def _ask(self) -> None:
        dataset = self.session.data.dataset
        path = dataset.paths[self._at] if dataset else None
        said = {name: value for name, value in self.form.values.items() if name != "follow"}
        settings = made(Presizing, said)
        self.folds.code = presizing(str(path or "photo.jpg"), settings)
        if path is None:
            self._blank()
        else:
            if not self.loupe.pictures:  # torch is imported for the first one
                self.where.value = "The engine is starting: the first picture takes a few seconds."
                self._show_alone(path)
            ask = self.latest.ask(str(path), settings)
            self.when(
                ask,
                lambda found: self._draw(found, path, settings),
                failed=lambda: self._fail(path),
            )

    def _fail(self, path: Path) -> None:
        """Take the crops away; the photograph itself can be shown without torch."""
        self._blank()
        self._show_alone(path)

    def _show_alone(self, path: Path) -> None:
        """Show the photograph as long as nothing is known of its crops."""
        self.crops.jpeg, self.crops.boxes = encode(read_photo(path), LARGE), []
        self._show(found=False)

    def _show(self, *, found: bool) -> None:
        """Show the result, or the photograph alone."""
        show(self.result, visible=True)
        way = [self.path] * self.form["follow"]
        self.result.children = [*way, *self._parts] if found else [self.cut]
        self.cut.children = [self.crops, *[self.squares] * found]

    def _blank(self) -> None:
        self.forget_answer()
        self.where.value = ""
        show(self.result, visible=False)

    def _draw(self, found: Presized, path: Path, settings: Presizing) -> None:
        if self.form["follow"]:  # only now: it measures times, and the picture has the engine first
            self.when(self.timings.ask(str(path), settings), self.path.show)
        name = path.name
        shape = f"{found.width} x {found.height} pixels"
        self.where.value = f"Live, by fastai's own transforms: {name}, {shape}."
        with self.crops.hold_sync():
            self.crops.jpeg, self.crops.boxes = found.original, _boxes(found)
            self.crops.caption = METHODS[self.form["method"]]
        self.squares.pictures = _squares(found)
        self.loupe.pictures = _pictures(found, self.form["presize"], self.form["size"])
        self.steps.pictures = [{"title": name, "text": "", "png": png} for name, png in found.steps]
        self.figures.rows = [
            _row("composed, sampled once", found.composed_figures),
            _row("one operation after another", found.stepwise_figures),
        ]
        self.status.value = BASIS
        self._show(found=True)


BASIS = (
    "Sharpness is the detail (root mean square of the Laplacian) that is left of what the same map,"
    " taken from the full-size photograph with averaging, would show; above 100 % is jaggedness."
)


def _first(paths: Sequence[Path]) -> int:
    """The photograph to begin with: one whose crop shows most of it, a face if possible."""
    if known := [i for i, path in enumerate(paths) if path.name == FACE]:
        return known[0]
    middle = len(paths) // 2
    tried = range(middle, min(middle + TRIED, len(paths)))
    return min(tried, key=lambda i: _oblong(paths[i]), default=0)


def _oblong(path: Path) -> float:
    """How far a photograph is from a square; infinitely, if its header can't be read."""
    try:
        found = facts(path)
    except Problem:
        return math.inf
    return abs(math.log(found.width / found.height))


def _fields() -> list[Field]:
    return [
        slider("rotate", "Rotation", -45, 45, unit="°"),
        slider("zoom", "Zoom", 0.8, 2, 0.05),
        slider("warp", "Warp", -0.5, 0.5, 0.05),
        slider("presize", "First square", 32, 640, 4, unit=" px"),
        slider("size", "What the network sees", 32, 384, 4, unit=" px"),
        choice("method", "To a square by", METHOD_NAMES),
        choice("pad_mode", "Where there is no picture", PAD_NAMES),
        number("seed", "Seed of the random crop", 0, 10**6),
        button("elsewhere", "Crop elsewhere"),
        button("another", "Next photograph"),
        switch("follow", "Follow it to the network"),
    ]


def _boxes(found: Presized) -> list[RegexText]:
    return [
        {"label": "train: random", "box": found.train_crop, "tone": "train"},
        {"label": "validate: centre", "box": found.valid_crop, "tone": "valid"},
    ]


def _squares(found: Presized) -> list[Picture]:
    sides = [
        ("train", "to train on: random", found.train),
        ("valid", "to validate on: centre", found.valid),
    ]
    return [
        {"name": side, "label": label, "jpeg": encode(read_photo(png), SMALL)}
        for side, label, png in sides
    ]


def _pictures(found: Presized, first: int, last: int) -> list[Magnified]:
    return [
        {"title": "Composed", "png": found.composed,
         "text": f"Resize({first}), then one map to {last} pixels, as fastai does it"},
        {"title": "One after another", "png": found.stepwise,
         "text": f"Resize({last}), then each operation on {last} pixels"},
    ]  # fmt: skip


def _row(title: str, figures: Figures) -> list[str]:
    shares = [percent(figures.made_up), f"{100 * figures.sharpness:.0f} %"]
    return [title, *shares, str(figures.interpolations)]
