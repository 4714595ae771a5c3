"""A running training: real and planned rates, loss by batch, layer groups, epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.formatting import duration
from petwidgets.metrics import one_cycle
from petwidgets.panels.training.network_drawing import groups_of_training
from petwidgets.widgets.base import PLAIN, VBox, plain
from petwidgets.widgets.line_chart import LineChart
from petwidgets.widgets.network import Network
from petwidgets.widgets.plotly_axes import WHOLE, whole_step
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event


HEADER = ["epoch", "train_loss", "valid_loss", "error_rate", "time"]
TONES = ("orange", "green", "blue")
IN_THREE = ("resnet", "vgg", "densenet", "squeezenet", "alexnet")
"""Architectures that fastai splits into three layer groups; all others into two."""


class Live(VBox):
    """Charts and table of a training or a replay.

    Example:
        >>> Live().table.header[0]
        'epoch'
    """

    def __init__(self) -> None:
        self.rates = LineChart(across="epoch", whole=True, up="learning rate; dashed: planned")
        self.momenta = LineChart(across="epoch", whole=True, up="momentum; dashed: planned")
        self.losses = LineChart(
            across="epoch", whole=True, up="training loss (nats), smoothed, by batch"
        )
        self.groups = Network()
        self.chart = plain(widgets.VBox)
        self.table = Table(header=HEADER)
        schedules = plain(widgets.HBox, [self.rates, self.momenta], css="petwidgets-columns")
        now = plain(widgets.HBox, [self.losses, self.groups], css="petwidgets-columns")
        super().__init__([schedules, now, self.chart, self.table], layout=PLAIN)

    def draw_plan(self, recipe: Recipe) -> None:
        """The schedule of rate and momentum that the stages amount to."""
        self._schedules(recipe, _usual(recipe), [])

    def clear(self) -> None:
        """Forget the training that was shown, but for its table."""
        self.losses.lines, self.groups.groups, self.groups.rates = [], [], []

    def draw_batches(
        self, recipe: Recipe, batches: Sequence[Event], stages: Sequence[Event]
    ) -> None:
        """Draw rates, momentum and loss of the batches so far, over the plan.

        Args:
            recipe: of the training.
            batches: `batch` events.
            stages: `stage` events, with layer groups.
        """
        epochs, groups = recipe.epochs, stages[-1]["groups"] if stages else []
        # An event comes after its batch; the rate was set before it.
        real = [(epochs * (e["done"] - 1) / e["of"], e) for e in batches]
        self._schedules(recipe, len(groups) or _usual(recipe), real)
        self.groups.groups = groups_of_training(groups, recipe.arch)
        self.groups.rates = batches[-1]["rates"] if batches else []
        points = [(epochs * e["done"] / e["of"], e["loss"]) for e in batches]
        self.losses.lines = [{"name": "loss", "tone": "blue", "points": points}]

    def draw_epochs(self, epochs: Sequence[Event]) -> None:
        """The table and curves of whole epochs."""
        self.table.rows = [_row(epochs, i) for i in range(len(epochs))]
        if epochs and not self.chart.children:
            self.chart.children = self._make_chart()
        if self.chart.children:
            _draw_curves(self.figure, epochs)

    def _make_chart(self) -> list[widgets.Widget]:
        # Imported with the first chart: plotly is 20 MB of the kernel and 5 MB of the page.
        from petwidgets.widgets.plotly import Figure

        curves = [{"name": name, "mode": "lines+markers"} for name in HEADER[1:4]]
        self.figure = Figure(data=[{"type": "scatter", **curve} for curve in curves])
        with self.figure.batch_update():
            self.figure.update_layout(height=320, hovermode="x unified")
            self.figure.update_layout(legend={"orientation": "h", "y": 1.15})
            self.figure.update_xaxes(title="epoch", tick0=0)
            self.figure.update_yaxes(title="loss (nats), error", rangemode="tozero")
        return [self.figure]

    def _schedules(self, recipe: Recipe, groups: int, real: list[tuple[float, Event]]) -> None:
        planned, momenta = one_cycle.drawn(recipe, groups)
        spread = len({round(line[len(line) // 2][1], 12) for line in planned if line}) > 1
        # A file may tell of more groups than it has rates.
        real = [(at, e) for at, e in real if len(e["rates"]) >= (len(planned) if spread else 1)]
        names = [f"group {i}" for i in range(len(planned))] if spread else ["all layers"]
        lines = planned if spread else planned[-1:]
        dashes = {"dashed": True}
        plans = [
            {
                "name": "" if real else name,
                "title": f"{name}, planned",
                "tone": tone,
                "points": line,
                **dashes,
            }
            for name, tone, line in zip(names, _tones(lines), lines, strict=True)
        ]
        done = [
            {"name": name, "tone": tone, "points": [(at, e["rates"][i]) for at, e in real]}
            for i, name, tone in zip(_positions(lines), names, _tones(lines), strict=True)
        ]
        with self.rates.hold_sync():
            self.rates.log_y, self.rates.lines = spread, [*plans, *done] if real else plans
        mom = [(at, e["mom"]) for at, e in real if "mom" in e]
        own = [{"name": "real", "tone": "blue", "points": mom}] if mom else []
        self.momenta.lines = [{"name": "plan", "tone": "blue", "points": momenta, **dashes}, *own]


def _usual(recipe: Recipe) -> int:
    """How many layer groups there are going to be; the engine tells when it begins."""
    if recipe.frozen_only:
        return 1
    return 3 if recipe.arch.startswith(IN_THREE) else 2


def _tones(lines: Sequence[Any]) -> tuple[str, ...]:
    """Colours of groups; the last group is always blue."""
    return (("grey",) * len(lines) + TONES)[-len(lines) :]


def _positions(lines: Sequence[Any]) -> list[int]:
    """Of the drawn groups among an event's rates; one alone is the last."""
    return list(range(-len(lines), 0))


def _draw_curves(figure: Any, epochs: Sequence[Event]) -> None:
    with figure.batch_update():
        if not epochs:  # another training: what was zoomed into is of the one before
            figure.update_layout(xaxis=WHOLE, yaxis=WHOLE)
        figure.layout.xaxis.dtick = whole_step(len(epochs))
        for trace in figure.data:
            trace.x = [epoch["epoch"] for epoch in epochs]
            trace.y = [epoch[trace.name] for epoch in epochs]


def _row(epochs: Sequence[Event], i: int) -> list[str]:
    epoch = epochs[i]
    seconds = epoch["t"] - (epochs[i - 1]["t"] if i else 0.0)
    losses = [f"{epoch[name]:.6f}" for name in HEADER[1:4]]
    return [str(epoch["epoch"]), *losses, duration(seconds)]
