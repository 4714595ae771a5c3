"""What a page knows of a training: epochs, batches, layer groups and remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import Dict, List, Tuple, Unicode

from petwidgets.common.errors import Problem
from petwidgets.metrics.epochs import figures
from petwidgets.recipes.faults import MOST_STAGES
from petwidgets.session.task import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.events import Event

REMARKABLE = (
    *("inventory", "skipped", "changed", "smaller", "died", "resumed", "restarted"),
    "stopped",
)
"""Events whose sentence stays on the page until the training's end and after."""

MOST_BATCHES = 400
"""Of a training's `batch` events that a page keeps: a chart shows no more."""


class TrainingProgress(Task):
    """A training as its events tell it."""

    epochs = List(Dict(), help="its `epoch` events so far")
    batches = Tuple(help="its `batch` events so far, thinned out")
    stages = Tuple(help="its `stage` events of layer groups so far")
    remarks = List(Unicode(), help="what went otherwise than asked: files left out, a death")

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self.epochs, self.remarks, self.batches, self.stages = [], [], (), ()

    def require_none(self) -> None:
        """Pass where no training is under way.

        Raises:
            Problem: one is.
        """
        if self.under_way:
            raise Problem("A training is under way already: stop it first, or wait for its end.")

    def hear(self, events: Sequence[Event]) -> None:
        """Take in events of the training."""
        if epochs := [event for event in events if event["event"] == "epoch"]:
            # One that was begun again with smaller batches is told again.
            self.epochs = figures((*self.epochs, *epochs))
        if stages := [event for event in events if event["event"] == "stage" and "groups" in event]:
            self.stages = (*self.stages, *stages)[-MOST_STAGES:]
        if batches := [event for event in events if event["event"] == "batch"]:
            self.batches = thinned(onward(self.batches, batches))
        if remarks := [str(e["sentence"]) for e in events if _remarkable(e)]:
            self.remarks = [*self.remarks, *remarks]
        super().hear(events)

    def _why(self, event: Event) -> str:
        return str(event.get("problem", ""))  # the sentence of a stop is among the remarks


def _remarkable(event: Event) -> bool:
    return event["event"] in REMARKABLE and "sentence" in event


def onward(before: Sequence[Event], events: Sequence[Event]) -> tuple[Event, ...]:
    """Batches in their order; of those that were trained again, after a stop, only the last."""
    kept = [*before]
    for event in events:
        while kept and _share(kept[-1]) >= _share(event):
            kept.pop()
        kept.append(event)
    return tuple(kept)


def _share(event: Event) -> float:
    return float(event["done"] / event["of"])


def thinned(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Every other one and the last, as often as there are too many."""
    while len(events) > MOST_BATCHES:
        events = (*events[:-1:2], events[-1])
    return events
