"""Test-time augmentation: one photograph looked at in several ways, and the mean of the answers."""

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
"""How much the plain view counts, as in fastai's `Learner.tta`."""

LARGER = 8 / 7
"""By how much the photograph is larger than what is cut out of it."""


@one_thread()
@torch.inference_mode()
@implements(jobs.views)
def views(run: Run, photo: Path | bytes) -> Views:
    """One photograph by its middle square and ten others: corners and middle, each also mirrored.

    fastai draws its views at random, so that one photograph gets another answer each time; these
    are torchvision's `TenCrop`.
    """
    known, picture = classifier(run), read_photo(photo)
    squares = [picture, *cut(picture, run.recipe.presize)]
    sight = known.look(known.preparation.batch(squares))
    cold = known.limits.cooled(sight.activations)
    mean = BETA * cold[0] + (1 - BETA) * cold[1:].mean(0)
    return Views(
        decision=answer(
            known.limits,
            known.vocab,
            mean,
            features=sight.features[0],
            look=look(picture),
        ),
        pictures=tuple(encode(square, PICTURE) for square in squares[1:]),
        breeds=tuple((known.vocab[int(row.argmax())], float(row.max())) for row in cold[1:]),
    )


def cut(picture: Image.Image, side: int) -> list[Image.Image]:
    """The ten squares of `side` pixels."""
    larger = round(side * LARGER)
    return [*TenCrop(side)(resize(picture, [larger], Image.Resampling.BILINEAR))]
