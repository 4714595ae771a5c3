"""The stage of a scene: a pen whose unit is the picture's height, and shared elements of scenes."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.Image import Resampling

from petwidgets.data.synthetic.drawing.colours import RGB, WHITE, darker, lighter, mix
from petwidgets.data.synthetic.drawing.curves import Points, ellipse, limb, path
from petwidgets.data.synthetic.drawing.pen import Mark, Pen


@dataclass(frozen=True)
class Stage:
    """The canvas of a scene: y from 0 to 1, x from 0 to `wide`; the ground begins at `ground`."""

    pen: Pen
    rng: np.random.Generator
    wide: float
    ground: float

    def pick(self, colours: Sequence[RGB]) -> RGB:
        """A random one of the colours, slightly changed."""
        colour = colours[int(self.rng.integers(len(colours)))]
        return mix(
            colour, WHITE if self.rng.random() < 0.5 else (40, 40, 60), self.rng.random() * 0.12
        )

    def wash(self, top: float, bottom: float, above: RGB, below: RGB) -> None:
        """A band across the whole picture that fades from one colour into another."""
        image = self.pen.image
        y0, y1 = round(top * image.height), round(bottom * image.height)
        if y1 <= y0:
            return
        strip = np.linspace(above, below, y1 - y0).round().astype(np.uint8)[:, None, :]
        tile = Image.fromarray(np.ascontiguousarray(strip)).resize(
            (image.width, y1 - y0), Resampling.NEAREST
        )
        image.paste(tile, (0, y0))

    def box(self, left: float, top: float, right: float, bottom: float) -> Points:
        """A rectangle."""
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])

    def hill(self, top: float, swell: float, colour: RGB) -> None:
        """A rolling skyline, filled down to the bottom of the picture."""
        n = 6
        x = np.linspace(-0.1, self.wide + 0.1, n)
        y = top + self.rng.uniform(-swell, swell, n)
        line = path(np.stack([x, y], axis=1), 8)
        ends = np.array([(self.wide + 0.1, 1.1), (-0.1, 1.1)])
        self.pen.part(np.vstack([line, ends]), colour, shade=0.12, line=0)

    def cloud(self, x: float, y: float, size: float, colour: RGB) -> None:
        """Draw a cloud of three soft puffs."""
        for dx, dy, r in ((-0.9, 0.15, 0.6), (0.0, -0.1, 0.9), (0.95, 0.18, 0.55)):
            puff = ellipse(x + dx * size, y + dy * size, r * size * 1.15, r * size * 0.62)
            self.pen.glow(puff, colour, 0.85, size * 0.16)

    def clouds(self, colour: RGB) -> None:
        """Draw up to three clouds."""
        for _ in range(int(self.rng.integers(0, 4))):
            x, y = self.rng.uniform(0, self.wide), self.rng.uniform(0.06, self.ground * 0.55)
            self.cloud(x, y, self.rng.uniform(0.05, 0.11), colour)

    def tree(self, x: float, foot: float, size: float, leaves: RGB) -> None:
        """A trunk and a round crown."""
        trunk = limb([(x, foot), (x + 0.01, foot - size * 0.7)], [size * 0.09, size * 0.06], 4)
        self.pen.part(trunk, (122, 88, 66), shade=0.4, line=0.5)
        for dx, dy, r in ((-0.22, 0.06, 0.3), (0.24, 0.04, 0.28), (0.0, -0.16, 0.36)):
            crown = ellipse(
                x + dx * size, foot - size * 0.85 + dy * size, r * size, r * size * 0.92
            )
            self.pen.part(crown, leaves, shade=0.35, line=0)

    def fir(self, x: float, foot: float, size: float, needles: RGB, snow: RGB | None) -> None:
        """A fir in three tiers, with snow on it or not."""
        for i in range(3):
            low, half = foot - size * (0.08 + 0.27 * i), size * (0.3 - 0.07 * i)
            tier = np.array([(x - half, low), (x, low - size * 0.42), (x + half, low)])
            marks = [Mark(tier * [0.55, 1] + [x * 0.45, -size * 0.16], snow)] if snow else []
            self.pen.part(tier, needles, marks, shade=0.35, line=0)

    def tufts(self, low: float, high: float, count: int, colour: RGB, size: float = 0.03) -> None:
        """Blades of grass between two heights, larger towards the front."""
        for x, y in self.rng.uniform((0, low), (self.wide, high), (count, 2)).tolist():
            near = size * (0.5 + (y - low) / max(high - low, 1e-6))
            tone = mix(darker(colour, 0.25), lighter(colour, 0.2), self.rng.random())
            for lean in (-0.4, 0.05, 0.5):
                blade = limb([(x, y), (x + lean * near, y - near)], [near * 0.1, near * 0.02], 2)
                self.pen.fill(blade, tone)
