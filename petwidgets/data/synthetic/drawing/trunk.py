"""Shared parts of the poses: furry trunk, neck, legs that grow out of the body, tilted head."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

from collections.abc import Sequence
from typing import Literal

import numpy as np

from petwidgets.data.synthetic.drawing import fur
from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.curves import Pair, Points, limb, tufts
from petwidgets.data.synthetic.drawing.head import head
from petwidgets.data.synthetic.drawing.marks import box_of
from petwidgets.data.synthetic.drawing.pen import Pen

View = Literal["side", "front", "piece"]


def trunk(pen: Pen, pet: Animal, shape: Points, view: View, line: float = 1.0) -> None:
    """Draw a body, or a piece of it, with its pattern; fur never hangs below the ground."""
    pen.part(
        _coated(pet, shape), pet.coat.tone("body"), fur.body(pet, box_of(shape), view), line=line
    )


def _coated(pet: Animal, shape: Points) -> Points:
    hair = pet.traits.hair
    if hair <= 0.25:
        return shape
    furry = tufts(shape, pet.rng, 0.04 + 0.18 * hair, 0.16)
    furry[:, 1] = np.minimum(furry[:, 1], max(float(shape[:, 1].max()), -0.02))
    return furry


def haunch(pen: Pen, pet: Animal, shape: Points) -> None:
    """Draw a thigh on the trunk, with a thinner line."""
    trunk(pen, pet, shape, "piece", line=0.7)


def ruff(pen: Pen, pet: Animal, spine: Sequence[Pair], width: float) -> None:
    """Draw a neck, which joins the trunk without a line."""
    shape = limb(spine, [width, width * 0.84], 6)
    trunk(pen, pet, shape, "piece", line=0)


def raised_head(pen: Pen, pet: Animal, at: Pair, size: float, turn: float) -> None:
    """Draw a slightly tilted head at `at`, of half-width `size`."""
    size *= pet.traits.head
    tilt = float(pet.rng.normal(0, 0.09))
    head(pen.at(at[0], at[1] - 0.5 * size, size, tilt), pet, turn)
