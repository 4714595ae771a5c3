"""Drop a photograph, and see which breed it shows, how sure that is, or that it isn't."""

from __future__ import annotations

import functools
from typing import Any

import ipywidgets as widgets

from petwidgets.data import dataset as datasets
from petwidgets.lessons.snippets import classification
from petwidgets.problem import Problem
from petwidgets.runs import SHIPPED_ID, Run
from petwidgets.ui.bars import Bars
from petwidgets.ui.panel import Panel
from petwidgets.ui.part import controls, note, plain, show
from petwidgets.ui.picture import Picture
from petwidgets.ui.upload import PhotoUpload
from petwidgets.ui.wording import interval, percent, readable


class ClassifyPanel(Panel):
    """An upload, the picture as the network saw it, and the five most probable breeds.

    Example:
        >>> ClassifyPanel().upload.state
        'ready'
    """

    key = "classify"
    title = "Classify a photograph"
    lead = "Drop a photograph of a cat or a dog, and see which breed the network takes it for."
    why = (
        "The last layer gives one number a breed; softmax makes them probabilities that add to"
        " one, so that some breed always comes first, even for a teapot. An answer is therefore"
        " only given when its probability reaches what 95 of 100 right answers on the validation"
        " photographs reached. The network sees the square in the middle, shrunk: what is outside"
        " of it does not count."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.upload = PhotoUpload()
        self.upload.on_photo(self._take)
        self.model = plain(widgets.Dropdown, description="Model")
        self.model.observe(self.guarded(self._choose), "value")
        self.model_note, self.status = note(), note()
        self.answer = plain(widgets.Label, css="petwidgets-answer")
        self.reason = note()
        self.seen = Picture(caption="The square that the network saw")
        self.bars = Bars(caption="The five most probable breeds", longest=1.0)
        self.result = self._result()
        self.body.children = [
            self.upload, self.status, self.result, controls(self.model), self.model_note
        ]  # fmt: skip
        self.follow(["runs", "run_id"], self._draw_model)

    def _result(self) -> widgets.HBox:
        words = plain(widgets.VBox, [self.answer, self.reason, self.bars])
        result = plain(widgets.HBox, [self.seen, words], css="petwidgets-result")
        show(result, visible=False)
        return result

    def _choose(self, change: Any) -> None:
        if change["new"]:
            self.session.run_id = change["new"]

    def _draw_model(self) -> None:
        self.model.value = None  # else new options would choose the first of them
        self.model.options = [(_name(run), run.id) for run in self.session.runs]
        ids = [run.id for run in self.session.runs]
        self.model.value = self.session.run_id if self.session.run_id in ids else None
        self.folds.code = classification(self.session.run_id)
        self.model_note.value = _accuracy(self.session.run)

    def _take(self, name: str, photo: bytes) -> None:
        self.heading.problem = ""
        self.status.value = f"Looking at {name} ..."
        if not self.session.engine.started:
            self.status.value += " The engine is starting; the first answer takes a few seconds."
        try:
            self.session.classify(photo, functools.partial(self._answer, name))
        except Problem as problem:
            self._answer(name, None, str(problem))

    def _answer(self, name: str, answer: dict[str, Any] | None, problem: str) -> None:
        self.guarded(self._draw_answer)(name, answer or {"problem": problem})

    def _draw_answer(self, name: str, answer: dict[str, Any]) -> None:
        self.status.value = ""
        show(self.result, visible="problem" not in answer)
        if "problem" in answer:
            raise Problem(f"{name}: {answer['problem']}")
        self.seen.png = answer["seen"]
        self.answer.value, self.reason.value = words(answer)
        tones = ["first" if answer["recognised"] else "quiet", *["quiet"] * 4]
        self.bars.items = [
            {"label": readable(breed), "value": p, "text": percent(p), "tone": tone}
            for (breed, p), tone in zip(answer["top"], tones, strict=False)
        ]


def words(answer: dict[str, Any]) -> tuple[str, str]:
    """An answer as a person would say it, and its reason."""
    breed, probability = readable(answer["breed"]), percent(answer["probability"])
    if answer["recognised"]:
        return f"{breed}, {probability}", "Live: computed just now for this photograph."
    return (
        "I don't recognise this.",
        (
            f"The best guess, {breed}, has a probability of {probability} only; 95 of 100 right"
            f" answers on the validation photographs reach {percent(answer['least_probability'])}."
        ),
    )


def _name(run: Run) -> str:
    recipe = run.recipe
    breeds = f"{len(run.info['vocab'])} breeds"
    if run.id == SHIPPED_ID:
        return f"Shipped model: {breeds}, real photographs"
    return f"{run.id}: {recipe.name}, {breeds}, {recipe.data}"


def _accuracy(run: Run) -> str:
    validation = run.validation()
    errors, n = validation.errors, len(validation.targets)
    kind = datasets.kind(run.recipe.data)
    return (
        f"Recorded: this model was wrong on {errors} of {n} {kind} that it was not trained on:"
        f" {percent(errors / n)} error (95 % interval {interval(errors, n)})."
    )
