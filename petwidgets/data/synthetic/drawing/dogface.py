"""A dog's face: a muzzle that stands out, a large nose, a tongue when it is warm."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

import numpy as np

from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.colours import INK, RGB, darker, lighter, mix
from petwidgets.data.synthetic.drawing.curves import (
    Points,
    ellipse,
    limb,
    path,
    smooth,
    stretch,
    symmetric,
    tufts,
)
from petwidgets.data.synthetic.drawing.eyes import Eye, brows, eyes
from petwidgets.data.synthetic.drawing.marks import dots, streaks
from petwidgets.data.synthetic.drawing.pen import Mark, Pen

TONGUE: RGB = (232, 122, 128)


def skull(pet: Animal) -> Points:
    """The outline of the head: a long-nosed dog's is narrow, a flat-nosed one's nearly square."""
    flat = 1 - min(pet.traits.muzzle, 1.0)
    wide = (0.82 + 0.14 * flat) * (0.75 + 0.25 * pet.traits.jaw)
    right = [
        (0.0, -0.84),
        (0.42, -0.82),
        (0.8 * wide + 0.04, -0.46),
        (0.94 * wide, 0.0),
        (0.86 * wide, 0.42),
        (0.56 * wide, 0.74),
        (0.0, 0.86),
    ]
    return smooth(symmetric(right), 7)


def face(pen: Pen, pet: Animal, turn: float) -> None:
    """Draw eyes, brows, muzzle, nose, mouth and beard on the skull."""
    rng = pet.rng
    flat = 1 - min(pet.traits.muzzle, 1.0)
    eye = Eye(
        pet.eye,
        apart=0.36 + 0.1 * flat,
        height=-0.14 + 0.06 * flat,
        size=0.17 + 0.05 * flat,
        pupil=0.58,
        closed=rng.random() < 0.04,
    )
    tip = _tip(pet, turn)
    open_mouth = rng.random() < 0.45
    if open_mouth:
        _tongue(pen, pet, tip)
    _muzzle(pen, pet, tip, turn)
    eyes(pen, eye, turn)
    brows(pen, _brow(pet), turn, eye.height - 0.28)
    if pet.traits.beard > 0.5:
        _beard(pen, pet, tip, turn)
    _mouth(pen, pet, tip)
    _nose(pen, pet, tip)


def _tip(pet: Animal, turn: float) -> tuple[float, float]:
    long = min(pet.traits.muzzle, 1.1)
    x = turn * (0.3 + 0.85 * long)
    return x, 0.36 + 0.26 * long * (1 - 0.5 * abs(turn))


def _muzzle(pen: Pen, pet: Animal, tip: tuple[float, float], turn: float) -> None:
    jaw = pet.traits.jaw
    root = (0.3 * turn, 0.22)
    middle = ((root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2 + 0.04)
    end = 0.33 * jaw + 0.1 * (1 - min(pet.traits.muzzle, 1))
    shape = limb([root, middle, tip], [0.36 * jaw, 0.37 * jaw, end], 5)
    wide = np.array([1.0 + 0.32 * (1 - abs(turn)), 1.0])
    shape = (shape - middle) * wide + np.array(middle)
    pen.part(shape, _snout(pet), _snout_marks(pet, shape), shade=0.34, line=0)
    pen.line(_free(shape, root, tip), darker(_snout(pet), 0.55), 0.8)
    if pet.traits.muzzle < 0.25:
        _wrinkles(pen, pet, tip[0])


def _free(shape: Points, root: tuple[float, float], tip: tuple[float, float]) -> Points:
    # Only the part of the outline that sticks out of the face gets a line.
    ahead = np.array(tip) - root
    far = (shape - root) @ ahead / max(float(ahead @ ahead), 0.02) > 0.55
    return stretch(shape, far)


def _snout(pet: Animal) -> RGB:
    coat = pet.coat
    if coat.pattern in {"tan points", "mask"}:
        return coat.mark
    if coat.pattern in {"saddle", "spots", "brindle"}:
        return mix(coat.base, coat.mark, 0.3) if coat.pattern == "saddle" else coat.base
    return coat.pale


def _snout_marks(pet: Animal, shape: Points) -> list[Mark]:
    low, high = shape.min(0), shape.max(0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    if pet.coat.pattern in {"ticked", "spots"}:
        return dots(pet.rng, box, pet.coat.mark, 12, 0.028)
    if pet.coat.pattern == "brindle":
        return streaks(pet.rng, box, pet.coat.mark, 8)
    return []


def _wrinkles(pen: Pen, pet: Animal, x: float) -> None:
    ink = darker(_snout(pet), 0.5)
    for lift, wide in ((-0.02, 0.3), (-0.62, 0.2), (-0.52, 0.26)):
        pen.line(path([(x - wide, lift + 0.06), (x, lift), (x + wide, lift + 0.06)], 5), ink, 0.8)


def _tongue(pen: Pen, pet: Animal, tip: tuple[float, float]) -> None:
    x, y = tip[0] * 0.9 + pet.rng.normal(0, 0.04), tip[1] + 0.27 * pet.traits.jaw
    shape = limb([(x, y - 0.1), (x, y + 0.12), (x + 0.02, y + 0.3)], [0.16, 0.17, 0.14], 5)
    pen.part(shape, TONGUE, shade=0.3, line=0.8)
    pen.line(np.array([(x, y - 0.1), (x + 0.01, y + 0.24)]), darker(TONGUE, 0.3), 0.7)


def _mouth(pen: Pen, pet: Animal, tip: tuple[float, float]) -> None:
    x, y = tip
    ink, jaw = darker(_snout(pet), 0.66), pet.traits.jaw
    pen.line(np.array([(x, y), (x, y + 0.2)]), ink, 1.0)
    for side in (-1, 1):
        lip = [(x, y + 0.2), (x + side * 0.14 * jaw, y + 0.28), (x + side * 0.32 * jaw, y + 0.2)]
        pen.line(path(lip, 5), ink, 1.1)


def _nose(pen: Pen, pet: Animal, tip: tuple[float, float]) -> None:
    x, y, colour = tip[0], tip[1] - 0.08, pet.coat.nose
    points = [(-0.2, -0.06), (0, -0.13), (0.2, -0.06), (0.15, 0.08), (0, 0.14), (-0.15, 0.08)]
    shape = smooth(np.array(points) * (0.85 + 0.15 * pet.traits.jaw) + [x, y], 6)
    shine = Mark(ellipse(x - 0.06 * pen.mirror, y - 0.06, 0.08, 0.035), lighter(colour, 0.7), 0.02)
    pen.part(shape, colour, [shine], shade=0.35, line=0.9)
    for side in (-1, 1):
        pen.fill(ellipse(x + side * 0.09, y + 0.03, 0.035, 0.025, n=10), darker(colour, 0.75))


def _brow(pet: Animal) -> RGB:
    dark = sum(pet.coat.tone("head")) < 330
    return lighter(pet.coat.tone("head"), 0.3) if dark else darker(pet.coat.tone("head"), 0.45)


def _beard(pen: Pen, pet: Animal, tip: tuple[float, float], turn: float) -> None:
    x, y = tip
    colour = pet.coat.pale
    root = limb([(x - 0.34, y + 0.12), (x, y + 0.36), (x + 0.34, y + 0.12)], [0.1, 0.26, 0.1], 5)
    pen.part(tufts(root, pet.rng, 0.2, 0.1), colour, shade=0.35, line=0.7)
    for side in (-1, 1):
        brow_x = 0.3 * turn + side * 0.36
        brow = limb([(brow_x - 0.16, -0.44), (brow_x + 0.16, -0.44)], [0.06, 0.06], 4)
        pen.part(tufts(brow, pet.rng, 0.1, 0.08), mix(colour, INK, 0.08), shade=0.2, line=0.5)
