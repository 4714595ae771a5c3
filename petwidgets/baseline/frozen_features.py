"""Features of a data set by a frozen body: on onnxruntime where that can be, else on torch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.common.errors import Problem
from petwidgets.inference.body import STEP, body
from petwidgets.inference.feature_cache import with_kept
from petwidgets.inference.features import features
from petwidgets.inference.preparation import Preparation
from petwidgets.jobs.network import torch_features, torch_stats

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.data.dataset import Dataset
    from petwidgets.inference.body import Body
    from petwidgets.jobs.network import Reporter, Stats
    from petwidgets.jobs.train import Stop
    from petwidgets.recipes.recipe import Recipe

THREADS = os.cpu_count() or 1


class Stopped(Exception):  # noqa: N818 - no error
    """The work was stopped before it had a result."""


def frozen_body(recipe: Recipe) -> Body | None:
    """The body on onnxruntime, thrice as fast as torch on a CPU; None where torch is needed."""
    fits = recipe.precision == "fp32" and not recipe.size % STEP
    return body(recipe.arch) if fits else None


def stats(recipe: Recipe) -> Stats:
    """Mean, standard deviation and source of a recipe's pretrained weights.

    Raises:
        Problem: no such architecture, or its weights are not available.
    """
    found = frozen_body(recipe)
    return found.stats if found else torch_stats.load()(recipe.arch)


def frozen_rows(
    recipe: Recipe, dataset: Dataset, journal: Reporter, stop: Stop
) -> tuple[np.ndarray, np.ndarray]:
    """(n, features) float32 and (n) targets of a data set; cached features are not recomputed.

    Args:
        recipe: gives architecture and sizes.
        dataset: n photographs.
        journal: reports the progress.
        stop: called often.

    Raises:
        Problem: a photograph can't be read.
        Stopped: `stop()` was true.
    """
    found = frozen_body(recipe)

    def computed(paths: list[Path]) -> np.ndarray:
        if found is None:
            rows = torch_features.load()(recipe, paths, journal, stop)
        else:
            prepare = Preparation(recipe.presize, recipe.size, found.stats.mean, found.stats.std)
            progress = journal.progress("features")
            rows = features(found.features, prepare, paths, progress, stop, workers=THREADS)
        if rows is None:
            raise Stopped
        return rows

    return with_kept(recipe, stats(recipe), dataset.paths, computed), targets_of(dataset)


def kept_rows(recipe: Recipe, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """As `frozen_rows`, where all of them are cached.

    Raises:
        Problem: they are not.
    """

    def computed(_paths: list[Path]) -> np.ndarray:
        raise Problem(
            "The features of these photographs are not kept: train a baseline with them, or search"
            " a rate of the head alone, and they are."
        )

    return with_kept(recipe, stats(recipe), dataset.paths, computed), targets_of(dataset)


def targets_of(dataset: Dataset) -> np.ndarray:
    """(n) positions of the breeds in the vocab."""
    position = {breed: i for i, breed in enumerate(dataset.vocab)}
    return np.array([position[breed] for breed in dataset.breeds])
