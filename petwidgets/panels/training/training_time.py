"""The time of a training: what reading the photographs takes, and what the network takes."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING

from petwidgets.jobs.model_cost import SMALL, batches
from petwidgets.jobs.reading import SECONDS

if TYPE_CHECKING:
    from petwidgets.jobs.model_cost import Cost, Phase
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.recipes.stage import Stage


def of_stages(cost: Cost, recipe: Recipe, photographs: tuple[int, int]) -> float:
    """Seconds of a training whose body is trained.

    Each epoch reads every photograph and validates. Only the network's work on a photograph is
    proportional to the pixels that it sees; reading takes the same for every size, and so does what
    a batch takes whatever is in it, such as the update of the weights. Loading the network and
    writing the epochs' files are not counted.

    Args:
        cost: of the recipe's architecture.
        recipe: of the training.
        photographs: numbers to train and to validate on.
    """
    train, valid = photographs
    trained = sum(stage.epochs * _trained(cost, recipe, stage, train) for stage in recipe.stages)
    validated = recipe.epochs * _validated(cost, recipe, valid)
    return (train + valid) * _read(recipe) + trained + validated


def of_features(pace: float, pixels: float) -> float:
    """Seconds per photograph of a baseline, by the pace of another one.

    Args:
        pace: photographs a second of the other one, which may have had its features kept.
        pixels: how many times as many pixels the network sees.
    """
    each = 1 / pace
    read = min(SECONDS["features"], each)
    return read + (each - read) * pixels


def _read(recipe: Recipe) -> float:
    """Seconds to read a photograph in all epochs together."""
    if recipe.input == "fast":
        return SECONDS["filling"] + (recipe.epochs - 1) * SECONDS["warm"]
    return recipe.epochs * SECONDS["fastai"]


def _trained(cost: Cost, recipe: Recipe, stage: Stage, photographs: int) -> float:
    """Seconds of the network in an epoch's training batches."""
    phase = cost["frozen" if stage.frozen else "unfrozen"]
    batch, photograph = _parts(phase, cost)
    n = batches(photographs, recipe.batch_size)
    size = stage.size or recipe.size
    return n * batch + min(photographs, n * recipe.batch_size) * photograph * _pixels(cost, size)


def _validated(cost: Cost, recipe: Recipe, photographs: int) -> float:
    """Seconds of the network in a validation; 0 if the measurement is of an earlier version."""
    each = mean(cost.get("validating") or [0.0]) / cost["batch_size"]
    return photographs * each * _pixels(cost, recipe.size)


def _parts(phase: Phase, cost: Cost) -> tuple[float, float]:
    """Seconds of a batch whatever is in it, and of each photograph in it at the measured size."""
    whole, small = mean(phase["seconds"]), mean(phase.get("small") or [0.0])
    share, batch = _pixels(cost, SMALL), 0.0
    if small and share < 1:
        batch = min(max(0.0, (small - share * whole) / (1 - share)), whole)
    return batch, (whole - batch) / cost["batch_size"]


def _pixels(cost: Cost, size: int) -> float:
    return (size / cost["size"]) ** 2
