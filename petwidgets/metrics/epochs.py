"""Choose the number of epochs from the figures of a run's epochs.

Chapter section "Selecting the Number of Epochs".
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from petwidgets.metrics.calibration import NOT_FITTED, UNFITTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run


def figures(events: Iterable[Event]) -> list[Event]:
    """The `epoch` events in order of their number; of repeated ones the last."""
    known = {event["epoch"]: event for event in events if event.get("event") == "epoch"}
    return [known[number] for number in sorted(known)]


def best(epochs: Sequence[Event]) -> Event | None:
    """The epoch with the lowest error rate, the first of equal ones."""
    return min(epochs, key=lambda event: event["error_rate"], default=None)


def overconfident(epochs: Sequence[Event]) -> tuple[int, int] | None:
    """The range from the epoch with the lowest validation loss to the last with no larger error.

    Within it the loss rises but the error rate does not: the model is only overconfident, unless
    the temperature says that it is not.
    """
    if not epochs:
        return None
    least = min(epochs, key=lambda event: event["valid_loss"])
    after = [e for e in epochs if e["epoch"] > least["epoch"]]
    fine = [e["epoch"] for e in after if e["error_rate"] <= least["error_rate"] and _too_sure(e)]
    return (least["epoch"], fine[-1]) if fine else None


def _too_sure(event: Event) -> bool:
    """Whether an epoch's model may be: its temperature is above 1, or was not kept."""
    return bool(event.get("temperature", math.inf) > 1)


def early_stopping(run: Run, runs: Sequence[Run]) -> list[list[str]]:
    """Compare stopping a long cycle early with a complete cycle of the same number of epochs.

    Args:
        run: the run with the long cycle.
        runs: candidates; those that differ from `run` only in a shorter last stage, which they
            trained to its end, are used.

    Returns:
        A row for each of them: epochs, the long run's error and validation loss at that epoch, the
        shorter run's at its end, and the shorter run's id.
    """
    long = {event["epoch"]: event for event in figures(run.events())}
    alike = (other for other in runs if other.parent_id == run.parent_id)
    shorter = (other for other in alike if _shorter(other.recipe, run.recipe))
    rows = [row for other in shorter if (row := _beside(long, other))]
    return sorted(rows, key=lambda row: int(row[0]))


def _beside(long: dict[int, Event], other: Run) -> list[str]:
    """The row of a shorter run; empty if its events, or its epochs, are incomplete."""
    try:
        last_epoch = figures(other.events())[-1]
        if last_epoch["epoch"] != other.recipe.epochs:
            return []
        both = (long[last_epoch["epoch"]], last_epoch)
        figures_text = [f"{e[name]:.4f}" for e in both for name in ("error_rate", "valid_loss")]
    except (LookupError, TypeError, ValueError):
        return []
    return [str(last_epoch["epoch"]), *figures_text, other.id]


def _shorter(short: Recipe, long: Recipe) -> bool:
    """Whether two recipes differ only in a shorter last stage."""
    last, longest = short.stages[-1], long.stages[-1]
    same = replace(short, name=long.name, stages=(*short.stages[:-1], longest)) == long
    return same and replace(last, epochs=longest.epochs) == longest and last.epochs < longest.epochs


def explained(epochs: Sequence[Event], event: Event) -> str:
    """Compare an epoch with the best ones, in a few sentences."""
    least = min(epochs, key=lambda e: e["valid_loss"])
    top = best(epochs)
    parts = [f"Lowest validation loss: epoch {least['epoch']}; lowest error: epoch {top['epoch']}."]  # type: ignore[index]
    if event["epoch"] > least["epoch"]:
        if event["error_rate"] > least["error_rate"]:
            then = ", and so is the error"
        else:
            then = ", the error is not" + ": it is only too sure" * _too_sure(event)
        parts.append(f"Here the loss is worse than its least{then}.")
    if "temperature" in event:
        parts.append(_about_temperature(event))
    return " ".join(parts)


def _about_temperature(event: Event) -> str:
    """What its temperature says of an epoch's model.

    Older runs recorded a bound of the search where no answer was wrong.
    """
    t = event["temperature"]
    if t == UNFITTED or not event["error_rate"]:
        return f"{NOT_FITTED.capitalize()}."
    return (
        f"Its temperature would be {t:.2f}: {'too sure of itself' if t > 1 else 'not sure enough'}."
    )
