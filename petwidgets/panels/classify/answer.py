"""Show an answer: the photograph, the square that the network saw, and breeds or a doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from petwidgets.common.formatting import percent, readable
from petwidgets.metrics.calibration import worth
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import PLAIN, HBox, note, plain
from petwidgets.widgets.crop_overlay import CropOverlay
from petwidgets.widgets.picture import Picture

if TYPE_CHECKING:
    from petwidgets.jobs.classify import Answer, Decision, Probabilities
    from petwidgets.widgets.bars import Bar

NOT_RECOGNISED = "I don't recognise this."


class AnswerView(HBox):
    """Shows an answer of `petwidgets.jobs.classify`."""

    def __init__(self) -> None:
        self.answer = plain(widgets.Label, css="petwidgets-answer")
        self.reason, self.source = note(), note()
        self.photo = CropOverlay()
        self.seen, self.heat = Picture(caption="What the network saw of it"), Picture()
        self.bars = Bars(caption="The most probable, five at most", longest=1.0)
        seen = plain(widgets.HBox, [self.seen, self.heat], css="petwidgets-seen")
        words = plain(widgets.VBox, [self.answer, self.reason, self.bars, seen, self.source])
        super().__init__([self.photo, words], layout=PLAIN, _dom_classes=("petwidgets-result",))

    def show(self, name: str, answer: Answer) -> None:
        """Show an answer and what it is about."""
        with self.photo.hold_sync():
            self.photo.jpeg, self.photo.caption = answer.photo, name
            self.photo.boxes = [{"label": "seen", "box": answer.box, "tone": "train"}]
        self.seen.png = answer.seen
        with self.heat.hold_sync():
            self.heat.png = answer.heat
            self.heat.caption = f"What speaks for {readable(answer.decision.breed)}"
        self.answer.value, self.reason.value = words(answer.decision)
        self.source.value = source(answer)
        tones = ["first" if answer.decision.recognised else "quiet", *["quiet"] * 4]
        self.bars.items = bars(answer.decision.top, tones)

    def clear(self) -> None:
        """Show nothing, and keep nothing."""
        with self.photo.hold_sync():
            self.photo.jpeg, self.photo.caption, self.photo.boxes = b"", "", []
        self.seen.png = self.heat.png = b""
        self.heat.caption = ""
        self.answer.value = self.reason.value = self.source.value = ""
        self.bars.items = []


def bars(top: Probabilities, tones: list[str]) -> list[Bar]:
    """Breeds and probabilities as items of `Bars`."""
    return [
        {"label": readable(breed), "value": p, "text": percent(p), "tone": tone}
        for (breed, p), tone in zip(top, tones, strict=False)
    ]


def words(decision: Decision) -> tuple[str, str]:
    """A decision as a person would say it, and its reason."""
    if decision.recognised:
        return f"{readable(decision.breed)}, {percent(decision.probability)}", ""
    return NOT_RECOGNISED, decision.reason


def source(answer: Answer) -> str:
    """Where the probabilities come from."""
    return (
        f"Live: computed just now for this photograph by the run {answer.run};"
        f" {worth(answer.decision.temperature)}."
    )
