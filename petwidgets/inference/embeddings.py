"""Features (embeddings) of photographs: the inputs of a run's last linear layer.

Similar photographs have similar features. A training saves those of its validation set
(`Run.features`). All others, of earlier runs and of the training set, are computed on demand and
cached in `cache/features`. For a baseline, the cache holds the rows that it was trained on.
"""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.inference.feature_cache import lacking, with_kept
from petwidgets.inference.features import features
from petwidgets.inference.network import frozen_body, read_head
from petwidgets.inference.preparation import Preparation
from petwidgets.jobs import features as jobs
from petwidgets.jobs.features import Missing
from petwidgets.jobs.job import implements
from petwidgets.jobs.network import torch_last_layer
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from petwidgets.inference.body import Body
    from petwidgets.jobs.network import LastLayer

SAMPLE = 16
"""Photographs whose features are computed to estimate the time of the others."""


class FrozenLastLayer:
    """As `petwidgets.jobs.network.LastLayer`, of a baseline on onnxruntime.

    The pooled maps of its body are cached, and shared by all runs with that body. A run without
    weights consists of that body alone.

    Args:
        run: a baseline.
        frozen: its body.

    Raises:
        Problem: the run's weights are damaged.
    """

    def __init__(self, run: Run, frozen: Body) -> None:
        self.recipe, self.body = run.recipe, frozen
        self._head = read_head(run) if run.usable else None
        stats = frozen.stats
        self._preparation = Preparation(
            self.recipe.presize, self.recipe.size, stats.mean, stats.std
        )

    def lacking(self, paths: Sequence[Path]) -> list[int]:
        """As `LastLayer.lacking`."""
        return lacking(self.recipe, self.body.stats, paths)

    def features(self, paths: Sequence[Path]) -> np.ndarray:
        """As `LastLayer.features`."""
        return self._rest(with_kept(self.recipe, self.body.stats, paths, self._compute))

    def of(self, photo: Image.Image) -> np.ndarray:
        """As `LastLayer.of`."""
        pooled = self.body.features(self._preparation.batch([photo]))
        return np.asarray(self._rest(pooled)[0])

    def _rest(self, pooled: np.ndarray) -> np.ndarray:
        return self._head(pooled)[0] if self._head else pooled

    def _compute(self, paths: list[Path]) -> np.ndarray:
        rows = features(self.body, self._preparation, paths, _quiet, _never, workers=2)
        assert rows is not None  # noqa: S101 - it is never stopped
        return rows


def _quiet(_done: int, _total: int) -> None:
    """Report nothing: the caller asks for some photographs at a time."""


def _never() -> bool:
    return False


@lru_cache(maxsize=2)
def _last_layer(folder: Path, _weights_ns: int) -> LastLayer:
    run = Run(folder)
    frozen = frozen_body(run)
    return FrozenLastLayer(run, frozen) if frozen else torch_last_layer.load()(run)


def last_layer(run: Run) -> LastLayer:
    """The run's last layer, kept in memory until its weights change.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
    run.require_sound()
    return _last_layer(run.folder, run.weights_ns)


@implements(jobs.missing)
def missing(run: Run, files: Sequence[str]) -> Missing:
    """List the features that are not cached (implements the job)."""
    layer, paths = last_layer(run), [Path(file) for file in files]
    positions = layer.lacking(paths)
    sample, began = positions[:SAMPLE], time.monotonic()
    layer.features([paths[i] for i in sample]) if sample else None
    seconds_each = (time.monotonic() - began) / max(1, len(sample))
    positions = positions[len(sample) :]
    return Missing(tuple(positions), seconds_each * len(positions))


@implements(jobs.gather)
def gather(run: Run, files: Sequence[str]) -> int:
    """Compute and cache the features of some photographs; returns how many."""
    return len(last_layer(run).features([Path(file) for file in files]))
