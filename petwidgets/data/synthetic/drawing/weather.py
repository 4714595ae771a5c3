"""Final layers of a picture: snowfall, grass before the paws, light, grain."""

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageChops
from PIL.Image import Resampling

from petwidgets.data.synthetic.drawing.curves import ellipse
from petwidgets.data.synthetic.drawing.stage import Stage

Light = tuple[float, float, float]
LIGHTS: Mapping[str, tuple[Light, float]] = MappingProxyType(
    # the colour of white paper in this light, and the amount by which shadows are lightened
    {
        "noon": ((1.0, 1.0, 1.0), 0.0),
        "morning": ((1.0, 0.97, 0.9), 0.02),
        "evening": ((1.0, 0.88, 0.72), 0.0),
        "shade": ((0.84, 0.9, 1.0), 0.02),
        "lamp": ((0.96, 0.82, 0.62), 0.0),
        "fog": ((0.94, 0.96, 0.98), 0.16),
        "dim": ((0.76, 0.76, 0.84), 0.0),
        "bright": ((1.12, 1.1, 1.06), 0.03),
    }
)


def snowfall(stage: Stage) -> None:
    """Draw snowflakes in front of everything."""
    for x, y in stage.rng.uniform((0, 0), (stage.wide, 1), (50, 2)).tolist():
        r = 0.003 + 0.007 * stage.rng.random() ** 2
        stage.pen.fill(ellipse(x, y, r, r, n=10), (252, 253, 255))


def grass(stage: Stage) -> None:
    """Draw blades of grass in front of the paws."""
    stage.tufts(0.95, 1.03, 16, (112, 162, 84), 0.07)


def lit(image: Image.Image, name: str, rng: np.random.Generator) -> Image.Image:
    """The picture in another light, with a dark rim and a little grain."""
    white, lift = LIGHTS[name]
    gamma = rng.uniform(0.88, 1.14)
    tables = [_table(level, lift, gamma) for level in white]
    image = image.point(tables[0] + tables[1] + tables[2])
    image = ImageChops.multiply(image, _rim().resize(image.size, Resampling.BILINEAR))
    return _grained(image, rng)


def _table(level: float, lift: float, gamma: float) -> list[int]:
    tone = (np.arange(256) / 255) ** gamma * level
    levels: list[int] = (
        np.clip((tone * (1 - lift) + lift) * 255, 0, 255).round().astype(int).tolist()
    )
    return levels


@functools.cache
def _rim() -> Image.Image:
    y, x = np.mgrid[-1:1:48j, -1:1:48j]
    level = (255 * np.clip(1.03 - 0.13 * (x * x + y * y), 0, 1)).astype(np.uint8)
    return Image.fromarray(np.repeat(level[:, :, None], 3, axis=2))


@functools.cache
def _grain() -> Image.Image:
    rng = np.random.default_rng(11)
    level = np.clip(128 + rng.normal(0, 2.8, (640, 640)), 0, 255).astype(np.uint8)
    return Image.fromarray(np.repeat(level[:, :, None], 3, axis=2))


def _grained(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    sheet = _grain()
    x, y = (
        int(rng.integers(s - min(s, d) + 1)) for s, d in zip(sheet.size, image.size, strict=True)
    )
    piece = sheet.crop((x, y, x + image.width, y + image.height))
    return ImageChops.add(image, piece, 1, -128)


FRONTS: Mapping[str, Callable[[Stage], None]] = MappingProxyType(
    {"snow": snowfall, "meadow": grass, "garden": grass}
)
