"""A closer look at one classified photograph: each is computed once, when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import ipywidgets as widgets
import numpy as np

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import percent, plural, readable
from petwidgets.jobs import classify, explain
from petwidgets.metrics.inspection import spot
from petwidgets.metrics.loss_batch import OWN, Workbench
from petwidgets.panels.classify.answer import bars, words
from petwidgets.panels.shared.neighbours import Neighbours
from petwidgets.session import model_batch
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import PLAIN, VBox, note, plain
from petwidgets.widgets.fields import button, choice
from petwidgets.widgets.form import Form
from petwidgets.widgets.gallery import Gallery
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from petwidgets.jobs.classify import Answer, RejectionRules, Views
    from petwidgets.jobs.explain import Heat
    from petwidgets.metrics.loss_batch import Batch
    from petwidgets.panels.base import Panel
    from petwidgets.runs.run import Run
    from petwidgets.session.photographs import Brought

R = TypeVar("R")

QUIET = ["quiet"] * 5
TABS = ("heat", "nearest", "views", "rejection_rules")
HEADER = ["way to say no", "score", "an answer needs", "here"]


class Details(VBox):
    """Buttons like tabs, and what belongs to the pressed one: pictures, bars, or a table.

    What was computed of the photograph is kept while it is shown.

    Args:
        panel: whose session is asked, and where problems are said.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._shown: tuple[Brought, Answer] | None = None
        self._found: dict[tuple[str, ...], Any] = {}
        self._tab, self._noun = "", ""
        self._row: Batch | None = None
        self.form = Form(
            [button("heat", ""),
             button("nearest", "Most alike in training"),
             button("views", "Average ten views"),
             button("rejection_rules", "Other ways to say no"),
             choice("breed", "It really is", []), button("loss", "Its row of the loss")],
        )  # fmt: skip
        self.said = note()
        self.gallery, self.bars, self.table = Gallery(), Bars(longest=1.0), Table(header=HEADER)
        self.found = plain(widgets.VBox, [self.gallery, self.bars, self.table])
        self.neighbours = Neighbours(panel)
        super().__init__([self.form, self.said, self.found, self.neighbours], layout=PLAIN)
        asks = {"heat": self._heat, "nearest": self._nearest, "views": self._views,
                "rejection_rules": self._rejection_rules, "loss": self._loss}  # fmt: skip
        for name, ask in asks.items():
            self.form.on_press(name, panel.guarded(ask))

    def show(self, one: Brought, answer: Answer) -> None:
        """Offer a closer look at a classified photograph."""
        if self._shown == (one, answer):
            return  # what is looked at stays
        self._shown, self._found = (one, answer), {}
        self._open("")
        session = self._panel.session
        run = session.runs.get(answer.run)
        self._noun = run.noun
        with self.form.hold_sync():
            self.form.change("heat", label=f"Where it looked, for two {plural(run.noun)}")
            self.form.change("breed", options=[[b, readable(b)] for b in run.info["vocab"]])
            self.form.set(breed=answer.decision.breed)
            self.form.change("loss", hidden=not session.lesson)

    def forget(self) -> None:
        """Keep nothing of the photograph, nor of its row in the loss workbench."""
        self._shown, self._found = None, {}
        self._open("")
        self.form.change("breed", options=[])
        session, row = self._panel.session, self._row
        self._row = None
        if row is not None and session.model_batch is row:
            session.model_batch = None
            if session.bench.preset == OWN:
                session.bench = Workbench()

    def _open(self, tab: str) -> None:
        """Mark the pressed button, and show nothing yet."""
        self._tab = tab
        self._tell("")
        for name in TABS:
            self.form.change(name, primary=name == tab)

    def _tell(self, said: str, **shown: Any) -> None:
        self.said.value = said
        self.neighbours.forget()
        with self.gallery.hold_sync():
            self.gallery.pictures = shown.get("pictures", [])
            self.gallery.caption = shown.get("caption", "")
        self.bars.items = shown.get("bars", [])
        self.bars.caption = shown.get("bars_caption", "")
        self.table.rows = shown.get("rows", [])

    def _chosen(self) -> tuple[Brought, Answer, Run]:
        """The photograph, what was said of it, and the run that did.

        Raises:
            Problem: there is none any more, or the run is gone.
        """
        if self._shown is None:
            raise Problem("No photograph is chosen: drop one, or choose one above.")
        one, answer = self._shown
        return one, answer, self._panel.session.runs.get(answer.run)

    def _ask(
        self,
        tab: str,
        send: Callable[[Run, bytes], Future[R]],
        draw: Callable[[R], None],
        *of: str,
    ) -> None:
        """Show what a job answers about the photograph; `of` is what it is asked beside."""
        one, _, run = self._chosen()
        self._open(tab)
        if (tab, *of) in self._found:
            draw(self._found[(tab, *of)])
            return
        self._tell("Looking again ...")

        def answered(found: R) -> None:
            self._found[(tab, *of)] = found
            if self._tab == tab:  # else it is shown when its button is pressed again
                self._tell("")
                draw(found)

        def failed() -> None:
            if self._tab == tab:
                self._tell("")

        self._panel.when(
            send(run, one.photo),
            answered,
            failed=failed,
            # else another photograph is looked at meanwhile
            wanted=lambda: self._shown is not None and self._shown[0] is one,
            about=one.name,
        )

    # --- Grad-CAM ---

    def _heat(self) -> None:
        first, second = (breed for breed, _ in self._chosen()[1].decision.top[:2])
        own = self.form["breed"]
        breeds = [first, own if own != first else second]
        quick = self._panel.session.engine.quick
        self._ask(
            "heat",
            lambda run, photo: quick(explain.grad_cam, run, photo, breeds),
            self._draw_heat,
            *breeds,
        )

    def _draw_heat(self, found: Heat) -> None:
        self._tell(
            f"Live: Grad-CAM. Bright is what speaks for a {self._noun}; the brightest place of each"
            " picture is its own hottest, so that two pictures can't be compared in strength.",
            pictures=[
                {
                    "name": breed,
                    "label": f"{readable(breed)}: {spot(found.shares[breed])}",
                    "jpeg": jpeg,
                }
                for breed, jpeg in found.maps.items()
            ],
        )

    # --- neighbours ---

    def _nearest(self) -> None:
        one, answer, run = self._chosen()
        self._open("nearest")
        self.neighbours.ask(run, one.photo, [answer.decision.breed])

    # --- ten views ---

    def _views(self) -> None:
        quick = self._panel.session.engine.quick
        self._ask("views", lambda run, photo: quick(classify.views, run, photo), self._draw_views)

    def _draw_views(self, found: Views) -> None:
        decision = found.decision
        said = " ".join(sentence for sentence in words(decision) if sentence)
        agree = sum(breed == decision.breed for breed, _ in found.breeds)
        self._tell(
            f"Live: the mean of the middle square and ten others: {said.rstrip('.')}."
            f" {agree} of the ten {'says' if agree == 1 else 'say'} {readable(decision.breed)}.",
            pictures=[
                {"name": f"view {i}", "label": f"{readable(breed)} {percent(p)}", "jpeg": jpeg}
                for i, ((breed, p), jpeg) in enumerate(
                    zip(found.breeds, found.pictures, strict=True), 1
                )
            ],
            bars=bars(decision.top, QUIET),
            bars_caption="The most probable of this mean, five at most",
        )

    # --- other rules ---

    def _rejection_rules(self) -> None:
        quick = self._panel.session.engine.quick
        self._ask(
            "rejection_rules",
            lambda run, photo: quick(classify.rejection_rules, run, photo),
            self._draw_rejection_rules,
        )

    def _draw_rejection_rules(self, found: RejectionRules) -> None:
        self._tell(
            f"Live. Each way gives up {percent(found.lost)} of the right answers on the"
            f" validation photographs. The chapter suggests the last one: a sigmoid for each"
            f" {self._noun}, so that all may say no; it is fitted here on the features of these"
            " photographs.",
            rows=[
                [
                    rule.name,
                    f"{rule.score:.3f}",
                    f"{rule.least:.3f}",
                    "answers" if rule.score >= rule.least else "refuses",
                ]
                for rule in found.rules
            ],
            bars=bars(found.breeds, QUIET),
            bars_caption="The five largest sigmoids, which need not add to one",
        )

    # --- its loss ---

    def _loss(self) -> None:
        one, answer, run = self._chosen()
        session = self._panel.session
        activations = np.array([answer.activations], np.float32)
        cold = answer.decision.temperature
        self._row = model_batch.brought(one.name, activations, self.form["breed"], run, cold)
        session.model_batch = self._row
        session.bench = Workbench(OWN)
        session.lesson = "loss"
