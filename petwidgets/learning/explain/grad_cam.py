"""Where in a photograph a network finds what speaks for a breed: Grad-CAM.

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
"""Perceptually uniform, told apart with any kind of colour vision, and black where nothing is."""

MAPS = 4
"""Dimensions of a batch of feature maps: photographs, channels, rows, columns."""

PARTS = 3
"""Parts of a side in which heat is counted, for who can't see the picture."""


class Attention:
    """A classifier's body, whose last maps are weighed, and its head, which tells by how much.

    The body is computed once, without gradients; only the head, whose input the maps are, is gone
    back through, once a breed.
    """

    def __init__(self, known: Classifier) -> None:
        self.known, self._lock = known, threading.Lock()
        self.body, head = known.model
        # captum hooks into its layers; the classifier's own answer in other threads meanwhile.
        self.head = deepcopy(head)
        self.grad_cam = LayerGradCam(self.head, self.head[0])

    def heat(self, batch: torch.Tensor, breeds: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Activations of all c breeds, and maps of k of them.

        Args:
            batch: (1, 3, size, size) float32, normalised.
            breeds: k positions in the vocab.

        Returns:
            (c), and (k, h, w) in the resolution of the body's last maps: their sum, weighted with
            the mean gradient of the breed's activation, and 0 where that is negative.

        Raises:
            Problem: the body does not end in maps, as a transformer's doesn't.
        """
        with torch.no_grad():
            maps = self.body(batch.contiguous(memory_format=torch.channels_last))
            if maps.ndim != MAPS:
                raise Problem(
                    f"The body of {self.known.run.recipe.arch} does not end in feature maps, which"
                    " Grad-CAM weighs: choose a run of a convolutional network."
                )
            activations = self.head(maps)[0]
        with self._lock, torch.enable_grad():
            copies = maps.repeat(len(breeds), 1, 1, 1).requires_grad_()
            found = self.grad_cam.attribute(
                copies, target=[*breeds], attribute_to_layer_input=True, relu_attributions=True
            )
        return activations, found.detach()[:, 0]


@lru_cache(maxsize=2)
def _attention(known: Classifier) -> Attention:
    return Attention(known)


@one_thread()
@implements(jobs.grad_cam)
def grad_cam(run: Run, photo: Path | str | bytes, breeds: Sequence[str]) -> Heat:
    """One photograph with what in it speaks for each of some breeds, as the job says."""
    known = classifier(run)
    picture = read_photo(photo if isinstance(photo, bytes) else Path(photo))
    positions = [_position(known, breed) for breed in breeds]
    batch = known.preparation.batch([picture])
    activations, heat = _attention(known).heat(batch, positions)
    probabilities, size = activations.softmax(0), known.preparation.size
    seen = known.preparation.seen(batch)[0]
    large = dict(zip(breeds, _enlarged(heat, size), strict=True))
    return Heat(
        size=size,
        seen=encode(Image.fromarray(seen), size),
        maps={breed: overlay(seen, one) for breed, one in large.items()},
        probabilities={b: float(probabilities[i]) for b, i in zip(breeds, positions, strict=True)},
        shares={breed: _shares(one) for breed, one in large.items()},
        empty=tuple(breed for breed, one in large.items() if not one.any()),
    )


def _position(known: Classifier, breed: str) -> int:
    if breed not in known.vocab:
        raise Problem(f"The run {known.run.id} knows no breed {breed!r}: choose one of its own.")
    return int(known.vocab.index(breed))


def _enlarged(heat: torch.Tensor, size: int) -> np.ndarray:
    """(k, size, size) of (k, h, w): each from 0 to 1, or 0 where there is none."""
    large = LayerAttribution.interpolate(heat[:, None], (size, size), "bilinear")[:, 0]
    most = large.amax((1, 2), keepdim=True)
    return (large / most.where(most > 0, torch.ones(()))).numpy()


def overlay(seen: np.ndarray, heat: np.ndarray) -> bytes:
    """A photograph in grey with heat in colours, as the bytes of a JPEG file.

    Args:
        seen: (size, size, 3) uint8.
        heat: (size, size) from 0 to 1.
    """
    grey = np.asarray(Image.fromarray(seen).convert("L"), np.float32)[..., None] / 255
    colours = colormaps[COLOURS](heat)[..., :3]
    # Where nothing is hot the photograph stands alone, darker; where all is, it still shows.
    share = 0.25 + 0.45 * heat[..., None]
    mixed = (1 - share) * grey + share * colours
    return encode(Image.fromarray((mixed * 255).round().astype(np.uint8)), max(heat.shape))


def _shares(heat: np.ndarray) -> Shares:
    parts = F.adaptive_avg_pool2d(torch.from_numpy(heat)[None, None], PARTS)[0, 0]
    total = parts.sum()
    return tuple(map(tuple, (parts / total if total else parts).tolist()))
