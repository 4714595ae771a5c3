"""One stage of a training, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.json_types import is_number, is_switch, is_whole, misfit

if TYPE_CHECKING:
    from petwidgets.common.json_types import Kinds

Rate = float | tuple[float | None, float]
"""A learning rate as in fastai: a number, or the two ends of a `slice`.

`(None, high)` is fastai's `slice(high)`: the last group at `high`, the others at a tenth of it.
"""


def _is_rate(value: Any) -> bool:
    if not isinstance(value, tuple):
        return is_number(value)
    return len(value) == 2 and (value[0] is None or is_number(value[0])) and is_number(value[1])  # noqa: PLR2004


def is_limit(value: Any) -> bool:
    """Whether a value is a whole number, or none."""
    return value is None or is_whole(value)


STAGE: Kinds = {
    "epochs": is_whole,
    "frozen": is_switch,
    "rate": _is_rate,
    "pct_start": is_number,
    "div": is_number,
    "size": is_limit,
}
"""The type of each setting of a stage, without its range."""


@dataclass(frozen=True)
class Stage:
    """One call of fastai's `fit_one_cycle`.

    Args:
        epochs: number of epochs.
        frozen: whether the body is frozen, so that only the head trains.
        rate: the highest learning rate, or a slice for the layer groups.
        pct_start: share of the stage in which the rate rises.
        div: the highest rate divided by this is the rate at the start.
        size: side of the network's square input in this stage, in pixels; None: the recipe's.

    Raises:
        Problem: a setting has the wrong type.
    """

    epochs: int
    frozen: bool
    rate: Rate
    pct_start: float = 0.25
    div: float = 25.0
    size: int | None = None

    def __post_init__(self) -> None:
        require_kinds(self, STAGE)


def require_kinds(settings: object, kinds: Kinds) -> None:
    """Check the types of a stage's or a recipe's settings.

    Raises:
        Problem: one has another type than its kind.
    """
    if wrong := misfit(settings, kinds):
        raise Problem(f"This recipe's {wrong} is damaged: start again from a preset.")


def numbers(rate: Rate) -> list[float]:
    """The numbers of which a learning rate consists."""
    return [r for r in rate if r is not None] if isinstance(rate, tuple) else [rate]


def stage_from_json(value: dict[str, Any]) -> Stage:
    """The stage that `asdict` converted to plain values.

    Raises:
        KeyError, TypeError: `value` is not a stage.
        Problem: a setting has the wrong type.
    """
    rate = value["rate"]
    return Stage(**{**value, "rate": tuple(rate) if isinstance(rate, list | tuple) else rate})
