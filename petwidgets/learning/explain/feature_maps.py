"""What each block of a network gives for a photograph: one map of each, as a picture."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from petwidgets.data.image import encode, read_photo
from petwidgets.inference.preparation import Preparation
from petwidgets.jobs import network_blocks as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.network_blocks import TILE, FeatureMaps
from petwidgets.learning.models.blocks import listening, parts
from petwidgets.learning.models.inference import one_thread
from petwidgets.learning.models.weights import TrainedNetwork, whole
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from fastai.vision.all import nn

    from petwidgets.learning.models.blocks import Part


@implements(jobs.feature_maps)
def feature_maps(run: Run, photo: Path | str | bytes) -> FeatureMaps:
    """Show what each block of a run's network makes of a photograph (implements the job)."""
    trained, recipe = _trained(run.folder, run.weights_ns), run.recipe
    prepare = Preparation(recipe.presize, recipe.size, trained.mean, trained.std)
    picture = read_photo(photo if isinstance(photo, bytes) else Path(photo))
    body, batch = trained.network[0], prepare.batch([picture])
    return maps_of(recipe.arch, body, batch, f"the weights of {run.title}")


@lru_cache(maxsize=1)
def _trained(folder: Path, _weights_ns: int) -> TrainedNetwork:
    return whole(Run(folder))


def maps_of(arch: str, body: nn.Module, batch: np.ndarray, source: str) -> FeatureMaps:
    """One map of each block of a body.

    Args:
        arch: its architecture.
        body: in `eval` mode.
        batch: (1, 3, h, w) float32, prepared for it.
        source: the weights, in words.
    """
    blocks = parts(arch, body)
    outputs = _outputs(blocks, body, batch)
    tiles = [_tile(outputs[part.name][0].numpy()) for part in blocks]
    picture = encode(Image.fromarray(np.hstack(tiles)), TILE * len(tiles), "WEBP")
    return FeatureMaps(tuple(part.name for part in blocks), picture, source)


_listening = threading.Lock()
"""Hooks are of the network, which requests share: two at a time would hear each other."""


@one_thread()
@torch.inference_mode()
def _outputs(blocks: list[Part], body: nn.Module, batch: np.ndarray) -> dict[str, torch.Tensor]:
    with _listening, listening(blocks) as outputs:
        body(torch.from_numpy(batch))
    return outputs


def _tile(maps: np.ndarray) -> np.ndarray:
    """(TILE, TILE) uint8: of (c, h, w) the map with the largest variance, its range stretched."""
    one = maps[maps.reshape(len(maps), -1).var(1).argmax()]
    low, high = float(one.min()), float(one.max())
    grey = (255 * (one - low) / ((high - low) or 1)).astype(np.uint8)
    smooth = Image.Resampling.BOX if len(one) > TILE else Image.Resampling.NEAREST
    return np.asarray(Image.fromarray(grey).resize((TILE, TILE), smooth))
