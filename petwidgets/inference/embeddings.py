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

from petwidgets.inference.converted import converted_body, weights_of
from petwidgets.inference.feature_cache import lacking, with_kept
from petwidgets.inference.features import features
from petwidgets.inference.head import read_head
from petwidgets.inference.network import frozen_body
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


class OnnxLastLayer:
    """As `petwidgets.jobs.network.LastLayer`, on onnxruntime.

    Args:
        run: has the head. A baseline without weights consists of its body alone.
        body: its body.

    Raises:
        Problem: the run's weights are damaged.
    """

    def __init__(self, run: Run, body: Body) -> None:
        self.recipe, self.body = run.recipe, body
        self._head = read_head(run) if run.usable else None
        stats = body.stats
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
        return np.asarray(self._rest(self._see(self._preparation.batch([photo])))[0])

    def _compute(self, paths: list[Path]) -> np.ndarray:
        rows = features(self._see, self._preparation, paths, _quiet, _never, workers=2)
        assert rows is not None  # noqa: S101 - it is never stopped
        return rows

    def _see(self, batch: np.ndarray) -> np.ndarray:
        """(n, f): what is cached of n squares."""
        # Of a frozen body its pooled maps, which all runs with that body share.
        return self.body.features(batch)

    def _rest(self, cached: np.ndarray) -> np.ndarray:
        """(n, features) of what is cached."""
        return self._head(cached)[0] if self._head else cached


class ConvertedLastLayer(OnnxLastLayer):
    """The last layer of a run whose body is its own: the features themselves are cached."""

    def _see(self, batch: np.ndarray) -> np.ndarray:
        assert self._head is not None  # noqa: S101 - it was converted with its weights
        return self._head(self._head.pooled(self.body.maps(batch)))[0]

    def _rest(self, cached: np.ndarray) -> np.ndarray:
        return cached


def _quiet(_done: int, _total: int) -> None:
    """Report nothing: the caller asks for some photographs at a time."""


def _never() -> bool:
    return False


@lru_cache(maxsize=2)
def _last_layer(folder: Path, _weights: tuple[int, bool]) -> LastLayer:
    run = Run(folder)
    if frozen := frozen_body(run):
        return OnnxLastLayer(run, frozen)
    if converted := converted_body(run):
        return ConvertedLastLayer(run, converted)
    return torch_last_layer.load()(run)


def last_layer(run: Run) -> LastLayer:
    """The run's last layer, kept in memory until its weights change or are converted.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
    run.require_sound()
    return _last_layer(run.folder, weights_of(run))


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
