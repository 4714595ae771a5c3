"""Props: a ball, a bowl, a bone, a ball of wool, a plant, a cushion."""

from collections.abc import Callable

import numpy as np

from petwidgets.data.synthetic.drawing.collar import COLOURS
from petwidgets.data.synthetic.drawing.colours import RGB, darker, lighter
from petwidgets.data.synthetic.drawing.curves import ellipse, limb, path, smooth
from petwidgets.data.synthetic.drawing.pen import Mark, Pen

CREAM: RGB = (246, 236, 214)


def prop(pen: Pen, rng: np.random.Generator) -> None:
    """Draw a random prop on the ground at the pen's origin, about half a unit wide."""
    colour = COLOURS[rng.integers(len(COLOURS))]
    THINGS[int(rng.integers(len(THINGS)))](pen, colour)


def cushion(pen: Pen, colour: RGB, half: float) -> None:
    """Draw a cushion, `half` wide on each side, with its top just above y = 0."""
    shape = smooth(
        [
            (-half, 0.16),
            (-half * 0.88, -0.16),
            (0, -0.2),
            (half * 0.88, -0.16),
            (half, 0.16),
            (0, 0.5),
        ],
        8,
    )
    pen.glow(ellipse(0, 0.38, half, 0.14), (30, 24, 40), 0.4, 0.1)
    pen.part(shape, lighter(colour, 0.15), shade=0.35)
    pen.line(path([(-half, 0.14), (0, 0.22), (half, 0.14)], 8), darker(colour, 0.3), 0.8)


def _ball(pen: Pen, colour: RGB) -> None:
    _shadow(pen, 0.3)
    bands = [Mark(ellipse(0, -0.28, 0.4, 0.09, 0.5), CREAM)]
    shine = Mark(ellipse(-0.1 * pen.mirror, -0.4, 0.08, 0.06), (255, 255, 255), 0.05)
    pen.part(ellipse(0, -0.28, 0.28, 0.28), colour, [*bands, shine], shade=0.45)


def _bowl(pen: Pen, colour: RGB) -> None:
    _shadow(pen, 0.42)
    pen.part(ellipse(0, -0.3, 0.3, 0.13), (150, 104, 70), shade=0.3)
    side = smooth(
        [(-0.36, -0.28), (0, -0.2), (0.36, -0.28), (0.44, 0.02), (0, 0.08), (-0.44, 0.02)], 6
    )
    pen.part(side, colour, [Mark(ellipse(0, -0.08, 0.5, 0.035), lighter(colour, 0.5))], shade=0.4)


def _bone(pen: Pen, _: RGB) -> None:
    _shadow(pen, 0.36)
    for x in (-0.3, 0.3):
        for y in (-0.18, -0.04):
            pen.part(ellipse(x, y, 0.1, 0.09, n=20), CREAM, shade=0.3)
    pen.part(limb([(-0.28, -0.11), (0.28, -0.11)], [0.07, 0.07], 3), CREAM, shade=0.25, line=0.6)


def _wool(pen: Pen, colour: RGB) -> None:
    _shadow(pen, 0.3)
    pen.line(
        path([(0.1, -0.02), (0.4, 0.03), (0.6, -0.04), (0.85, 0.04)], 8), darker(colour, 0.1), 1.6
    )
    pen.part(ellipse(0, -0.28, 0.28, 0.28), colour, shade=0.45)
    for lean in (-0.5, 0.1, 0.7):
        arc = path([(-0.2, -0.28), (0, -0.2), (0.2, -0.28)], 6) + np.array([0.0, 0.28])
        c, s = np.cos(lean), np.sin(lean)
        turned = np.stack(
            [arc[:, 0] * c - arc[:, 1] * s, arc[:, 0] * s + arc[:, 1] * c - 0.28], axis=1
        )
        pen.line(turned, darker(colour, 0.35), 0.8)


def _plant(pen: Pen, _: RGB) -> None:
    _shadow(pen, 0.3)
    for lean in (-0.5, -0.25, 0.05, 0.3, 0.55):
        leaf = limb(
            [(0, -0.35), (lean * 0.5, -0.8), (lean, -1.0 + abs(lean) * 0.5)], [0.03, 0.11, 0.01], 6
        )
        pen.part(leaf, (94, 150, 92), shade=0.35, line=0.7)
    pot = smooth([(-0.26, -0.42), (0.26, -0.42), (0.2, 0.02), (-0.2, 0.02)], 4)
    pen.part(pot, (204, 116, 78), shade=0.4)


def _shadow(pen: Pen, half: float) -> None:
    pen.glow(ellipse(0.05, 0.02, half * 1.2, 0.08), (30, 24, 40), 0.4, 0.07)


THINGS: tuple[Callable[[Pen, RGB], None], ...] = (_ball, _bowl, _bone, _wool, _plant)
