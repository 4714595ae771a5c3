"""Sitting, seen from the front: the tail around the paws."""

from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.collar import collar
from petwidgets.data.synthetic.drawing.curves import Pair, Points, ellipse, smooth, symmetric
from petwidgets.data.synthetic.drawing.limbs import leg, paw, paw_colour, tail
from petwidgets.data.synthetic.drawing.pen import Pen
from petwidgets.data.synthetic.drawing.trunk import haunch, raised_head, trunk


def sitting(pen: Pen, pet: Animal, turn: float) -> None:
    """Draw the animal above the pen's origin, which is between the paws."""
    girth, top = pet.traits.girth, -1.5 - 0.5 * pet.traits.legs
    tail(pen.at(0.55 * girth, 0), pet, resting=True)
    trunk(pen, pet, _outline(girth, top), "front")
    for side in (-1, 1):
        haunch(pen, pet, ellipse(side * 0.62 * girth, -0.42, 0.42 * girth, 0.5, side * 0.35))
        paw(pen, paw_colour(pet), side * 0.7 * girth + 0.04, -0.1, 0.27)
    for side in (-1, 1):
        x = side * 0.27 * girth
        leg(pen, pet, [(x * 1.15, top * 0.62), (x, top * 0.35), (x * 0.9, -0.1)], 0.19 * girth)
    collar(pen, pet, (0.0, top + 0.14), 0.52 * girth, tilt=0)
    raised_head(pen, pet, (0.06 * turn, top), 0.86, turn)


def _outline(girth: float, top: float) -> Points:
    right: list[Pair] = [
        (0.0, top - 0.1),
        (0.4 * girth, top),
        (0.58 * girth, top * 0.68),
        (0.82 * girth, top * 0.33),
        (0.88 * girth, -0.22),
        (0.5 * girth, -0.04),
        (0.0, -0.05),
    ]
    return smooth(symmetric(right), 7)
