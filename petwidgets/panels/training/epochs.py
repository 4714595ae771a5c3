"""Choose the number of epochs: the best one, and where overconfidence begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, percent
from petwidgets.data import sources
from petwidgets.jobs.stopping import recorded_stopping, stopping
from petwidgets.metrics.epochs import best, early_stopping, explained, figures, overconfident
from petwidgets.metrics.intervals import interval
from petwidgets.panels.base import Panel
from petwidgets.panels.training.early_stopping import StoppingView
from petwidgets.recipes.stage import numbers
from petwidgets.recipes.stage_notation import again
from petwidgets.snippets.lr_find import epochs_of
from petwidgets.widgets.base import note, plain
from petwidgets.widgets.fields import button, choice
from petwidgets.widgets.form import Form
from petwidgets.widgets.line_chart import LineChart
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.jobs.stopping import Stopping
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run
    from petwidgets.widgets.fields import Field
    from petwidgets.widgets.line_chart import Line

HEADER = ["epoch", "train_loss", "valid_loss", "error_rate", "confidence", "temperature"]
BESIDE = [("errors", "The error, epoch by epoch"), ("stopping", "Stop early, or train again")]
RATES = [("1", "The run's"), ("10", "Ten times it")]
RECORDED = "Recorded on another machine, all layers of lite0 on drawn pictures"
BASELINE_FIRST = (
    "Train a baseline first: heads on the features that it keeps are trained in a second or two."
)
CURVES = (("train_loss", "blue"), ("valid_loss", "orange"))


class EpochsPanel(Panel):
    """Losses, error and confidence of a run's epochs; a reliability diagram of the chosen one.

    Example:
        >>> EpochsPanel().form["run"]
        'pets37'
    """

    key = "epochs"
    title = "Choose the number of epochs"
    lead = "Drag along the epochs, and see where the loss worsens while the error does not."
    why = (
        "The loss worsens first because the model becomes too sure of what it gets wrong; the"
        " error, which is what you care about, often goes on falling for a while. Only when the"
        " error itself worsens has it trained too long. The epoch with the least error in the"
        " midst of a cycle is no good place to stop at: the rate is still high there. Train again"
        " with so many epochs, and the rate comes down in time."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self._shown = ""
        self.form = Form(_fields(self._options()))
        self.status = note()
        self.losses = LineChart(across="epoch", whole=True, up="loss (nats)", moves=True, step=1.0)
        self.errors = LineChart(
            across="epoch", whole=True, up="error rate; dashed: 1 - confidence", from_zero=True
        )
        self.reliability = LineChart(across="confidence", up="share that is right")
        self.table = Table(header=HEADER)
        self.stopping = StoppingView()
        self._live: tuple[str, Stopping | None] = ("", None)
        self.charts = plain(widgets.HBox, [self.losses, self.errors], css="petwidgets-columns")
        self.body.children = [self.form, self.status, self.charts, self.reliability, self.table]
        self.form.on_press("again", self.guarded(self._again))
        self.form.on_press("budgets", self.guarded(self._train_budgets))
        self.keep(self.form, private=("run",))
        self.form.observe(self.guarded(lambda _: self._draw()), "values")
        self.losses.observe(self.guarded(lambda _: self._draw_epoch()), "at")
        self.follow(["runs.usable", "training.epochs"], self._offer)

    def _options(self) -> list[tuple[str, str]]:
        return [(run.id, _titled(run)) for run in self.session.runs.validated()]

    def _offer(self) -> None:
        options = [*map(list, self._options())]
        if options != next(f["options"] for f in self.form.fields if f["name"] == "run"):
            self.form.change("run", options=options)
        self._draw()

    @property
    def run(self) -> Run:
        """The run that is looked at.

        Raises:
            Problem: there is none.
        """
        if not self.form["run"]:
            raise Problem("There is no run with whole epochs yet: train one first.")
        return self.session.runs.get(self.form["run"])

    def _draw(self) -> None:
        run = self.run
        self.events = figures(run.events())
        self.folds.code = epochs_of(run.id)
        band = overconfident(self.events)
        bands = [{"from": band[0], "to": band[1], "label": "too sure"}] if band else []
        with self.losses.hold_sync():
            self.losses.lines = [_line(self.events, name, tone) for name, tone in CURVES]
            self.losses.bands = bands
        doubt = [(e["epoch"], 1 - e["confidence"]) for e in self.events if "confidence" in e]
        self.errors.lines = [
            _line(self.events, "error_rate", "red"),
            {"name": "doubt", "tone": "grey", "points": doubt, "dashed": True},
        ]
        self.table.rows = [_row(event) for event in self.events]
        self._draw_beside(run)
        top = best(self.events)
        offered = top and top["epoch"] < self.events[-1]["epoch"]
        label = f"Again with {counted(top['epoch'], 'epoch')}" if top and offered else "Again"
        self.form.change("again", hidden=not offered, label=label)
        if top and run.id != self._shown:
            self._shown, self.losses.at = run.id, float(top["epoch"])
        self._draw_epoch()

    def _draw_epoch(self) -> None:
        event = min(self.events, key=lambda e: abs(e["epoch"] - self.losses.at), default=None)
        if event is None:
            return
        run, n = self.run, len(self.run.info["files"])
        self.status.value = (
            f"Recorded, {run.title}, epoch {event['epoch']}: {percent(event['error_rate'])} error"
            f" on {counted(n, sources.kind(run.recipe.data, many=False))} (95 % interval"
            f" {interval(round(event['error_rate'] * n), n)}). {explained(self.events, event)}"
        )
        bins = event.get("bins", [])
        self.reliability.lines = [
            {"name": "ideal", "tone": "grey", "points": [(0, 0), (1, 1)], "dashed": True},
            {"name": f"epoch {event['epoch']}", "tone": "blue", "dots": True,
             "points": [(confidence, right) for _, confidence, right in bins]},
        ] if bins else []  # fmt: skip

    # --- stop early, or train again ---

    def _draw_beside(self, run: Run) -> None:
        """Show what stands beside the losses: the errors, or two dots a budget of epochs."""
        compares = self.form["beside"] == "stopping"
        self.form.change("rate", hidden=not compares)
        self.form.change("budgets", hidden=not compares)
        beside = self.stopping if compares else self.errors
        if self.charts.children[-1] is not beside:
            self.charts.children = [self.losses, beside]
        if not compares:
            return
        of, found = self._live
        if found and of == run.id:
            self.stopping.show(found, f"Live, heads on {found.trained_on:,} kept features")
        elif rows := early_stopping(run, self.session.runs.validated()):
            self.stopping.show_runs([(e["epoch"], e["error_rate"]) for e in self.events], rows)
        else:
            self.stopping.show(recorded_stopping(), RECORDED)

    def _train_budgets(self) -> None:
        runs = [self.run, *self.session.runs.validated()]
        found = next((run for run in runs if run.made_here and run.recipe.frozen_only), None)
        if found is None:
            raise Problem(BASELINE_FIRST)
        self.form.set(run=found.id)
        rate = float(self.form["rate"]) * float(max(numbers(found.recipe.stages[-1].rate)))
        self.form.change("budgets", disabled=True)
        self.stopping.say("A long cycle and the shorter ones are trained ...")

        def show(answer: Stopping) -> None:
            self._live = (found.id, answer)
            offer()

        def offer() -> None:
            self.form.change("budgets", disabled=False)
            self._draw_beside(self.run)

        self.when(self.session.engine.quick(stopping, found, rate), show, failed=offer)

    def _again(self) -> None:
        top = best(self.events)
        if top is None:
            raise Problem("There is no whole epoch yet: let one end.")
        run = self.run
        self.session.training.again(run, again(run.recipe, top["epoch"]))
        if self.session.lesson:
            self.session.lesson = "train"


def _fields(runs: list[tuple[str, str]]) -> list[Field]:
    return [
        choice("run", "Run", runs),
        choice("beside", "Beside the losses", BESIDE),
        choice("rate", "Highest rate", RATES, hidden=True),
        button("budgets", "Train each budget", hidden=True),
        button("again", "Again", hidden=True),
    ]


def _titled(run: Run) -> str:
    recipe = run.recipe
    return f"{run.title}: {recipe.name}, {counted(recipe.epochs, 'epoch')}, {recipe.arch}"


def _line(events: list[Event], name: str, tone: str) -> Line:
    points = [(event["epoch"], event[name]) for event in events]
    return {"name": name, "tone": tone, "points": points, "dots": True}


def _row(event: Event) -> list[str]:
    said = [f"{event[name]:.6f}" for name in HEADER[1:4]]
    more = [f"{event[name]:.3f}" if name in event else "not kept" for name in HEADER[4:]]
    return [str(event["epoch"]), *said, *more]
