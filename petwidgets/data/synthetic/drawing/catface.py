"""A cat's face: round, short, with whiskers."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

import numpy as np

from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.colours import INK, RGB, darker, lighter, mix
from petwidgets.data.synthetic.drawing.curves import Points, ellipse, limb, path, smooth, symmetric
from petwidgets.data.synthetic.drawing.eyes import Eye, eyes
from petwidgets.data.synthetic.drawing.pen import Mark, Pen


def skull(pet: Animal) -> Points:
    """The outline of the head; a slender cat's is a wedge, a stocky one's a bun."""
    wide = 0.62 + 0.38 * min(pet.traits.girth, 1.2)
    chin = 0.82 - 0.12 * (wide - 1)
    right = [
        (0.0, -0.8),
        (0.46, -0.8),
        (0.9 * wide, -0.42),
        (1.04 * wide, 0.12),
        (0.84 * wide, 0.56),
        (0.42 * wide, 0.82),
        (0.0, chin + 0.06),
    ]
    return smooth(symmetric(right), 7)


def face(pen: Pen, pet: Animal, turn: float) -> None:
    """Draw eyes, muzzle, nose, mouth and whiskers on the skull."""
    rng, x = pet.rng, 0.32 * turn
    wide = rng.uniform(0.26, 0.56)
    eye = Eye(
        pet.eye,
        apart=0.44,
        height=-0.06,
        size=0.245 + rng.normal(0, 0.01),
        pupil=wide,
        slant=0.16,
        closed=rng.random() < 0.06,
    )
    eyes(pen, eye, turn)
    _muzzle(pen, pet, x)
    _nose(pen, pet.coat.nose, x)
    _whiskers(pen, pet, x)


def _muzzle(pen: Pen, pet: Animal, x: float) -> None:
    pale = _muzzle_colour(pet)
    for side in (-1, 1):
        puff = ellipse(x + side * 0.19, 0.47, 0.25, 0.19)
        pen.part(puff, pale, shade=0.22, line=0)
    pen.part(ellipse(x, 0.66, 0.16, 0.1), pale, shade=0.3, line=0)
    mouth = darker(pale, 0.62)
    for side in (-1, 1):
        smile = [
            (x, 0.44),
            (x + side * 0.05, 0.56),
            (x + side * 0.19, 0.6),
            (x + side * 0.31, 0.52),
        ]
        pen.line(path(smile, 5), mouth, 1.0)
        for dx, dy in ((0.15, 0.44), (0.23, 0.49), (0.27, 0.41)):
            pen.fill(ellipse(x + side * dx, dy, 0.018, 0.018, n=8), mouth)


def _muzzle_colour(pet: Animal) -> RGB:
    coat = pet.coat
    if coat.pattern == "points":
        return mix(coat.mark, coat.base, 0.18)
    if coat.pattern == "calico":
        return coat.base
    return lighter(coat.pale, 0.1)


def _nose(pen: Pen, colour: RGB, x: float) -> None:
    shape = smooth(
        [(x - 0.13, 0.27), (x, 0.25), (x + 0.13, 0.27), (x + 0.04, 0.39), (x - 0.04, 0.39)]
    )
    shine = Mark(ellipse(x - 0.03 * pen.mirror, 0.28, 0.07, 0.03), lighter(colour, 0.5), 0.02)
    pen.part(shape, colour, [shine], shade=0.3, line=0.8)


def _whiskers(pen: Pen, pet: Animal, x: float) -> None:
    dark_coat = sum(pet.coat.base) < 330
    colour = (252, 250, 246) if not dark_coat else (226, 224, 230)
    rng = pet.rng
    for side in (-1, 1):
        for lift in (-0.14, 0.02, 0.18):
            reach = rng.uniform(0.95, 1.2)
            spine = np.array(
                [
                    (x + side * 0.26, 0.46 + lift * 0.2),
                    (x + side * 0.75, 0.4 + lift),
                    (x + side * (0.3 + reach), 0.48 + lift * 2.1 + rng.normal(0, 0.03)),
                ]
            )
            under = limb(spine + np.array([0.0, 0.018]), [0.02, 0.014, 0.004], 5)
            pen.fill(under, mix(INK, pet.coat.base, 0.4))
            pen.fill(limb(spine, [0.018, 0.013, 0.004], 5), colour)
