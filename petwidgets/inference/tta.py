"""Test-time augmentation: the mean prediction over several crops of a photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from petwidgets.common.errors import Problem
from petwidgets.data.decoding import MAX_PIXELS
from petwidgets.data.image import encode, read_photo
from petwidgets.inference.classify import PICTURE, classifier, look
from petwidgets.jobs import classify as jobs
from petwidgets.jobs.classify import Views
from petwidgets.jobs.job import implements
from petwidgets.metrics.abstention import answer

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.runs.run import Run

BETA = 0.25
"""Weight of the plain centre square, as in fastai's `Learner.tta`."""

LARGER = 8 / 7
"""Shorter side of the resized photograph, relative to the side of the crops."""


@implements(jobs.views)
def views(run: Run, photo: Path | bytes) -> Views:
    """Classify by the centre square and ten crops (corners and centre, each also mirrored).

    The crops are those of torchvision's `TenCrop`. fastai draws its crops at random, so that the
    same photograph would get another answer each time.
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
    """The ten crops of `side` pixels: four corners and the centre, then the same mirrored.

    Raises:
        Problem: the picture is so narrow that it would not fit into the memory once resized.
    """
    larger = _resized(picture, round(side * LARGER))
    plain = _five(larger, side)
    return [*plain, *_five(ImageOps.mirror(larger), side)]


def _resized(picture: Image.Image, shorter: int) -> Image.Image:
    """The picture with a shorter side of so many pixels, as torchvision's `resize` has it."""
    width, height = picture.size
    longer = int(shorter * max(width, height) / min(width, height))
    if shorter * longer > MAX_PIXELS:
        raise Problem("This picture is too long and narrow for ten views: crop it first.")
    size = (shorter, longer) if width <= height else (longer, shorter)
    return picture.resize(size, Image.Resampling.BILINEAR)


def _five(picture: Image.Image, side: int) -> list[Image.Image]:
    right, lower = picture.width - side, picture.height - side
    corners = [(0, 0), (right, 0), (0, lower), (right, lower), (round(right / 2), round(lower / 2))]
    return [picture.crop((x, y, x + side, y + side)) for x, y in corners]
