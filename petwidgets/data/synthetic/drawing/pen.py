"""A pen that draws filled, softly shaded shapes in its own units on one picture."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from PIL.Image import Resampling

from petwidgets.data.synthetic.drawing.colours import RGB, outline
from petwidgets.data.synthetic.drawing.curves import Pair, Points

Box = tuple[int, int, int, int]
WHITE: RGB = (255, 255, 255)
SMALL = 300  # a tile with fewer pixels gets no shading
COARSE = 4  # soft shapes are drawn smaller by this factor, because blur is slow on many pixels


@dataclass(frozen=True)
class Mark:
    """A marking, clipped to the shape below it; `soft` is its blur in pen units."""

    shape: Points
    colour: RGB
    soft: float = 0.0


@dataclass(frozen=True)
class Pen:
    """Map from pen units to pixels: x * scale * mirror + x0, turned by `turn` radians."""

    image: Image.Image
    x0: float = 0.0
    y0: float = 0.0
    scale: float = 1.0
    mirror: int = 1
    turn: float = 0.0
    light: Pair = (-0.5, -0.85)
    edge: float = 2.2
    furry: bool = True

    def at(self, x: float, y: float, scale: float = 1.0, turn: float = 0.0) -> "Pen":
        """The pen of a part with its own origin, size and tilt."""
        px, py = self.place(np.array([[x, y]]))[0]
        return replace(
            self, x0=px, y0=py, scale=self.scale * scale, turn=self.turn + turn * self.mirror
        )

    def place(self, shape: Points) -> Points:
        """Pen units to pixels, (n, 2)."""
        c, s = math.cos(self.turn) * self.scale, math.sin(self.turn) * self.scale
        turned = shape @ np.array([(c * self.mirror, s * self.mirror), (-s, c)])
        return np.asarray(turned + np.array((self.x0, self.y0)), dtype=np.float64)

    def fill(self, shape: Points, colour: RGB) -> None:
        """Fill a shape with a flat colour."""
        ImageDraw.Draw(self.image).polygon(_flat(self.place(shape)), fill=colour)

    def line(self, points: Points, colour: RGB, width: float = 1.0) -> None:
        """Draw a stroke; `width` 1 is that of outlines."""
        self._stroke(self.place(points), colour, width)

    def _stroke(self, pixels: Points, colour: RGB, width: float) -> None:
        thick = max(round(self.edge * width), 1)
        ImageDraw.Draw(self.image).line(_flat(pixels), fill=colour, width=thick, joint="curve")

    def glow(self, shape: Points, colour: RGB, strength: float, blur: float) -> None:
        """Add a soft-edged patch of colour: shadows, blushes, light."""
        pixels = self.place(shape)
        box = _box(pixels, self.image.size, round(2 * blur * self.scale))
        if box is None:
            return
        self.image.paste(colour, box, _soft(pixels, box, blur * self.scale, level=strength))

    def part(
        self,
        shape: Points,
        base: RGB,
        marks: Sequence[Mark] = (),
        *,
        shade: float = 0.4,
        line: float = 1.0,
    ) -> None:
        """Draw a solid part: colour, markings, fur, shading and an outline."""
        pixels = self.place(shape)
        box = _box(pixels, self.image.size, 2)
        if box is None:
            return
        tile = Image.new("RGB", (box[2] - box[0], box[3] - box[1]), base)
        for mark in marks:
            self._mark(tile, box, mark)
        if tile.width * tile.height > SMALL:
            tile = ImageChops.multiply(tile, self._shading(pixels, box, shade))
        self.image.paste(tile, box, _mask(pixels, box))
        if line:
            self._stroke(np.vstack([pixels, pixels[:2]]), outline(base), line)

    def _mark(self, tile: Image.Image, box: Box, mark: Mark) -> None:
        pixels = self.place(mark.shape)
        if mark.soft:
            tile.paste(mark.colour, (0, 0), _soft(pixels, box, mark.soft * self.scale))
        else:
            ImageDraw.Draw(tile).polygon(_flat(pixels - box[:2]), fill=mark.colour)

    def _shading(self, pixels: Points, box: Box, shade: float) -> Image.Image:
        # Shadow: the complement of the outline after shifting and blurring it.
        depth = 0.16 * float(np.min(np.ptp(pixels, axis=0)))
        lit = _soft(pixels, box, depth * 0.75, (self.light[0] * depth, self.light[1] * depth))
        dark = [round(255 * (1 - shade * k)) for k in (0.92, 1.05, 0.82)]
        light = Image.new("RGB", lit.size, (dark[0], dark[1], dark[2]))
        light.paste(_fur(box, lit.size) if self.furry else WHITE, (0, 0, *lit.size), lit)
        return light


def _flat(pixels: Points) -> list[float]:
    flat: list[float] = pixels.ravel().tolist()
    return flat


def _box(pixels: Points, size: tuple[int, int], margin: int) -> Box | None:
    low, high = pixels.min(0) - margin, pixels.max(0) + margin + 1
    left, top = max(int(low[0]), 0), max(int(low[1]), 0)
    right, bottom = min(int(high[0]), size[0]), min(int(high[1]), size[1])
    return (left, top, right, bottom) if right - left > 1 and bottom - top > 1 else None


def _mask(pixels: Points, box: Box) -> Image.Image:
    mask = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
    ImageDraw.Draw(mask).polygon(_flat(pixels - box[:2]), fill=255)
    return mask


def _soft(
    pixels: Points, box: Box, blur: float, shift: Pair = (0, 0), level: float = 1.0
) -> Image.Image:
    size = (box[2] - box[0], box[3] - box[1])
    pad = 2  # so that the tile's edge does not affect the blur
    coarse = (size[0] // COARSE + 2 * pad, size[1] // COARSE + 2 * pad)
    mask = Image.new("L", coarse, 0)
    scaled = (pixels + shift - box[:2]) * ((coarse[0] - 2 * pad) / size[0]) + pad
    ImageDraw.Draw(mask).polygon(_flat(scaled), fill=round(255 * level))
    mask = mask.filter(ImageFilter.BoxBlur(max(blur / COARSE * 0.8, 0.5)))
    mask = mask.filter(ImageFilter.BoxBlur(max(blur / COARSE * 0.6, 0.5)))
    inner = (pad, pad, coarse[0] - pad, coarse[1] - pad)
    return mask.resize(size, Resampling.BILINEAR, box=inner)


@functools.cache
def _fur_sheet(side: int = 1100) -> Image.Image:
    # Short strokes, mostly downwards, drawn once per process; parts are multiplied with a crop.
    rng = np.random.default_rng(7)
    sheet = Image.new("L", (side, side), 246)
    draw = ImageDraw.Draw(sheet)
    start, fall = rng.uniform(0, side, (24000, 2)), rng.normal((2, 13), (5, 4), (24000, 2))
    shades = rng.integers(226, 256, 24000)
    for (x, y), (dx, dy), level in zip(start.tolist(), fall.tolist(), shades.tolist(), strict=True):
        draw.line((x, y, x + dx, y + dy), fill=level, width=2)
    return Image.merge("RGB", [sheet] * 3)


def _fur(box: Box, size: tuple[int, int]) -> Image.Image:
    sheet = _fur_sheet()
    if size[0] > sheet.width or size[1] > sheet.height:
        return sheet.resize(size)
    x, y = box[0] % (sheet.width - size[0] + 1), box[1] % (sheet.height - size[1] + 1)
    return sheet.crop((x, y, x + size[0], y + size[1]))
