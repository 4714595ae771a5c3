"""Ears: pricked, tufted, round, folded, floppy, in head units; the left one is mirrored."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

from collections.abc import Sequence

import numpy as np

from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.colours import RGB, darker, lighter, mix
from petwidgets.data.synthetic.drawing.curves import Pair, Points, limb, path, sides, smooth, tufts
from petwidgets.data.synthetic.drawing.marks import blob, box_of, streaks
from petwidgets.data.synthetic.drawing.pen import Mark, Pen

BEHIND = {"pricked", "tufted", "round"}  # the others hang in front of the skull
SKIN: RGB = (226, 160, 150)

CAT_EAR: Sequence[Pair] = [(0.12, -0.7), (0.42, -1.08), (0.86, -1.5), (0.99, -0.95), (0.98, -0.25)]
DOG_EAR: Sequence[Pair] = [(0.2, -0.66), (0.38, -1.08), (0.68, -1.5), (0.9, -1.05), (0.84, -0.3)]
ROUND_EAR: Sequence[Pair] = [
    (0.2, -0.6),
    (0.3, -1.05),
    (0.66, -1.3),
    (1.02, -1.12),
    (1.08, -0.7),
    (0.9, -0.25),
]
FOLDED_EAR: Sequence[Pair] = [
    (0.24, -0.78),
    (0.5, -1.06),
    (0.86, -1.0),
    (1.14, -0.62),
    (1.06, -0.36),
    (0.74, -0.62),
]
FLOPPY_EAR: Sequence[Pair] = [
    (0.42, -0.74),
    (0.8, -0.82),
    (1.12, -0.4),
    (1.26, 0.15),
    (1.16, 0.6),
    (0.9, 0.62),
    (0.78, 0.1),
]


def ears(pen: Pen, pet: Animal, turn: float, *, behind: bool) -> None:
    """Draw both ears, if their kind belongs behind (or in front of) the skull."""
    if (pet.traits.ear in BEHIND) == behind:
        for side in (-1.0, 1.0):
            _ear(pen, pet, side, turn)


def _ear(pen: Pen, pet: Animal, side: float, turn: float) -> None:
    kind = pet.traits.ear
    shape = _outline(pet, side, turn)
    colour = pet.coat.tone("ear")
    marks = _spots(pet, shape)
    furry = kind == "floppy" and pet.traits.hair > 0.3
    edge = tufts(shape, pet.rng, 0.1, 0.16) if furry else shape
    pen.part(edge, colour, marks, shade=0.42)
    if kind in BEHIND:
        _inside(pen, pet, shape)
    if kind == "tufted":
        _lynx(pen, pet, shape)
    if kind == "folded":
        _crease(pen, pet, side, turn)


def _outline(pet: Animal, side: float, turn: float) -> Points:
    traits = pet.traits
    pricked = CAT_EAR if pet.cat else DOG_EAR
    points = {"round": ROUND_EAR, "folded": FOLDED_EAR, "floppy": FLOPPY_EAR}.get(
        traits.ear, pricked
    )
    foot = np.array([0.6, -0.55])
    right = (np.asarray(points) - foot) * _stretch(traits.ear, traits.ear_size) + foot
    shape = smooth(_pointed(right) if traits.ear in {"pricked", "tufted"} else right, 6)
    shape = sides(shape, side)
    shape[:, 0] -= 0.1 * turn
    return shape


def _stretch(kind: str, size: float) -> Points:
    # A longer floppy ear hangs lower; it does not stand out further.
    return np.array([1.0, size]) if kind == "floppy" else np.array([0.5 + 0.5 * size, size])


def _pointed(right: Points) -> Points:
    # Two control points close together turn a smooth curve into a point.
    tip = right[2]
    near = [tip + 0.1 * (right[1] - tip), tip, tip + 0.1 * (right[3] - tip)]
    return np.vstack([right[:2], near, right[3:]])


def _spots(pet: Animal, shape: Points) -> list[Mark]:
    if pet.coat.pattern == "calico":
        colour = pet.coat.mark if pet.rng.random() < 0.5 else pet.coat.pale
        return [Mark(shape, colour)]
    if pet.coat.pattern == "merle":
        x, y = shape.mean(0)
        return [Mark(blob(pet.rng, float(x), float(y), 0.25, 0.4), pet.coat.mark)]
    if pet.coat.pattern == "brindle":
        return streaks(pet.rng, box_of(shape), pet.coat.mark, 7)
    return []


def _inside(pen: Pen, pet: Animal, shape: Points) -> None:
    centre = shape.mean(0) + np.array([0.0, 0.12])
    skin = mix(pet.coat.tone("ear"), SKIN, 0.62)
    pen.part((shape - centre) * np.array([0.56, 0.66]) + centre, skin, shade=0.3, line=0)
    if pet.cat or pet.traits.hair > 0.4:
        _hairs(pen, pet, centre)


def _hairs(pen: Pen, pet: Animal, centre: Points) -> None:
    pale = mix(pet.coat.tone("ear"), lighter(pet.coat.pale, 0.3), 0.6)
    for lean in (-0.16, -0.04, 0.08):
        foot = (float(centre[0]) + lean * 0.8, float(centre[1]) + 0.3)
        tip = (float(centre[0]) + lean * 1.6, float(centre[1]) - 0.2)
        pen.fill(limb([foot, tip], [0.05, 0.008], 3), pale)


def _lynx(pen: Pen, pet: Animal, shape: Points) -> None:
    tip = shape[np.argmin(shape[:, 1])]
    out = np.sign(tip[0])
    for lean in (-0.08, 0.04, 0.16):
        end = (float(tip[0] + out * lean), float(tip[1]) - 0.26 - 0.3 * abs(lean - 0.04))
        foot = (float(tip[0]), float(tip[1]) + 0.12)
        pen.fill(limb([foot, end], [0.05, 0.008], 3), darker(pet.coat.tone("ear"), 0.35))


def _crease(pen: Pen, pet: Animal, side: float, turn: float) -> None:
    fold = sides([(0.36, -0.86), (0.66, -0.92), (0.96, -0.72)], side) + np.array(
        [-0.1 * turn, 0.04]
    )
    pen.line(path(fold, 5), darker(pet.coat.tone("ear"), 0.4), 0.7)
