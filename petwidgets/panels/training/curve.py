"""A search's curve on a page: its line in the chart, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted
from petwidgets.data import sources
from petwidgets.runs.info import ENDED
from petwidgets.session.lr_finder import LearnerSearch

if TYPE_CHECKING:
    from petwidgets.session.lr_finder import Curve
    from petwidgets.widgets.line_chart import Line

TONES = ("grey", "orange", "green", "red", "grey")


def line(curve: Curve, age: int) -> Line:
    """A line of the chart; `age` is -1 for the newest curve, -2 for the one before."""
    tone = "blue" if age == -1 else TONES[age % len(TONES)]
    points = [(rate, loss) for rate, loss in curve.points if loss is not None]
    return {"name": name(curve), "tone": tone, "points": points, "dashed": age != -1}


def name(curve: Curve) -> str:
    """What was searched, in a word or two."""
    if isinstance(curve.run, LearnerSearch):
        return f"your learner, {curve.run.id}"
    if curve.run.info["recipe"]["name"] == "baseline":
        return "head alone"
    body = "frozen" if curve.frozen else "unfrozen"
    return f"{body}, trained" if curve.run.info.get("parent") else body


def loss_text(loss: float | None) -> str:
    """A loss in nats, for a table."""
    return "no number" if loss is None else f"{loss:.4f}"


def says(curve: Curve) -> str:
    """Of what the curve was made, and how it ended."""
    source = "Recorded" if curve.recorded else "Live"
    made = f"{source}, {name(curve)}: {counted(len(curve.points), 'batch')} of {_searched(curve)}."
    if curve.state not in ENDED:
        return made
    if curve.state != "finished":
        return f"{made} It was stopped." if curve.state == "stopped" else made
    if curve.diverged:
        return f"{made} It ended by itself: the loss had reached four times its lowest value."
    return f"{made} The weights are as before."


def _searched(curve: Curve) -> str:
    """What the batches are made of, and with which weights they began."""
    if isinstance(curve.run, LearnerSearch):
        return f"{counted(curve.batch_size, 'row')}, from its weights as they are"
    recipe, parent = curve.run.recipe, curve.run.info.get("parent")
    begun = f"the weights of {parent}" if parent else f"ImageNet's weights of {recipe.arch}"
    pictures = counted(curve.batch_size or recipe.batch_size, sources.kind(recipe.data, many=False))
    return f"{pictures} at {recipe.size} pixels, from {begun}"
