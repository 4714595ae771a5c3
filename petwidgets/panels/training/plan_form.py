"""The plan of a training as fields: where it begins, what it works on, and its stages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.data.label_edits import summary
from petwidgets.panels.link import of_form
from petwidgets.panels.training.stage_forms import Stages
from petwidgets.recipes.plan import PRESETS, Plan
from petwidgets.widgets.base import PLAIN, VBox
from petwidgets.widgets.fields import choice, number, switch, text
from petwidgets.widgets.form import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from petwidgets.data.label_edits import LabelEdits
    from petwidgets.panels.link import Setting
    from petwidgets.recipes.stage import Stage
    from petwidgets.runs.run import Run
    from petwidgets.session.session import Session
    from petwidgets.widgets.fields import Field

PRECISIONS = {"fp32": "full (fp32)", "fp16": "half: to_fp16", "bf16": "half: to_bf16"}
SPLITS = {
    "random": "random: RandomSplitter",
    "by-breed": "the same share of each {noun}",
    "folders": "the set's own: train/ and valid/",
}
INPUTS = {"fastai": "fastai's own", "fast": "fast: presized once and kept"}


def beginnings(runs: Sequence[Run] = ()) -> list[tuple[str, str]]:
    """Options of the weights that a training begins with; of runs those that keep all of theirs."""
    whole = [(run.id, run.title) for run in runs if run.info.get("keeps") == "all"]
    return [("", "ImageNet's, and a new head"), *whole]


def splits(noun: str) -> list[tuple[str, str]]:
    """Options of the split, for labels that are called so."""
    return [(name, said.format(noun=noun)) for name, said in SPLITS.items()]


def limit_label(noun: str) -> str:
    """What the field of the limit is called, for labels that are called so."""
    return f"Pictures per {noun} (0: all)"


class Planning(VBox):
    """Shows the session's plan, and changes it.

    Args:
        session: whose `plan` it is.
        guarded: makes a sentence of what a callback raises, as `Panel.guarded` does.

    Example:
        >>> Planning(session, panel.guarded).said().preset  # doctest: +SKIP
        'baseline'
    """

    def __init__(self, session: Session, guarded: Callable[..., Any]) -> None:
        self.session = session
        # An engine of the page's own ends with it.
        self.form = Form(_fields(session.data.noun, alone=session.engine.own))
        self.stages = Stages(guarded(self._keep))
        self.form.on_said(guarded(self._keep))
        super().__init__([self.form, self.stages], layout=PLAIN)

    def shared(self) -> list[Setting]:
        """What a link carries: all but the run that is gone on from, and what is the page's own."""
        return [*of_form(self.form, ("parent", "goes_on", "cleaned")), *self.stages.shared()]

    def said(self) -> Plan:
        """What the fields say now.

        Raises:
            Problem: a rate can't be read.
        """
        return replace(self.session.plan, **self.form.values, stages=self.stages.read())

    def draw(self) -> None:
        """Show the session's plan; what is half written is not overwritten."""
        plan = self.session.plan
        with self.form.showing():
            self.form.set(**{name: getattr(plan, name) for name in self.form.values})
        if not self.stages.forms or self._readable(plan) != plan.stages:
            self.stages.write(plan.stages)

    def name_labels(self) -> None:
        """Call the labels breeds or classes, as the session's photographs have them."""
        noun = self.session.data.noun
        self.form.change("limit", label=limit_label(noun))
        self.form.change("split", options=[*map(list, splits(noun))])

    def offer(self) -> None:
        """List the runs that one may go on from."""
        self.form.change("parent", options=[*map(list, beginnings(self.session.runs.usable))])

    def tell_changes(self, choices: LabelEdits) -> None:
        """Say what is decided about the photographs, with the switch to train without it."""
        out, relabel = choices.leave_out, choices.relabel
        label = f"{summary(out, relabel)} by Clean the labels"
        self.form.change("cleaned", label=label, hidden=not out and not relabel)

    def _keep(self) -> None:
        """Keep what the fields say; another preset sets them first."""
        if self.form["preset"] != self.session.plan.preset:
            self.session.plan = self.session.plan.begun_from(self.form["preset"])
        else:
            self.session.plan = self.said()

    def _readable(self, plan: Plan) -> tuple[Stage, ...]:
        try:
            return self.stages.read()
        except Problem:
            return plan.stages


def _fields(noun: str, *, alone: bool) -> list[Field]:
    return [
        choice("preset", "Recipe", [*PRESETS.items()]),
        choice("parent", "Weights to begin with", beginnings()),
        text("arch", "Architecture"),
        number("size", "Size (pixels)", 32, 1024),
        number("batch_size", "Batch size", 2, 1024),
        number("seed", "Seed", 0, 2**31),
        number("limit", limit_label(noun), 0, 10_000),
        choice("split", "Split", splits(noun)),
        choice("precision", "Precision", [*PRECISIONS.items()]),
        choice("input", "Input", [*INPUTS.items()]),
        switch("goes_on", "Go on when this page is closed", hidden=alone),
        switch("cleaned", "", hidden=True),
    ]
