"""Choose the number of epochs from a run's figures.

Chapter section "Selecting the Number of Epochs".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run


def figures(events: Iterable[Event]) -> list[Event]:
    """The `epoch` events in order; of one that was told twice, the last."""
    known = {event["epoch"]: event for event in events if event.get("event") == "epoch"}
    return [known[number] for number in sorted(known)]


def best(epochs: Sequence[Event]) -> Event | None:
    """The epoch with the least error, of equal ones the first."""
    return min(epochs, key=lambda event: event["error_rate"], default=None)


def overconfident(epochs: Sequence[Event]) -> tuple[int, int] | None:
    """From the epoch with the least validation loss to the last whose error is no worse than there.

    Within, the loss worsens and the error does not: the model is only too sure of itself.
    """
    if not epochs:
        return None
    least = min(epochs, key=lambda event: event["valid_loss"])
    after = [e for e in epochs if e["epoch"] > least["epoch"]]
    fine = [e["epoch"] for e in after if e["error_rate"] <= least["error_rate"]]
    return (least["epoch"], fine[-1]) if fine else None


def early_stopping(run: Run, runs: Sequence[Run]) -> list[list[str]]:
    """Stopping in the midst of a cycle beside a whole cycle of the same length.

    Args:
        run: whose cycle is long.
        runs: among which those are looked for that differ from it only in being shorter.

    Returns:
        For each a row: epochs, the long run's error and validation loss at that epoch, the shorter
        run's at its end, and the shorter run's id.
    """
    long = {event["epoch"]: event for event in figures(run.events())}
    shorter = (other for other in runs if _shorter(other.recipe, run.recipe))
    rows = [row for other in shorter if (row := _beside(long, other))]
    return sorted(rows, key=lambda row: int(row[0]))


def _beside(long: dict[int, Event], other: Run) -> list[str]:
    """The row of a shorter run; none where its events are not those of a training."""
    try:
        last_epoch = figures(other.events())[-1]
        both = (long[last_epoch["epoch"]], last_epoch)
        figures_text = [f"{e[name]:.4f}" for e in both for name in ("error_rate", "valid_loss")]
    except (LookupError, TypeError, ValueError):
        return []
    return [str(last_epoch["epoch"]), *figures_text, other.id]


def _shorter(short: Recipe, long: Recipe) -> bool:
    """Whether a recipe is the other one with a shorter last stage."""
    last, longest = short.stages[-1], long.stages[-1]
    same = replace(short, name=long.name, stages=(*short.stages[:-1], longest)) == long
    return same and replace(last, epochs=longest.epochs) == longest and last.epochs < longest.epochs


def explained(epochs: Sequence[Event], event: Event) -> str:
    """Explain the epoch's place among the others in one or two sentences."""
    least = min(epochs, key=lambda e: e["valid_loss"])
    top = best(epochs)
    parts = [f"Least validation loss: epoch {least['epoch']}; least error: epoch {top['epoch']}."]  # type: ignore[index]
    if event["epoch"] > least["epoch"]:
        worse = event["error_rate"] > least["error_rate"]
        parts.append(
            "Here the loss is worse than its least, and so is the error."
            if worse
            else "Here the loss is worse than its least, the error is not: it is only too sure."
        )
    if "temperature" in event:
        t = event["temperature"]
        sure = "too sure of itself" if t > 1 else "not sure enough"
        parts.append(f"Its temperature would be {t:.2f}: {sure}.")
    return " ".join(parts)
