"""What a baseline takes of torch where its body has no ONNX file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from fastai.vision.all import CancelFitException

from petwidgets.jobs import network as jobs
from petwidgets.jobs.job import implements
from petwidgets.learning import CORES
from petwidgets.learning.cost import memory_estimate
from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models.backbones import Undrawn, network, pretrained
from petwidgets.learning.models.inference import ready, threads
from petwidgets.learning.models.precision import require
from petwidgets.learning.train.callbacks import interruptible
from petwidgets.learning.train.features import halves, through

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from petwidgets.jobs.network import Reporter, Stats
    from petwidgets.recipes.recipe import Recipe


@implements(jobs.torch_stats)
def torch_stats(arch: str) -> Stats:
    """Mean, standard deviation and source of pretrained weights (implements the job)."""
    return pretrained(arch).stats


@implements(jobs.torch_features)
def torch_features(
    recipe: Recipe, paths: Sequence[Path], journal: Reporter, stop: Callable[[], bool]
) -> np.ndarray | None:
    """Features of a recipe's frozen body (implements the job)."""
    require(recipe.precision)
    most = memory_estimate.fitting(recipe, 2, "linear", len(paths))
    stats = pretrained(recipe.arch)
    with Undrawn():
        model = network(recipe.arch, 2, "linear")
    model[0].load_state_dict(stats.body)
    fixed = ready(halves(model)[0], recipe.size)
    try:
        with interruptible(fixed, stop), threads(CORES):
            rows = through(fixed, Preparation(recipe, stats), paths, journal, most)
    except CancelFitException:
        return None
    return np.asarray(rows.numpy())
