"""What a run saw in one photograph, and which of its training photographs are like it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from petwidgets.common.formatting import percent, readable
from petwidgets.engine.latest import Latest
from petwidgets.jobs import explain as jobs
from petwidgets.metrics.inspection import compared, spot, worst_first
from petwidgets.metrics.predictions import described
from petwidgets.panels.interpretation.base import InterpretingPanel
from petwidgets.panels.interpretation.cell import worded
from petwidgets.panels.shared.neighbours import Neighbours
from petwidgets.snippets.explain import attention
from petwidgets.widgets.base import note
from petwidgets.widgets.fields import button, choice
from petwidgets.widgets.form import Form
from petwidgets.widgets.gallery import Gallery
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.jobs.explain import Heat

LISTED = 60
"""Photographs in the list, those with the largest losses; Next goes on to the others."""

NO_WEIGHTS = "This run is recorded without its weights: choose one that has them."
NONE_SUCH = "No photograph of this run is {}: look at all of them."

AS_TRAINED = (
    "Probabilities are softmax as trained; Classify divides the activations by a temperature first."
)
APART = 0.005
"""Of two probabilities that rounding, or another processor, does not explain."""

Request = tuple[str, str, tuple[str, ...]]
"""A run's id, a photograph's path, and breeds."""


class InsidePanel(InterpretingPanel):
    """Grad-CAM of a validation photograph, and the training photographs nearest to it.

    Example:
        >>> InsidePanel().run_form["run"]
        'drawn37'
    """

    key = "inside"
    asks = True
    title = "Look inside"
    lead = "Choose a photograph, and see what in it spoke for the class that it was taken for."
    why = (
        "The last layer weighs maps of features, each of which says where in the photograph it"
        " found something. Grad-CAM adds these maps up, each as heavy as the class's activation"
        " would grow with it, and leaves out what speaks against the class. The maps are coarse,"
        " some 7 by 7, so the heat says about where, not what; and heat on the subject does not"
        " make the answer right. The neighbours say what else looks like that to the network."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self._request: Request | None = None
        self.choosing = Form([
            choice("photo", "Photograph, the largest loss first", []),
            button("back", "Previous"), button("on", "Next"),
            button("all", "All photographs", hidden=True),
        ])  # fmt: skip
        self.facts = Table(header=["", "recorded"])
        self.said, self.pictures = note(), Gallery(wide=True)
        self.neighbours = Neighbours(self)
        self.body.children = [
            self.run_form, self.lead_there, self.status, self.choosing, self.said, self.pictures,
            self.facts, self.neighbours,
        ]  # fmt: skip
        self.latest = Latest(self.session.engine, jobs.grad_cam)
        self.choosing.observe(self.guarded(lambda _: self._choose_photo()), "values")
        for name, step in (("back", -1), ("on", 1)):
            self.choosing.on_press(name, self.guarded(functools.partial(self._step, step)))
        self.choosing.on_press("all", self.guarded(self._take_all))
        self.begin("interpretation.cell", "interpretation.looked_at")

    # --- which photograph ---

    @property
    def photo(self) -> str:
        """The name of the chosen one, empty where there is none."""
        kept = self.session.interpretation.looked_at
        return kept if kept in self._names else next(iter(self._names), "")

    def draw(self) -> None:
        """Offer the photographs that are here, else the figures of all; look into the chosen."""
        found, cell = self.interpretation, self.session.interpretation.cell
        order = worst_first(found, cell).tolist()
        if self.places:
            order = [i for i in order if found.files[i] in self.places]
        self._names = [found.files[i] for i in order]
        self.choosing.change("all", hidden=not any(cell))
        options = [
            [found.files[i], _titled(found, i, n)]
            for n, i in enumerate(order, 1)
            if n <= LISTED or found.files[i] == self.photo
        ]
        photo, *steps = self.choosing.fields
        if options != photo["options"]:
            self.choosing.fields = [{**photo, "options": options}, *steps]
        self.choosing.values = {"photo": self.photo}
        facts = described(found, found.files.index(self.photo)) if self.photo else []
        self.facts.rows = [list(fact) for fact in facts]
        self._look(none="" if self.photo else NONE_SUCH.format(worded(cell, found.noun)))

    def _choose_photo(self) -> None:
        if self.choosing["photo"] and self.choosing["photo"] != self.photo:
            self.session.interpretation.looked_at = self.choosing["photo"]

    def _step(self, by: int) -> None:
        if self._names:
            at = self._names.index(self.photo) + by
            self.session.interpretation.looked_at = self._names[
                min(max(0, at), len(self._names) - 1)
            ]

    def _take_all(self) -> None:
        self.session.interpretation.cell = ("", "")

    # --- what the network saw in it ---

    def _look(self, none: str) -> None:
        run, found = self.run, self.interpretation
        request = None
        if self.photo in self.places and run.usable:
            path = str(self.places[self.photo])
            request = (run.id, path, compared(found, found.files.index(self.photo)))
        if request is not None and request == self._request:
            return
        self._request = request
        self.forget_answer()
        self.folds.code = attention(*request) if request else ""
        self.pictures.pictures = []
        self.neighbours.forget()
        self.said.value = NO_WEIGHTS if self.photo and not run.usable else none
        if request is not None:
            self.said.value = f"Looking into {self.photo} ..."
            self.when(
                self.latest.ask(run, *request[1:]),
                self._receive,
                failed=lambda: self._say(""),
                wanted=lambda: self._request is request,  # else a newer question is under way
            )

    def _say(self, said: str) -> None:
        self.said.value = said

    def _receive(self, answer: Heat) -> None:
        self._draw_answer(answer)
        if self._request is not None:
            self.neighbours.ask(self.run, *self._request[1:])

    def _draw_answer(self, answer: Heat) -> None:
        found = self.interpretation
        i = found.files.index(self.photo)
        breeds = compared(found, i)
        own, size = found.vocab[found.targets[i]], answer.size
        right = bool(found.right[i])
        wrong = "Predicted", f"Its own {found.noun}"
        roles = ("Predicted, and right", "Next") if right else wrong
        self.pictures.pictures = [
            {"name": self.photo, "label": f"What the network saw: {size} by {size} pixels",
             "jpeg": answer.seen},
            *({"name": self.photo, "label": _caption(role, breed, answer),
               "jpeg": answer.maps[breed]} for role, breed in zip(roles, breeds, strict=True)),
        ]  # fmt: skip
        self.said.value = (
            f"Live: Grad-CAM of {self.photo}, {readable(own)}. Bright is what speaks for a"
            f" {found.noun}; the brightest place of each picture is its own hottest, so that two"
            f" pictures can't be compared in strength. {AS_TRAINED}{_differs(found, i, answer)}"
        )


def _differs(found: Any, i: int, answer: Heat) -> str:
    """What to say where the file that is here gives other probabilities than were recorded."""
    recorded = {b: float(found.probabilities[i, found.vocab.index(b)]) for b in answer.maps}
    live = answer.probabilities
    breed = next((b for b, p in recorded.items() if abs(live[b] - p) >= APART), "")
    if not breed:
        return ""
    return (
        f" {readable(breed)} has {live[breed]:.4f} here, recorded {recorded[breed]:.4f}: the"
        " file of this name that the run was validated on had other pixels, as in another size or"
        " shape, unless it was computed in half precision."
    )


def _titled(found: Any, i: int, n: int) -> str:
    own, taken = found.vocab[found.targets[i]], found.vocab[found.predictions[i]]
    said = readable(own) if own == taken else f"{readable(own)}, taken for {readable(taken)}"
    return f"{n}. {said}: loss {max(0.0, float(found.losses[i])):.3f}"


def _caption(role: str, breed: str, answer: Heat) -> str:
    probability = percent(answer.probabilities[breed])
    return f"{role}: {readable(breed)}, {probability}; {spot(answer.shares[breed])}"
