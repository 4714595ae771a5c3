"""Features of photographs by torch, for runs whose body has no ONNX file."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from fastai.vision.all import nn, torch

from petwidgets.inference.feature_cache import lacking, with_kept
from petwidgets.jobs import network as jobs
from petwidgets.jobs.job import implements
from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models.backbones import Undrawn, network, pretrained
from petwidgets.learning.models.inference import one_thread, ready
from petwidgets.learning.models.weights import restore
from petwidgets.learning.train.features import halves, through

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PIL import Image

    from petwidgets.runs.run import Run

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
        found = pretrained(run.recipe.arch)
        self.recipe, self.stats = run.recipe, found.stats
        frozen_only = self.recipe.frozen_only
        with Undrawn():
            self.preparation = Preparation(self.recipe, self.stats)
            model = network(self.recipe.arch, len(run.info["vocab"]), run.head_kind)
        if run.usable or not frozen_only:
            restore(run, model)  # raises if there are no weights
        else:
            model[0].load_state_dict(found.body)
        if frozen_only:
            fixed, rest = halves(model)
            self.rest = rest[:-1] if run.usable else nn.Sequential()
        else:
            fixed, self.rest = (
                nn.Sequential(model[0], *model[1][:-1]),
                nn.Sequential(),
            )
            self.stats = self.stats._replace(source=f"{run.id} {run.weights_ns}")
        self.fixed = ready(fixed, self.recipe.size)
        self.rest.eval()

    def lacking(self, paths: Sequence[Path]) -> list[int]:
        """As `jobs.network.LastLayer.lacking`."""
        return lacking(self.recipe, self.stats, paths)

    @torch.inference_mode()
    def features(self, paths: Sequence[Path]) -> np.ndarray:
        """As `jobs.network.LastLayer.features`."""
        rows = with_kept(self.recipe, self.stats, paths, self._compute)
        return np.asarray(self.rest(torch.from_numpy(rows)).numpy())

    def _compute(self, paths: list[Path]) -> np.ndarray:
        return np.asarray(through(self.fixed, self.preparation, paths, Quiet()).numpy())

    @torch.inference_mode()
    @one_thread()
    def of(self, photo: Image.Image) -> np.ndarray:
        """As `jobs.network.LastLayer.of`."""
        batch = self.preparation.batch([photo]).contiguous(memory_format=torch.channels_last)
        return self.rest(self.fixed(batch))[0].numpy()


@implements(jobs.torch_last_layer)
def torch_last_layer(run: Run) -> LastLayer:
    """Load a run's last layer (implements the job)."""
    return LastLayer(run)
