"""Lying down, the forepaws ahead."""

from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.collar import collar
from petwidgets.data.synthetic.drawing.curves import Pair, Points, ellipse, smooth
from petwidgets.data.synthetic.drawing.limbs import leg, paw, paw_colour, tail
from petwidgets.data.synthetic.drawing.pen import Pen
from petwidgets.data.synthetic.drawing.trunk import haunch, raised_head, ruff, trunk


def lying(pen: Pen, pet: Animal, turn: float) -> None:
    """Draw the animal above the pen's origin, which is under the middle of the body."""
    half, girth = 1.2 * pet.traits.length, pet.traits.girth
    back = -1.02 * girth
    tail(pen.at(-half + 0.1, -0.12), pet)
    paw(pen, paw_colour(pet, far=True), half + 0.5, -0.16, 0.24)
    trunk(pen, pet, _outline(half, back), "side")
    haunch(pen, pet, ellipse(-half * 0.55, -0.42 * girth, 0.55, 0.44 * girth, -0.3))
    paw(pen, paw_colour(pet), -half * 0.2, -0.1, 0.26)
    leg(pen, pet, [(half * 0.62, -0.42), (half * 0.9, -0.2), (half + 0.32, -0.14)], 0.2)
    ruff(pen, pet, [(half * 0.7, back + 0.4), (half * 0.86, back - 0.15)], 0.5 * girth)
    collar(pen, pet, (half * 0.86, back + 0.05), 0.46, tilt=0.3)
    raised_head(pen, pet, (half * 0.9, back - 0.1), 0.82, 0.2 + 0.5 * turn)


def _outline(half: float, back: float) -> Points:
    points: list[Pair] = [
        (-half, -0.5),
        (-half * 0.8, back * 0.92),
        (-half * 0.2, back),
        (half * 0.5, back * 1.08),
        (half * 1.0, back * 0.8),
        (half * 1.08, -0.3),
        (half * 0.7, -0.03),
        (-half * 0.8, -0.03),
    ]
    return smooth(points, 7)
