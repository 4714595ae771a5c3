"""Test-time augmentation: the mean prediction over several crops of a photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastai.vision.all import torch
from PIL import Image
from torchvision.transforms.v2 import TenCrop
from torchvision.transforms.v2.functional import resize

from petwidgets.data.image import encode, read_photo
from petwidgets.jobs import classify as jobs
from petwidgets.jobs.classify import Views
from petwidgets.jobs.job import implements
from petwidgets.learning.models.inference import one_thread
from petwidgets.learning.predict.classify import PICTURE, classifier, look
from petwidgets.metrics.abstention import answer

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.runs.run import Run

BETA = 0.25
"""Weight of the plain centre square, as in fastai's `Learner.tta`."""

LARGER = 8 / 7
"""Shorter side of the resized photograph, relative to the side of the crops."""


@one_thread()
@torch.inference_mode()
@implements(jobs.views)
def views(run: Run, photo: Path | bytes) -> Views:
    """Classify by the centre square and ten crops (corners and centre, each also mirrored).

    The crops are torchvision's `TenCrop`. fastai draws its crops at random, so that the same
    photograph would get another answer each time.
    """
    model, picture = classifier(run), read_photo(photo)
    squares = [picture, *cut(picture, run.recipe.presize)]
    sight = model.look(model.preparation.batch(squares))
    rows = model.limits.cooled(sight.activations)
    mean = BETA * rows[0] + (1 - BETA) * rows[1:].mean(0)
    return Views(
        decision=answer(
            model.limits,
            model.vocab,
            mean,
            features=sight.features[0],
            look=look(picture),
        ),
        pictures=tuple(encode(square, PICTURE) for square in squares[1:]),
        breeds=tuple((model.vocab[int(row.argmax())], float(row.max())) for row in rows[1:]),
    )


def cut(picture: Image.Image, side: int) -> list[Image.Image]:
    """The ten crops of `side` pixels."""
    larger = round(side * LARGER)
    return [*TenCrop(side)(resize(picture, [larger], Image.Resampling.BILINEAR))]
