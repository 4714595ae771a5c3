"""Show the places of a photograph that are evidence for a breed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data.image import encode, read_photo
from petwidgets.inference.classify import Classifier, classifier
from petwidgets.inference.network import MAPS
from petwidgets.inference.overlay import enlarged, overlay
from petwidgets.inference.preparation import averages
from petwidgets.jobs import explain as jobs
from petwidgets.jobs.explain import Heat
from petwidgets.jobs.job import implements
from petwidgets.metrics.losses import softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from petwidgets.jobs.explain import Shares
    from petwidgets.runs.run import Run

PARTS = 3
"""Rows and columns in which the heat is summed, for users who can't see the picture."""


@implements(jobs.grad_cam)
def grad_cam(run: Run, photo: Path | str | bytes, breeds: Sequence[str]) -> Heat:
    """Compute the heat maps of a photograph (implements the job)."""
    model = classifier(run)
    picture = read_photo(photo if isinstance(photo, bytes) else Path(photo))
    positions = [_position(model, breed) for breed in breeds]
    batch = model.preparation.batch([picture])
    sight = model.look(batch)
    if sight.maps.ndim != MAPS:
        raise Problem(
            f"The body of {run.recipe.arch} does not end in feature maps, which Grad-CAM weighs:"
            " choose a run of a convolutional network."
        )
    heat = model.network.heat(sight.maps, positions)
    probabilities, size = softmax(sight.activations)[0], model.preparation.size
    square = model.preparation.seen(batch)[0]
    heat_maps = dict(zip(breeds, [enlarged(one, size) for one in heat], strict=True))
    return Heat(
        size=size,
        seen=encode(Image.fromarray(square), size),
        maps={breed: overlay(square, heat_map) for breed, heat_map in heat_maps.items()},
        probabilities={b: float(probabilities[i]) for b, i in zip(breeds, positions, strict=True)},
        shares={breed: shares(heat_map) for breed, heat_map in heat_maps.items()},
        empty=tuple(breed for breed, heat_map in heat_maps.items() if not heat_map.any()),
    )


def _position(known: Classifier, breed: str) -> int:
    if breed not in known.vocab:
        run = known.run
        raise Problem(f"The run {run.id} knows no {run.noun} {breed!r}: choose one of its own.")
    return int(known.vocab.index(breed))


def shares(heat: np.ndarray) -> Shares:
    """(3, 3): the shares of the heat in each part; all 0 where there is none."""
    means = averages(len(heat), PARTS)
    parts = means @ heat @ means.T
    return tuple(map(tuple, (parts / (parts.sum() or 1)).tolist()))
