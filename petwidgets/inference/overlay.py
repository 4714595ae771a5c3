"""Draw heat over a photograph."""

from __future__ import annotations

import numpy as np
from PIL import Image

from petwidgets.data.image import encode
from petwidgets.inference.inferno import LEVELS, palette
from petwidgets.inference.preparation import BILINEAR


def enlarged(heat: np.ndarray, size: int) -> np.ndarray:
    """(size, size) of (h, w): scaled to a maximum of 1, unless it is all 0."""
    large = np.asarray(Image.fromarray(heat.astype(np.float32)).resize((size, size), BILINEAR))
    return np.asarray(large / (large.max() or 1))


def overlay(photo: np.ndarray, heat: np.ndarray) -> bytes:
    """A photograph in grey with heat in colours, as the bytes of a JPEG file.

    Args:
        photo: (size, size, 3) uint8.
        heat: (size, size) from 0 to 1.
    """
    grey = np.asarray(Image.fromarray(photo).convert("L"), np.float32)[..., None]
    colours = palette()[np.minimum(heat * LEVELS, LEVELS - 1).astype(np.uint8)]
    # Cold places show the photograph alone, darkened. It stays visible in hot places, too.
    share = 0.25 + 0.45 * heat[..., None].astype(np.float32)
    mixed = (1 - share) * grey + share * colours
    return encode(Image.fromarray(mixed.round().astype(np.uint8)), max(heat.shape))
