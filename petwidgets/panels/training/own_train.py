"""The training of a learner of one's own: how long, at which rate, and what happens as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, duration, percent
from petwidgets.panels.training.live import Live
from petwidgets.recipes.presets import fine_tune
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Stage
from petwidgets.recipes.stage_notation import read_rate
from petwidgets.session.own_learner import LearnerTraining
from petwidgets.snippets.training import training_of_learner
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.fields import button, choice, number, text
from petwidgets.widgets.form import Form
from petwidgets.widgets.progress import Progress

if TYPE_CHECKING:
    from petwidgets.panels.base import Panel
    from petwidgets.runs.events import Event
    from petwidgets.widgets.fields import Field

METHODS = {
    "fine_tune": "fine_tune: body frozen first, then all layers",
    "fit_one_cycle": "fit_one_cycle: frozen or not as it is",
}
BEGUN: dict[str, Any] = {"epochs": 3, "freeze_epochs": 1, "rate": "0.002"}
MOST_EPOCHS = 1000

KEPT_AS = "own_train"
"""In a session's settings, where `train` is the plan for its photographs."""


class LearnerTrain(VBox):
    """The body of `TrainPanel` for a learner: a form, Start, Stop, and the training as it goes on.

    Args:
        panel: whose heading has problems and whose fold the code.
        learn: a fastai `Learner`.

    Raises:
        Problem: it is none.
    """

    def __init__(self, panel: Panel, learn: Any) -> None:
        self._panel, self.training = panel, LearnerTraining(learn)
        self.form = Form(_fields(), **BEGUN)
        self.form.on_press("start", panel.guarded(self._start))
        self.progress = Progress(panel.guarded(lambda _: self.training.stop()))
        self.status, self.live = note(), Live()
        super().__init__([self.form, self.progress, self.status, self.live], layout=PLAIN)
        panel.keep(self.form, KEPT_AS)
        self.form.observe(panel.guarded(lambda _: self._draw_plan()), "values")
        panel.tell_of(self.training)
        panel.follow(["state", "event"], self._draw_progress, of=self.training)
        panel.follow(["batches", "stages"], self._draw_batches, of=self.training)
        panel.follow("epochs", self._draw_epochs, of=self.training)
        panel.guarded(self._draw_plan)()  # a rate that was kept may be none

    def recipe(self) -> Recipe:
        """The stages that the controls say; all else is the learner's.

        Raises:
            Problem: the rate is none, or a setting is out of range.
        """
        said, rate = self.form.values, read_rate(self.form["rate"])
        if said["method"] == "fit_one_cycle":
            return Recipe("stages", (Stage(said["epochs"], frozen=False, rate=rate),))
        if isinstance(rate, tuple):
            raise Problem("fine_tune takes one rate, base_lr: write a number such as 2e-3.")
        return fine_tune(said["epochs"], said["freeze_epochs"], rate)

    def _start(self) -> None:
        self.training.train(self.recipe(), freezes=self.form["method"] == "fine_tune")

    def _draw_plan(self) -> None:
        method = self.form["method"]
        hidden = {f["name"]: f.get("hidden", False) for f in self.form.fields}["freeze_epochs"]
        if hidden != (method != "fine_tune"):
            self.form.change("freeze_epochs", hidden=method != "fine_tune")
        recipe = self.recipe()
        self._panel.folds.code = training_of_learner(recipe, method)
        self._panel.folds.show_source(method)
        if not self.training.under_way:
            self.live.clear()
            self.live.draw_plan(recipe)

    def _draw_progress(self) -> None:
        training = self.training
        event, under_way = training.event, training.under_way
        self.form.change("start", disabled=under_way)
        self.status.value = "" if under_way else self._ending()
        if not under_way:
            self.progress.hide()
        elif event.get("event") == "batch":
            self.progress.show(_doing(event), event["done"], event["of"], event["seconds_left"])
        elif event.get("event") != "epoch":
            self.progress.show(event.get("sentence", "The learner begins."), 0, 0)

    def _draw_batches(self) -> None:
        training = self.training
        if training.recipe is not None:
            self.live.draw_batches(training.recipe, training.batches, training.stages)

    def _draw_epochs(self) -> None:
        self.live.draw_epochs(self.training.epochs)

    def _ending(self) -> str:
        state, epochs = self.training.state, self.training.epochs
        if state not in ("finished", "stopped"):
            return ""
        if not epochs:
            return "Stopped before the first epoch ended: the weights are as they were then."
        last = epochs[-1]
        kept = " The weights are as they were then." if state == "stopped" else ""
        return (
            f"{state.capitalize()} after {duration(self.training.event['t'])}, live, from your"
            f" learner: {percent(last['error_rate'])} error on its validation set after"
            f" {counted(last['epoch'], 'epoch')}.{kept}"
        )


def _fields() -> list[Field]:
    return [
        choice("method", "Train by", [*METHODS.items()]),
        number("epochs", "Epochs", 1, MOST_EPOCHS),
        number("freeze_epochs", "Epochs with the body frozen", 0, MOST_EPOCHS),
        text("rate", "Learning rate"),
        button("start", "Start", primary=True),
    ]


def _doing(event: Event) -> str:
    pace = f"{counted(round(event['images_per_second']), 'row')} a second"
    return f"Batch {event['done']:,} of {event['of']:,}, loss {event['loss']:.3f}, {pace}"
