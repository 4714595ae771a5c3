"""Grad-CAM: show the places of a photograph that are evidence for a breed.

R. R. Selvaraju and others, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017; computed by captum's `LayerGradCam`.
"""

from __future__ import annotations

import threading
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from captum.attr import LayerAttribution, LayerGradCam
from fastai.vision.all import F, torch
from matplotlib import colormaps
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data.image import encode, read_photo
from petwidgets.jobs import explain as jobs
from petwidgets.jobs.explain import Heat
from petwidgets.jobs.job import implements
from petwidgets.learning.models.inference import one_thread
from petwidgets.learning.predict.classify import Classifier, classifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.explain import Shares
    from petwidgets.runs.run import Run

COLOURS = "inferno"
"""Colour map: perceptually uniform, readable with any colour vision, and black at zero."""

MAPS = 4
"""Dimensions of a batch of feature maps: photographs, channels, rows, columns."""

PARTS = 3
"""Rows and columns in which the heat is summed, for users who can't see the picture."""


class Attention:
    """Grad-CAM of a classifier.

    The body is computed once, without gradients. The backward pass runs through the head only, once
    per breed, and weights the body's last feature maps.
    """

    def __init__(self, classifier: Classifier) -> None:
        self.run, self._lock = classifier.run, threading.Lock()
        self.body, head = classifier.model
        # A copy, because captum adds hooks and other threads use the classifier meanwhile.
        self.head = deepcopy(head)
        self.grad_cam = LayerGradCam(self.head, self.head[0])

    def heat(self, batch: torch.Tensor, breeds: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the activations of all c breeds, and the heat maps of k of them.

        Args:
            batch: (1, 3, size, size) float32, normalised.
            breeds: k positions in the vocab.

        Returns:
            (c), and (k, h, w) in the resolution of the body's last feature maps: their sum,
            weighted with the mean gradients of the breed's activation, negative values set to 0.

        Raises:
            Problem: the body does not end in feature maps (as a transformer's).
        """
        with torch.no_grad():
            maps = self.body(batch.contiguous(memory_format=torch.channels_last))
            if maps.ndim != MAPS:
                raise Problem(
                    f"The body of {self.run.recipe.arch} does not end in feature maps, which"
                    " Grad-CAM weighs: choose a run of a convolutional network."
                )
            activations = self.head(maps)[0]
        with self._lock, torch.enable_grad():
            copies = maps.repeat(len(breeds), 1, 1, 1).requires_grad_()
            maps_of_breeds = self.grad_cam.attribute(
                copies, target=[*breeds], attribute_to_layer_input=True, relu_attributions=True
            )
        return activations, maps_of_breeds.detach()[:, 0]


@lru_cache(maxsize=2)
def _attention(classifier: Classifier) -> Attention:
    return Attention(classifier)


@one_thread()
@implements(jobs.grad_cam)
def grad_cam(run: Run, photo: Path | str | bytes, breeds: Sequence[str]) -> Heat:
    """Compute the heat maps of a photograph (implements the job)."""
    model = classifier(run)
    picture = read_photo(photo if isinstance(photo, bytes) else Path(photo))
    positions = [_position(model, breed) for breed in breeds]
    batch = model.preparation.batch([picture])
    activations, heat = _attention(model).heat(batch, positions)
    probabilities, size = activations.softmax(0), model.preparation.size
    square = model.preparation.seen(batch)[0]
    heat_maps = dict(zip(breeds, _enlarged(heat, size), strict=True))
    return Heat(
        size=size,
        seen=encode(Image.fromarray(square), size),
        maps={breed: overlay(square, heat_map) for breed, heat_map in heat_maps.items()},
        probabilities={b: float(probabilities[i]) for b, i in zip(breeds, positions, strict=True)},
        shares={breed: _shares(heat_map) for breed, heat_map in heat_maps.items()},
        empty=tuple(breed for breed, heat_map in heat_maps.items() if not heat_map.any()),
    )


def _position(known: Classifier, breed: str) -> int:
    if breed not in known.vocab:
        raise Problem(f"The run {known.run.id} knows no breed {breed!r}: choose one of its own.")
    return int(known.vocab.index(breed))


def _enlarged(heat: torch.Tensor, size: int) -> np.ndarray:
    """(k, size, size) of (k, h, w): each scaled to a maximum of 1, unless it is all 0."""
    large = LayerAttribution.interpolate(heat[:, None], (size, size), "bilinear")[:, 0]
    maxima = large.amax((1, 2), keepdim=True)
    return (large / maxima.where(maxima > 0, torch.ones(()))).numpy()


def overlay(photo: np.ndarray, heat: np.ndarray) -> bytes:
    """A photograph in grey with heat in colours, as the bytes of a JPEG file.

    Args:
        photo: (size, size, 3) uint8.
        heat: (size, size) from 0 to 1.
    """
    grey = np.asarray(Image.fromarray(photo).convert("L"), np.float32)[..., None] / 255
    colours = colormaps[COLOURS](heat)[..., :3]
    # Cold places show the photograph alone, darkened. It stays visible in hot places, too.
    share = 0.25 + 0.45 * heat[..., None]
    mixed = (1 - share) * grey + share * colours
    return encode(Image.fromarray((mixed * 255).round().astype(np.uint8)), max(heat.shape))


def _shares(heat: np.ndarray) -> Shares:
    parts = F.adaptive_avg_pool2d(torch.from_numpy(heat)[None, None], PARTS)[0, 0]
    total = parts.sum()
    return tuple(map(tuple, (parts / total if total else parts).tolist()))
