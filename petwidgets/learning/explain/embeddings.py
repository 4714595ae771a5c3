"""Features (embeddings) of photographs: the inputs of a run's last linear layer.

Similar photographs have similar features. A training saves those of its validation set
(`Run.features`). All others, of earlier runs and of the training set, are computed on demand and
cached in `cache/features`. For a baseline, the cache holds the rows that it was trained on.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from fastai.vision.all import nn, torch

from petwidgets.jobs import features as jobs
from petwidgets.jobs.features import Missing
from petwidgets.jobs.job import implements
from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models.backbones import Undrawn, network, pretrained
from petwidgets.learning.models.inference import one_thread, ready
from petwidgets.learning.models.weights import head_kind, restore
from petwidgets.learning.train.feature_cache import lacking, with_kept
from petwidgets.learning.train.features import CHUNK, halves, through
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from PIL import Image

log = logging.getLogger(__name__)


class Quiet:
    """A replacement for an `EventLog` without listeners; the caller splits the work instead."""

    def progress(self, _stage: str) -> Callable[[int, int], None]:
        """A callback that reports nothing."""
        return lambda _done, _total: None

    def smaller(self, what: str, size: int) -> None:
        """Log that the memory did not suffice."""
        log.warning("the memory did not suffice for %s: going on with %s", what, size)


class LastLayer:
    """A run's network without its last layer, split at the point whose outputs are cached.

    For a frozen body the pooled feature maps are cached. All runs with that body share them, and
    the remaining layers of the head are quick. A frozen run without weights consists of that body
    alone.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """

    def __init__(self, run: Run) -> None:
        self.recipe, self.stats = run.recipe, pretrained(run.recipe.arch)
        frozen_only = self.recipe.frozen_only
        with Undrawn():
            self.preparation = Preparation(self.recipe, self.stats)
            model = network(self.recipe.arch, len(run.info["vocab"]), head_kind(run))
        if run.usable or not frozen_only:
            restore(run, model)  # raises if there are no weights
        else:
            model[0].load_state_dict(self.stats.body)
        if frozen_only:
            fixed, rest = halves(model)
            self.rest = rest[:-1] if run.usable else nn.Sequential()
        else:
            fixed, self.rest = (
                nn.Sequential(model[0], *model[1][:-1]),
                nn.Sequential(),
            )
            self.stats = replace(self.stats, source=f"{run.id} {run.weights_ns}")
        self.fixed = ready(fixed, self.recipe.size)
        self.rest.eval()

    def lacking(self, paths: Sequence[Path]) -> list[int]:
        """Positions of the photographs without cached features."""
        return lacking(self.recipe, self.stats, paths)

    @torch.inference_mode()
    def features(self, paths: Sequence[Path]) -> np.ndarray:
        """(n, f) float32 of n files; those that are not cached are computed (30 ms each).

        Raises:
            Problem: a photograph can't be read.
        """
        rows = with_kept(self.recipe, self.stats, paths, self._compute)
        return self.rest(rows).numpy()

    def _compute(self, paths: list[Path]) -> torch.Tensor:
        return through(self.fixed, self.preparation, paths, Quiet())

    @torch.inference_mode()
    @one_thread()
    def of(self, photo: Image.Image) -> np.ndarray:
        """(f) float32 of one photograph in memory."""
        batch = self.preparation.batch([photo]).contiguous(memory_format=torch.channels_last)
        return self.rest(self.fixed(batch))[0].numpy()


@lru_cache(maxsize=2)
def _last_layer(folder: Path, _weights_ns: int) -> LastLayer:
    return LastLayer(Run(folder))


def last_layer(run: Run) -> LastLayer:
    """The run's `LastLayer`, kept in memory until its weights change.

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
    sample, began = positions[:CHUNK], time.monotonic()
    layer.features([paths[i] for i in sample]) if sample else None
    seconds_each = (time.monotonic() - began) / max(1, len(sample))
    positions = positions[len(sample) :]
    return Missing(tuple(positions), seconds_each * len(positions))


@implements(jobs.gather)
def gather(run: Run, files: Sequence[str]) -> int:
    """Compute and cache the features of some photographs; returns how many."""
    return len(last_layer(run).features([Path(file) for file in files]))
