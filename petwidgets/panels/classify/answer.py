"""What a run says of one photograph: the photograph, the square that counts, breeds, or a doubt."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from petwidgets.common.formatting import percent, readable
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import PLAIN, HBox, note, plain
from petwidgets.widgets.crop_overlay import Crops
from petwidgets.widgets.picture import Picture

NOT_RECOGNISED = "I don't recognise this."


class AnswerView(HBox):
    """Shows an answer of `petwidgets.learning.predict.classify`."""

    def __init__(self) -> None:
        self.answer = plain(widgets.Label, css="petwidgets-answer")
        self.reason, self.source = note(), note()
        self.photo = Crops()
        self.seen = Picture(caption="What the network saw of it")
        self.bars = Bars(caption="The five most probable breeds", longest=1.0)
        words = plain(widgets.VBox, [self.answer, self.reason, self.bars, self.source])
        pictures = plain(widgets.VBox, [self.photo, self.seen], css="petwidgets-pictures")
        super().__init__([pictures, words], layout=PLAIN, _dom_classes=("petwidgets-result",))

    def show(self, name: str, answer: dict[str, Any]) -> None:
        """Show an answer that has no problem."""
        with self.photo.hold_sync():
            self.photo.jpeg, self.photo.caption = answer["photo"], name
            self.photo.boxes = [{"label": "seen", "box": answer["box"], "tone": "train"}]
        self.seen.png = answer["seen"]
        self.answer.value, self.reason.value = words(answer)
        self.source.value = source(answer)
        tones = ["first" if answer["recognised"] else "quiet", *["quiet"] * 4]
        self.bars.items = bars(answer["top"], tones)

    def clear(self) -> None:
        """Show nothing, and keep nothing."""
        with self.photo.hold_sync():
            self.photo.jpeg, self.photo.caption, self.photo.boxes = b"", "", []
        self.seen.png = b""
        self.answer.value = self.reason.value = self.source.value = ""
        self.bars.items = []


def bars(top: list[Any], tones: list[str]) -> list[dict[str, Any]]:
    """Breeds and probabilities as items of `Bars`."""
    return [
        {"label": readable(breed), "value": p, "text": percent(p), "tone": tone}
        for (breed, p), tone in zip(top, tones, strict=False)
    ]


def words(answer: dict[str, Any]) -> tuple[str, str]:
    """An answer as a person would say it, and its reason."""
    if answer["recognised"]:
        return f"{readable(answer['breed'])}, {percent(answer['probability'])}", ""
    return NOT_RECOGNISED, answer["reason"]


def source(answer: dict[str, Any]) -> str:
    """Where the probabilities come from."""
    return (
        f"Live: computed just now for this photograph by the run {answer['run']}; its activations"
        f" are divided by the temperature {answer['temperature']:.2f}, which was fitted on its"
        " validation photographs, so that a probability is as often right as it says."
    )
