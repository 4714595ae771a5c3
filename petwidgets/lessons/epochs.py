"""What a run's epochs say about how long to train.

Chapter section "Selecting the Number of Epochs".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Event = dict[str, Any]


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


def explained(epochs: Sequence[Event], event: Event) -> str:
    """What the epoch's place among the others means, in a sentence or two."""
    least = min(epochs, key=lambda e: e["valid_loss"])
    top = best(epochs)
    said = [f"Least validation loss: epoch {least['epoch']}; least error: epoch {top['epoch']}."]  # type: ignore[index]
    if event["epoch"] > least["epoch"]:
        worse = event["error_rate"] > least["error_rate"]
        said.append(
            "Here the loss is worse than its least, and so is the error."
            if worse
            else "Here the loss is worse than its least, the error is not: it is only too sure."
        )
    if "temperature" in event:
        t = event["temperature"]
        sure = "too sure of itself" if t > 1 else "not sure enough"
        said.append(f"Its temperature would be {t:.2f}: {sure}.")
    return " ".join(said)
