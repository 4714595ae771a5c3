"""Photographs as a network sees them, exactly as fastai's validation transforms make them.

`Resize(presize)` cuts out the centre square and resizes it. After it `aug_transforms` only shrinks
in validation. That is linear: along each side, an output pixel is a weighted sum of a few input
pixels. The weights are those of fastai's `affine_coord`, which averages areas and then samples.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence


class Preparation:
    """Makes a network's input of photographs.

    Args:
        presize: side of the resized centre square, in pixels.
        size: side of the network's input, in pixels.
        mean, std: of each channel, which the input is normalised with.
    """

    def __init__(
        self, presize: int, size: int, mean: Sequence[float], std: Sequence[float]
    ) -> None:
        self.presize, self.size = presize, size
        self.mean, self.std = (np.array(v, np.float32).reshape(3, 1, 1) for v in (mean, std))

    def batch(self, photos: Sequence[Image.Image]) -> np.ndarray:
        """(n, 3, size, size) float32, normalised, of n photographs."""
        return np.stack([self._normalised(photo) for photo in photos])

    def seen(self, batch: np.ndarray) -> np.ndarray:
        """(n, size, size, 3) uint8: the pictures of a batch, as the network sees them."""
        pixels = np.clip(batch * self.std + self.mean, 0, 1) * 255
        return np.asarray(np.rint(pixels).astype(np.uint8).transpose(0, 2, 3, 1))

    def _normalised(self, photo: Image.Image) -> np.ndarray:
        pixels = np.asarray(centre(photo, self.presize), np.float32).transpose(2, 0, 1) / 255
        upright = self._shrink(pixels).transpose(0, 2, 1)
        return np.asarray((self._shrink(upright).transpose(0, 2, 1) - self.mean) / self.std)

    def _shrink(self, pixels: np.ndarray) -> np.ndarray:
        """(3, size, w) of (3, presize, w): complete rows are weighted and added, which is quick."""
        pixels = np.ascontiguousarray(pixels)
        weights, sources = taps(self.presize, self.size)
        shrunk = np.zeros((3, self.size, pixels.shape[2]), np.float32)
        for weight, source in zip(weights, sources, strict=True):
            shrunk += weight[:, None] * pixels[:, source]
        return shrunk


def centre(photo: Image.Image, side: int) -> Image.Image:
    """The centre square of a photograph, resized as fastai's `Resize(side)` does in validation."""
    width, height = photo.size
    ratio = min(width / side, height / side)
    cut = int(ratio * side)  # fastai's arithmetic: it may be a pixel less than the shorter side
    left, top = int(0.5 * (width - cut)), int(0.5 * (height - cut))
    return photo.crop((left, top, left + cut, top + cut)).resize((side, side), BILINEAR)


BILINEAR = Image.Resampling.BILINEAR


def shrinking(presize: int, size: int) -> np.ndarray:
    """(size, presize) float32: the weights of input pixels in each output pixel, along one side."""
    rows = np.eye(presize)
    if presize / size / 2 > 1:  # fastai averages first where sampling alone would skip pixels
        rows = averages(presize, int(presize / (presize / size / 2)))
    return (_sampled(len(rows), size) @ rows).astype(np.float32)


@lru_cache(maxsize=8)
def taps(presize: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two (k, size): the weights of `shrinking` that are not 0, and which pixels they are of."""
    matrix = shrinking(presize, size)
    k = int((matrix != 0).sum(1).max())
    sources = np.argsort(-matrix, axis=1, kind="stable")[:, :k]
    weights = np.take_along_axis(matrix, sources, axis=1)
    return np.ascontiguousarray(weights.T), np.ascontiguousarray(sources.T)


def averages(length: int, parts: int) -> np.ndarray:
    """(parts, length): means of neighbouring pixels, as torch's area interpolation has them."""
    matrix = np.zeros((parts, length))
    for i in range(parts):
        begin, end = i * length // parts, -(-(i + 1) * length // parts)
        matrix[i, begin:end] = 1 / (end - begin)
    return matrix


def _sampled(length: int, size: int) -> np.ndarray:
    """(size, length): bilinear samples, first and last pixels on each other."""
    matrix, places = np.zeros((size, length)), np.linspace(0, length - 1, size)
    below = np.minimum(places.astype(int), length - 2)
    share = places - below
    matrix[np.arange(size), below] = 1 - share
    matrix[np.arange(size), below + 1] += share
    return matrix
