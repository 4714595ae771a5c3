"""The three recipes of the chapter, under the names that commands and pages know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable


def baseline(epochs: int | None = None, base_lr: float | None = None, **settings: Any) -> Recipe:
    """Logistic regression on the features of the frozen body, which one forward pass computes.

    The weight decay is L2, added to the gradient. In five folds of 2,960 Oxford photographs 0.005
    to 0.1 were wrong equally often, and 0.01 or less had the least loss (`benchmarks/heads.py`).
    """
    rate = 5e-3 if base_lr is None else base_lr
    stage = Stage(12 if epochs is None else epochs, frozen=True, rate=rate)
    return Recipe("baseline", (stage,), **settings)


def fine_tune(
    epochs: int | None = None,
    freeze_epochs: int | None = None,
    base_lr: float | None = None,
    **settings: Any,
) -> Recipe:
    """The two stages of fastai's `Learner.fine_tune(epochs, base_lr, freeze_epochs)`."""
    high = 2e-3 if base_lr is None else base_lr
    first = Stage(
        1 if freeze_epochs is None else freeze_epochs,
        frozen=True,
        rate=(None, high),
        pct_start=0.99,
    )
    then = Stage(
        1 if epochs is None else epochs,
        frozen=False,
        rate=(high / 2 / 100, high / 2),
        pct_start=0.3,
        div=5.0,
    )
    return Recipe("fine-tune", (first, then), **settings)


def one_cycle(
    epochs: int | None = None,
    freeze_epochs: int | None = None,
    base_lr: float | None = None,
    **settings: Any,
) -> Recipe:
    """The chapter's own stages: 3 frozen epochs at 3e-3, then 12 at `slice(1e-6, 1e-4)`."""
    high = 3e-3 if base_lr is None else base_lr
    first = Stage(3 if freeze_epochs is None else freeze_epochs, frozen=True, rate=high)
    then = Stage(12 if epochs is None else epochs, frozen=False, rate=(high / 3000, high / 30))
    return Recipe("one-cycle", (first, then), **settings)


MAKERS: dict[str, Callable[..., Recipe]] = {
    "baseline": baseline,
    "fine-tune": fine_tune,
    "one-cycle": one_cycle,
}


def make(name: str, **settings: Any) -> Recipe:
    """The recipe called `name` with these settings; `None` stands for the default.

    Raises:
        Problem: no such recipe, or a setting is out of range.
    """
    if name not in MAKERS:
        raise Problem(f"There is no recipe {short(name)!r}: choose {', '.join(MAKERS)}.")
    given = {key: value for key, value in settings.items() if value is not None}
    if name == "baseline" and given.pop("freeze_epochs", None):
        raise Problem("The baseline is frozen throughout: give its length as epochs.")
    return MAKERS[name](**given)
