"""Tails (thin, bushy, curled, docked), legs and paws."""

import numpy as np

from petwidgets.data.synthetic.drawing import fur
from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.colours import RGB, darker, outline
from petwidgets.data.synthetic.drawing.curves import (
    Pair,
    Points,
    ellipse,
    limb,
    path,
    stretch,
    tufts,
)
from petwidgets.data.synthetic.drawing.pen import Pen

WIDTHS = {
    "thin": [0.12, 0.11, 0.1, 0.08, 0.06],
    "bushy": [0.12, 0.22, 0.29, 0.26, 0.08],
    "curled": [0.15, 0.22, 0.24, 0.22, 0.1],
    "docked": [0.14, 0.13, 0.11],
}
UPRIGHT: dict[str, list[Pair]] = {  # from the rump at (0, 0); the animal looks to the right
    "thin": [(0.1, 0.1), (-0.3, 0.02), (-0.62, -0.35), (-0.7, -0.85), (-0.52, -1.15)],
    "bushy": [(0.1, 0.1), (-0.32, 0.12), (-0.7, -0.12), (-0.95, -0.5), (-0.9, -0.95)],
    "curled": [(0.12, 0.16), (-0.2, -0.2), (-0.08, -0.6), (0.28, -0.62), (0.3, -0.3)],
    "docked": [(0.08, 0.1), (-0.1, -0.06), (-0.2, -0.2)],
}
RESTING: dict[str, list[Pair]] = {  # on the ground, from the haunch around the paws
    "thin": [(-0.3, -0.2), (0.25, -0.12), (0.62, -0.22), (0.78, -0.55), (0.62, -0.86)],
    "bushy": [(-0.3, -0.2), (0.25, -0.14), (0.62, -0.28), (0.85, -0.65), (0.8, -1.05)],
    "curled": [(-0.2, -0.5), (0.24, -0.4), (0.5, -0.62), (0.46, -0.95), (0.2, -1.0)],
    "docked": [(-0.1, -0.2), (0.12, -0.24), (0.22, -0.32)],
}


def tail(pen: Pen, pet: Animal, *, resting: bool = False) -> None:
    """Draw a tail from the pen's origin."""
    kind = pet.traits.tail
    points = np.asarray((RESTING if resting else UPRIGHT)[kind])
    points = (
        points + pet.rng.normal(0, 0.04, points.shape) * np.linspace(0, 1, len(points))[:, None]
    )
    if kind == "thin" and not pet.cat:
        points = points * [0.85, 0.85]
    widths = [w * (0.85 + 0.15 * pet.traits.girth) for w in WIDTHS[kind]]
    shape = limb(points, widths, 7)
    if kind in {"bushy", "curled"}:
        shape = tufts(shape, pet.rng, 0.12, 0.14)
    line = path(points, 6)
    pen.part(shape, pet.coat.tone("tail"), fur.tail(pet, line, max(widths)))


def leg(
    pen: Pen,
    pet: Animal,
    spine: list[Pair],
    width: float,
    *,
    far: bool = False,
    thigh: float = 1.3,
) -> None:
    """Draw a leg from the shoulder to the ground, and its paw; a `far` one is in shadow."""
    line = path(spine, 6)
    colour = darker(pet.coat.tone("leg"), 0.22) if far else pet.coat.tone("leg")
    shape = limb(spine, [width * thigh, width, width * 0.92], 6)
    pen.part(shape, colour, [] if far else fur.leg(pet, line, width), shade=0.35, line=0)
    # No line across the body, where the leg begins.
    seen = shape[:, 1] > spine[0][1] + 0.3 * (spine[-1][1] - spine[0][1])
    pen.line(stretch(shape, seen), outline(colour), 1.0)
    x, y = spine[-1]
    paw(pen, paw_colour(pet, far=far), x + 0.07, y - 0.02, width * 1.25)


def paw(pen: Pen, colour: RGB, x: float, y: float, width: float) -> None:
    """Draw a rounded paw with its toes."""
    pen.part(_bun(x, y, width), colour, shade=0.3, line=0.9)
    for toe in (-0.28, 0.28):
        at = x + toe * width
        pen.line(
            path([(at, y - width * 0.1), (at + 0.01, y + width * 0.38)], 3),
            darker(colour, 0.5),
            0.8,
        )


def _bun(x: float, y: float, width: float) -> Points:
    bun = ellipse(x, y, width, width * 0.72)
    bun[:, 1] = np.minimum(bun[:, 1], y + width * 0.5)  # flat where it stands
    return bun


def paw_colour(pet: Animal, *, far: bool = False) -> RGB:
    """The colour at the end of a leg: white socks, tan feet, dark points."""
    coat = pet.coat
    colour = coat.tone("leg")
    if coat.pattern in {"tabby white", "bicolour", "pied", "wolf"}:
        colour = coat.pale
    elif coat.pattern in {"points", "tan points"}:
        colour = coat.mark
    elif coat.pattern == "saddle":
        colour = coat.pale
    elif coat.pattern == "merle":
        colour = (200, 142, 92)
    return darker(colour, 0.22) if far else colour
