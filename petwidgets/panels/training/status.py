"""Sentences about a training: what it trains on, what it does now, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, duration, percent
from petwidgets.data import sources
from petwidgets.data.inventory import plan_inventory
from petwidgets.metrics.intervals import interval
from petwidgets.runs.control import LONGEST_PAUSE
from petwidgets.runs.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from petwidgets.data.dataset import Dataset
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run
    from petwidgets.session.session import Session
    from petwidgets.session.training import TrainingState


def trains_on(training: TrainingState) -> str:
    """What the training that is under way trains on; empty for a replay."""
    if training.worker is None or training.replaying:
        return ""
    return f"Trains on: {sources.title(training.worker.run.recipe.data)}."


def would_train_on(source: str, dataset: Dataset | None, recipe: Callable[[], Recipe]) -> str:
    """What there is to train on, and what the plan makes of it.

    Args:
        source: of the photographs.
        dataset: what is read of it.
        recipe: makes the plan's recipe; is called if there is a data set.
    """
    told = f"Trains on: {sources.title(source)}. Choose others in Look at the data."
    if dataset is None:
        return told
    try:
        return f"{told} {plan_inventory(dataset, recipe()).account}"
    except Problem as problem:  # the plan does not fit the set
        return f"{told} {problem}"


def is_of_others(session: Session) -> bool:
    """Whether the training that is shown was of other photographs or labels than the page's."""
    return not session.concerns(session.training)


def last_time(session: Session) -> str:
    """Whose the epochs are that are left of other photographs, and how that training has ended."""
    run = session.training.run
    if not session.training.epochs or run is None:
        return ""
    other = f"photographs ({sources.title(run.recipe.data)})"
    if run.recipe.data == session.data.source:
        other = "labels of these photographs"
    whose = f"The epochs below are those of {run.title}, which was trained on other {other}."
    return " ".join(filter(None, [whose, ending(session)]))


def ending(session: Session) -> str:
    """How a training or a replay has ended; empty if none has finished or was stopped."""
    training = session.training
    if training.state not in ("finished", "stopped") or training.worker is None:
        return ""
    if not training.epochs:
        if training.replaying:
            return f"{_stopped(training)} before the first epoch ended."
        return "Stopped before the first epoch ended: there is nothing to keep."
    last = training.epochs[-1]
    if training.replaying and training.state == "stopped":
        error = percent(last["error_rate"])
        return f"{_stopped(training)} after epoch {last['epoch']}, recorded: {error} error."
    run = training.worker.run.fresh()
    if run.state == "damaged":  # deleted since
        return str(run.info["problem"])
    validation = run.validation()
    n = len(validation.targets)
    seconds = run.info.get("results", {}).get("seconds", last["t"])
    said = "recorded" if training.replaying else "live"
    return (
        f"{training.state.capitalize()} after {duration(seconds)}: {said},"
        f" {percent(validation.errors / n)} error on"
        f" {counted(n, sources.kind(run.recipe.data, many=False))}"
        f" (95 % interval {interval(validation.errors, n)}).{_guessing(run)}"
        f"{_which_is_chosen(session, run)}"
    )


def _stopped(training: TrainingState) -> str:
    """Which of the two was stopped: the replay, or the training that it showed to its end."""
    cut = isinstance(training.worker, Replay) and training.worker.cut
    return "The replay was stopped" if cut else "Replayed to its end: the training was stopped"


def _guessing(run: Run) -> str:
    vocab = run.info["vocab"]
    share = percent(1 - 1 / len(vocab))
    return f" Guessing one of {counted(len(vocab), run.noun)} gives {share}."


def _which_is_chosen(session: Session, run: Run) -> str:
    """Whether the other lessons use this run now."""
    if session.training.replaying:
        return ""
    if session.runs.chosen_id == run.id:
        return f" Every lesson uses {run.title} now."
    chosen = session.runs.chosen
    errors, n = chosen.validation().errors, len(chosen.info["files"])
    pictures = counted(n, sources.kind(chosen.recipe.data, many=False))
    return (
        f" The other lessons go on using {chosen.title}, which is wrong on {percent(errors / n)} of"
        f" {pictures}: press Use this model to change that."
    )


def waiting(event: Event) -> str:
    """The position in the queue, and the remaining time if it is known.

    Args:
        event: the event `queued` of a `RunFollower`.
    """
    place, seconds = event["place"], event.get("seconds")
    if place == 0:
        return "The engine is starting it."
    if event.get("paused"):
        ahead = "the work ahead" if place == 1 else "a training ahead"
        longest = counted(round(LONGEST_PAUSE / 60), "minute")
        return (
            f"Position {place} in the queue: {ahead} is paused, and goes on by itself"
            f" after {longest} at most. You lose nothing by waiting."
        )
    left = "" if seconds is None else f", about {duration(seconds)} from now"
    # It may be one's own: a search, or a training of another page.
    others = "has other work first" if place == 1 else "has other models to train first"
    return f"Position {place} in the queue{left}: the engine {others}. You lose nothing by waiting."


def beginning(event: Event, remarks: Sequence[str]) -> str:
    """What a training does before there is a number to tell; remarks stand on the page already."""
    said = event.get("sentence", "")
    if said and said not in remarks:
        return str(said)
    waits = event.get("event") in (None, "queued", "died")
    return "Waiting for the engine, which starts." if waits else "Preparing the training."


def doing(event: Event) -> str:
    """What a training does: the batch, or another piece of its work."""
    share = f"{event['done']:,} of {event['of']:,}"
    if event["event"] == "batch":
        pace = f"{counted(round(event['images_per_second']), 'photograph')} a second"
        return f"Training: batch {share}, loss {event['loss']:.3f}, {pace}"
    what = {"check": "Looking at every photograph", "features": "Computing features"}
    return f"{what.get(event['stage'], 'Working')}: {share}"
