"""Choose a recipe, start it, and watch what happens until it ends or is stopped."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from petwidgets import recipes
from petwidgets.data import dataset as datasets
from petwidgets.lessons.intervals import wilson
from petwidgets.lessons.snippets import training
from petwidgets.runs import ENDED
from petwidgets.ui.panel import Panel
from petwidgets.ui.part import controls, note, plain, show
from petwidgets.ui.progress import Progress
from petwidgets.ui.table import Table
from petwidgets.ui.wording import duration, percent

TITLES = {
    "baseline": "Baseline: a linear head on frozen features",
    "fine-tune": "fine_tune: frozen first, then the whole network",
    "one-cycle": "One cycle, discriminative rates: the chapter's 3 + 12",
}
NARROW = widgets.Layout(width="10rem")
HEADER = ["epoch", "train_loss", "valid_loss", "error_rate", "time"]


class TrainPanel(Panel):
    """Recipe, epochs and rate; Start and Stop; a table and a curve that grow as it trains.

    Example:
        >>> TrainPanel().recipe().name
        'baseline'
    """

    key = "train"
    title = "Train a model"
    lead = (
        "Start with the baseline: an honest first error rate, then see what training longer buys."
    )
    why = (
        "Pretrained layers know edges, fur and eyes already; only the last layer has to learn your"
        " breeds. With the body frozen its features never change, so the baseline computes them"
        " once and trains the head on them in seconds. fine_tune then lets the whole network"
        " adapt, the early layers at a smaller rate, for what they know is worth keeping."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self._build_controls()
        self.progress = Progress(self.guarded(lambda _: self.session.stop_training()))
        self.status, self.remarks = note(), note()
        self.table = Table(header=HEADER)
        self.chart = plain(widgets.VBox)
        self.body.children = [
            self.settings, self.progress, self.status, self.remarks, self.chart, self.table
        ]  # fmt: skip
        self.follow("settings", self._restore)
        self.follow(["source", "pattern"], self._draw_code)
        self.follow(["event", "training_state", "training_problem"], self._draw_progress)
        self.follow("remarks", self._draw_remarks)
        self.follow("epochs", self._draw_epochs)

    def _build_controls(self) -> None:
        self.name = plain(
            widgets.Dropdown,
            description="Recipe",
            options=[(title, name) for name, title in TITLES.items()],
        )
        self.epochs = _number("Epochs", most=200)
        self.freeze_epochs = _number("Frozen epochs", most=200)
        self.rate = plain(widgets.FloatText, description="Learning rate", step=0.001, layout=NARROW)
        self.size = _number("Size (pixels)", value=224, least=32, most=1024)
        self.batch = _number("Batch size", value=64, least=2, most=1024)
        self.limit = _number("Pictures a breed (0: all)", most=10_000)
        self.goes_on = plain(
            widgets.Checkbox, value=True, indent=False, description="Go on when this page is closed"
        )
        # An engine of the page's own ends with it.
        show(self.goes_on, visible=not self.session.engine.own)
        self.start = plain(widgets.Button, description="Start", button_style="primary")
        self.start.on_click(self.guarded(lambda _: self._start()))
        self._preset()
        self.name.observe(self.guarded(lambda _: self._preset()), "value")
        sizes = [self.size, self.batch, self.limit]
        inputs = [self.name, self.epochs, self.freeze_epochs, self.rate, *sizes, self.goes_on]
        self.inputs = {widget.description: widget for widget in inputs}
        for widget in inputs:
            widget.observe(self.guarded(lambda _: self._changed()), "value")
        self.settings = controls(*inputs, self.start)

    def _changed(self) -> None:
        said = {name: widget.value for name, widget in self.inputs.items()}
        self.session.settings = {**self.session.settings, self.key: said}
        self._draw_code()

    def _restore(self) -> None:
        said = self.session.settings.get(self.key, {})
        # The recipe comes first: choosing one sets the others.
        for name, widget in self.inputs.items():
            if name in said and widget.value != said[name]:
                widget.value = said[name]

    def _start(self) -> None:
        self.session.train(self.recipe(), goes_on=self.goes_on.value)

    def _preset(self) -> None:
        stages = recipes.make(self.name.value).stages
        rate = stages[0].rate
        self.rate.value = rate[1] if isinstance(rate, tuple) else rate
        self.epochs.value = stages[-1].epochs
        self.freeze_epochs.value = stages[0].epochs if len(stages) > 1 else 0
        show(self.freeze_epochs, visible=len(stages) > 1)

    def recipe(self) -> recipes.Recipe:
        """What the controls say now.

        Raises:
            Problem: a setting is out of range.
        """
        unfreezes = len(recipes.make(self.name.value).stages) > 1
        return recipes.make(
            self.name.value,
            epochs=self.epochs.value,
            freeze_epochs=self.freeze_epochs.value if unfreezes else None,
            base_lr=self.rate.value,
            data=self.session.source,
            pattern=self.session.pattern,
            size=self.size.value,
            batch_size=self.batch.value,
            presize=max(recipes.PRESIZE, self.size.value),
            limit_per_breed=self.limit.value or None,
        )

    def _draw_code(self) -> None:
        self.folds.code = training(self.recipe())

    def _draw_progress(self) -> None:
        event, state = self.session.event, self.session.training_state
        under_way = bool(state) and state not in ENDED
        self.start.disabled = under_way
        self.heading.problem = self.session.training_problem
        if not under_way:
            self.progress.hide()
            self.status.value = self._ending(state)
        elif "done" in event:
            self.progress.show(_doing(event), event["done"], event["of"], event.get("seconds_left"))
        elif event.get("event") == "queued":
            self.progress.show(_waiting(event["place"], event["seconds"]), 0, 0)
        elif event.get("event") != "epoch":
            said = event.get("sentence", "")
            now = said if said not in self.session.remarks else ""
            self.progress.show(now or "Waiting for the engine, which starts.", 0, 0)

    def _draw_remarks(self) -> None:
        self.remarks.value = " ".join(self.session.remarks)

    def _ending(self, state: str) -> str:
        if state not in ("finished", "stopped") or self.session.training is None:
            where = datasets.title(self.session.source)
            return f"Trains on: {where}. Choose others in Look at the data." if not state else ""
        run = self.session.training.run.fresh()
        if not run.usable:
            return "Stopped before the first epoch ended: there is nothing to keep."
        validation = run.validation()
        n = len(validation.targets)
        low, high = wilson(validation.errors, n)
        return (
            f"{state.capitalize()} after {duration(run.info['results']['seconds'])}: live,"
            f" {percent(validation.errors / n)} error on {n} {datasets.kind(run.recipe.data)}"
            f" (95 % interval {percent(low)} to {percent(high)}). The model {run.id} is chosen"
            " under Classify."
        )

    def _draw_epochs(self) -> None:
        epochs = self.session.epochs
        self.table.rows = [_row(epochs, i) for i in range(len(epochs))]
        if epochs and not self.chart.children:
            self.chart.children = self._make_chart()
        if self.chart.children:
            _draw_curves(self.figure, epochs)

    def _make_chart(self) -> list[widgets.Widget]:
        # Imported with the first chart: plotly is 20 MB of the kernel and 5 MB of the page.
        from petwidgets.ui.plot import Figure, PlotlyBundle

        curves = [{"name": name, "mode": "lines+markers"} for name in HEADER[1:4]]
        self.figure = Figure(data=[{"type": "scatter", **curve} for curve in curves])
        with self.figure.batch_update():
            self.figure.update_layout(height=320, hovermode="x unified")
            self.figure.update_layout(legend={"orientation": "h", "y": 1.15})
            self.figure.update_xaxes(title="epoch", tickformat="d")
            self.figure.update_yaxes(title="loss (nats), error", rangemode="tozero")
        return [PlotlyBundle(), self.figure]


def _number(text: str, *, value: int = 0, least: int = 0, most: int) -> widgets.BoundedIntText:
    return plain(
        widgets.BoundedIntText, description=text, value=value, min=least, max=most, layout=NARROW
    )


def _draw_curves(figure: Any, epochs: list[dict[str, Any]]) -> None:
    with figure.batch_update():
        for trace in figure.data:
            trace.x = [epoch["epoch"] for epoch in epochs]
            trace.y = [epoch[trace.name] for epoch in epochs]


def _row(epochs: list[dict[str, Any]], i: int) -> list[str]:
    epoch = epochs[i]
    seconds = epoch["t"] - (epochs[i - 1]["t"] if i else 0.0)
    losses = [f"{epoch[name]:.6f}" for name in HEADER[1:4]]
    return [str(epoch["epoch"]), *losses, duration(seconds)]


def _waiting(place: int, seconds: float | None) -> str:
    if place == 0:
        return "The engine begins with it."
    left = "" if seconds is None else f", about {duration(seconds)} from now"
    others = "trains somebody else's model" if place == 1 else "trains other models first"
    return f"Number {place} in the line{left}: the engine {others}. Nothing is lost by waiting."


def _doing(event: dict[str, Any]) -> str:
    share = f"{event['done']:,} of {event['of']:,}"
    if event["event"] == "batch":
        pace = f"{event['images_per_second']:.0f} photographs a second"
        return f"Training: batch {share}, loss {event['loss']:.3f}, {pace}"
    what = {"check": "Looking at every photograph", "features": "Computing features"}
    return f"{what[event['stage']]}: {share}"
