"""What a run's last linear layer sees of photographs: features, in which like lies near like.

A training keeps those of its validation set (`Run.features`). Of all others, of earlier runs and
of the training set, they are computed when they are asked for, and kept in `cache/features`: those
of a baseline are made of the very rows that it was trained on.
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
from petwidgets.learning.models.weights import head_kind, restore, written
from petwidgets.learning.train.feature_cache import lacking, with_kept
from petwidgets.learning.train.features import CHUNK, halves, through
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from PIL import Image

log = logging.getLogger(__name__)


class Quiet:
    """Stands in for a `EventLog` where nobody listens: work is given out in pieces instead."""

    def progress(self, _stage: str) -> Callable[[int, int], None]:
        """Say nothing."""
        return lambda _done, _total: None

    def smaller(self, what: str, size: int) -> None:
        """Say it in the log."""
        log.warning("the memory did not suffice for %s: going on with %s", what, size)


class LastLayer:
    """A run's network without its last layer, in two parts: what is kept of, and what is not.

    Of a frozen body the averaged maps are kept, which all runs on it share; the rest of its head
    is quick. A run that is recorded without weights has that body alone.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """

    def __init__(self, run: Run) -> None:
        self.recipe, self.stats = run.recipe, pretrained(run.recipe.arch)
        frozen_only = self.recipe.frozen_only
        with Undrawn():
            self.preparation = Preparation(self.recipe, self.stats)
            whole = network(self.recipe.arch, len(run.info["vocab"]), head_kind(run))
        if run.usable or not frozen_only:
            restore(run, whole)  # which says so where there are none
        else:
            whole[0].load_state_dict(self.stats.body)
        if frozen_only:
            fixed, rest = halves(whole)
            self.rest = rest[:-1] if run.usable else nn.Sequential()
        else:
            fixed, self.rest = nn.Sequential(whole[0], *whole[1][:-1]), nn.Sequential()
            self.stats = replace(self.stats, source=f"{run.id} {written(run)}")
        self.fixed = ready(fixed, self.recipe.size)
        self.rest.eval()

    def lacking(self, paths: Sequence[Path]) -> list[int]:
        """Positions of the photographs that nothing is kept of."""
        return lacking(self.recipe, self.stats, paths)

    @torch.inference_mode()
    def features(self, paths: Sequence[Path]) -> np.ndarray:
        """(n, f) float32 of n files; those that are not kept are computed (30 ms each).

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
        """(f) float32 of one photograph, which need not be a file."""
        batch = self.preparation.batch([photo]).contiguous(memory_format=torch.channels_last)
        return self.rest(self.fixed(batch))[0].numpy()


@lru_cache(maxsize=2)
def _last_layer(folder: Path, _written_ns: int) -> LastLayer:
    return LastLayer(Run(folder))


def last_layer(run: Run) -> LastLayer:
    """The run's, kept in memory until its weights change.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
    run.require_sound()
    return _last_layer(run.folder, written(run))


@implements(jobs.missing)
def missing(run: Run, files: Sequence[str]) -> Missing:
    """Which features have to be computed, as the job says."""
    known, paths = last_layer(run), [Path(file) for file in files]
    left = known.lacking(paths)
    tried, began = left[:CHUNK], time.monotonic()
    known.features([paths[i] for i in tried]) if tried else None
    each = (time.monotonic() - began) / max(1, len(tried))
    left = left[len(tried) :]
    return Missing(tuple(left), each * len(left))


@implements(jobs.gather)
def gather(run: Run, files: Sequence[str]) -> int:
    """Compute and keep the features of some photographs; returns how many."""
    return len(last_layer(run).features([Path(file) for file in files]))
