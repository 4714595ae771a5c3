"""Colours as 8-bit triples, and operations on them."""

import numpy as np

RGB = tuple[int, int, int]

INK: RGB = (48, 34, 36)
WHITE: RGB = (250, 247, 240)


def mix(a: RGB, b: RGB, part: float) -> RGB:
    """Mix two colours: `part` 0 gives a, 1 gives b."""
    return _rgb([x + (y - x) * part for x, y in zip(a, b, strict=True)])


def darker(colour: RGB, part: float) -> RGB:
    """Mix a colour with a warm black."""
    return mix(colour, (30, 16, 22), part)


def lighter(colour: RGB, part: float) -> RGB:
    """Mix a colour with a warm white."""
    return mix(colour, (255, 250, 240), part)


def jitter(colour: RGB, rng: np.random.Generator, amount: float) -> RGB:
    """Vary a colour randomly: mostly its brightness, slightly its hue (`amount` in levels)."""
    shift = rng.normal(0, amount) + rng.normal(0, amount / 3, 3)
    return _rgb([c + s for c, s in zip(colour, shift, strict=True)])


def outline(colour: RGB) -> RGB:
    """The outline colour of a shape of this colour: a darker one, visible on black fur too."""
    dark = sum(colour) < 210  # noqa: PLR2004 - the sum of three levels: a black coat
    return mix(colour, (8, 6, 12), 0.62) if dark else mix(colour, INK, 0.72)


def _rgb(levels: list[float]) -> RGB:
    r, g, b = (int(min(max(round(level), 0), 255)) for level in levels)
    return r, g, b
