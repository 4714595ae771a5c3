"""Parse and write stages: rates in fastai's notation, without evaluating code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.recipes.presets import fine_tune
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from petwidgets.recipes.stage import Rate

MOST = 4
"""Maximum of stages in a form."""

HOW = "Write a rate as 3e-3, slice(1e-6, 1e-4) or slice(1e-3)."

_NUMBER = r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*"
_SLICE = re.compile(rf"slice\({_NUMBER}(?:,{_NUMBER})?\)", re.IGNORECASE)


def read_rate(text: str) -> Rate:
    """Parse a learning rate: a number, or a `slice` of one or two numbers.

    Raises:
        Problem: the text is neither.

    Example:
        >>> read_rate("3e-3"), read_rate("slice(1e-6, 1e-4)"), read_rate("slice(1e-3)")
        (0.003, (1e-06, 0.0001), (None, 0.001))
    """
    match = _SLICE.fullmatch(text.strip())
    try:
        if match is None:
            return float(text)
        first, second = match.groups()
        return (None, float(first)) if second is None else (float(first), float(second))
    except ValueError as error:
        raise Problem(f"{text[:40]!r} is not a learning rate. {HOW}") from error


def write_rate(rate: Rate) -> str:
    """Write a learning rate so that `read_rate` can parse it.

    Example:
        >>> write_rate((1e-06, 0.0001)), write_rate(0.003)
        ('slice(1e-06, 0.0001)', '0.003')
    """
    if not isinstance(rate, tuple):
        return f"{rate:g}"
    return "slice(" + ", ".join(f"{end:g}" for end in rate if end is not None) + ")"


def values(stage: Stage) -> dict[str, Any]:
    """Convert a stage to the values of a form."""
    return {
        "body": "frozen" if stage.frozen else "unfrozen",
        "epochs": stage.epochs,
        "rate": write_rate(stage.rate),
        "pct_start": stage.pct_start,
        "div": stage.div,
        "size": stage.size or 0,
    }


def stage(row: Mapping[str, Any]) -> Stage:
    """Convert the values of a form to a stage.

    Raises:
        Problem: the rate can't be parsed.
    """
    return Stage(
        epochs=row["epochs"],
        frozen=row["body"] == "frozen",
        rate=read_rate(row["rate"]),
        pct_start=row["pct_start"],
        div=row["div"],
        size=row["size"] or None,
    )


def name_of(stages: Sequence[Stage]) -> str:
    """Name of a recipe with these stages: `fine-tune` if they are its stages, else `stages`."""
    if len(stages) == 2:  # noqa: PLR2004 - frozen, unfrozen
        first, then = stages
        high = first.rate[1] if isinstance(first.rate, tuple) else None
        if high and tuple(stages) == fine_tune(then.epochs, first.epochs, high).stages:
            return "fine-tune"
    return "stages"


def again(recipe: Recipe, epochs: int) -> Recipe:
    """Shorten the last stages of a recipe, so that it has this total number of epochs.

    A shortened stage has a complete schedule: its rate falls until its end. Chapter section
    "Selecting the Number of Epochs".

    Raises:
        Problem: `epochs` is below 1.
    """
    left, stages = epochs, []
    for stage in recipe.stages:
        took = min(stage.epochs, left)
        left -= took
        if took:
            stages.append(Stage(**{**stage.__dict__, "epochs": took}))
    name = recipe.name if recipe.frozen_only else name_of(stages)
    given = {k: v for k, v in recipe.__dict__.items() if k not in ("name", "stages")}
    return Recipe(name, tuple(stages), **given)
