"""Make the fastai `Learner` of a recipe, for training or with a run's weights."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastai.vision.all import (
    CrossEntropyLossFlat,
    Learner,
    error_rate,
    set_seed,
    vision_learner,
)

from petwidgets.baseline.run_dataset import Away, parts_of, photographs
from petwidgets.learning.input.dataloaders import dataloaders, empty_dataloaders
from petwidgets.learning.input.fast_loader import fast_dataloaders
from petwidgets.learning.models.backbones import HEADS, architecture, pretrained
from petwidgets.learning.models.weights import restore

if TYPE_CHECKING:
    from fastai.vision.all import DataLoaders

    from petwidgets.data.dataset import Dataset
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run

FIRST_BATCH = "preparing the first batch"
"""What a stage does before there is a batch to report."""


def batch_size(run: Run) -> int:
    """Photographs per batch: the recipe's number, or fewer if the memory did not suffice."""
    return int(run.info.get("batch_size", run.recipe.batch_size))


def prepare(run: Run, recipe: Recipe, dataset: Dataset, parent: Run | None = None) -> Learner:
    """The learner of a run, with its initial weights.

    Args:
        run: a run that has its `files`, `train_files` and `vocab` already.
        recipe: the run's, perhaps with smaller batches.
        dataset: its photographs.
        parent: the run that gives the initial weights; default: ImageNet's weights.

    Raises:
        Problem: too few photographs, or one that can't be read.
    """
    stats, parts = pretrained(recipe.arch), parts_of(run, dataset)
    make = fast_dataloaders if recipe.input == "fast" else dataloaders
    dls = make(recipe, dataset, stats, parts)
    set_seed(recipe.seed)  # for the weights of a new head
    learn = _vision_learner(recipe, dls, run.head_kind)
    learn.model[0].load_state_dict(stats.body)
    if parent is not None:
        restore(parent, learn.model)
    return learn


def _vision_learner(recipe: Recipe, dls: Any, head: str) -> Learner:
    # Weights are loaded afterwards, and `dls` has `Normalize` already: alike for all sources.
    return vision_learner(
        dls,
        architecture(recipe.arch),
        pretrained=False,
        normalize=False,
        # fastai trains the batch norms of a frozen body, which takes a backward pass through all
        # of it. Without, lite0 takes 16 ms per photograph and core instead of 65.
        train_bn=recipe.input != "fast",
        **HEADS[head],
        loss_func=CrossEntropyLossFlat(),
        metrics=error_rate,
        wd=recipe.weight_decay,
    )


def learner(run: Run) -> Learner:
    """A fastai `Learner` with a run's weights and `DataLoaders`, for use in a notebook cell.

    Training and validation set are the run's own, file by file. If they are not on this machine,
    the `DataLoaders` are empty and a warning says so: the learner then predicts only.

    Raises:
        Problem: the run has no weights.
    """
    run.require_sound()
    learn = _vision_learner(run.recipe, _dls_of(run), run.head_kind)
    restore(run, learn.model)
    learn.freeze()
    return learn


def _dls_of(run: Run) -> DataLoaders:
    stats = pretrained(run.recipe.arch)
    try:
        dataset = photographs(run)
    except Away as away:
        warnings.warn(
            f"{away} Until then this learner predicts, but its dls is empty.", stacklevel=4
        )
        return empty_dataloaders(run.recipe, run.info["vocab"], stats)
    train, valid = parts_of(run, dataset)
    # A baseline may have been trained on less than a batch.
    recipe = replace(run.recipe, batch_size=min(batch_size(run), len(train)))
    return dataloaders(recipe, dataset, stats, (train, valid))
