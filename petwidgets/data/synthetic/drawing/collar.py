"""A collar with its tag."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.colours import RGB, lighter
from petwidgets.data.synthetic.drawing.curves import Pair, ellipse, limb
from petwidgets.data.synthetic.drawing.pen import Mark, Pen

COLOURS: tuple[RGB, ...] = (
    (206, 62, 62),
    (52, 112, 182),
    (62, 146, 106),
    (232, 176, 58),
    (132, 84, 160),
    (92, 66, 52),
)
GOLD: RGB = (240, 196, 84)


def collar(pen: Pen, pet: Animal, at: Pair, width: float, tilt: float) -> None:
    """A band of half-width `width` around a neck at `at`; two in five animals wear one."""
    if pet.rng.random() > 0.4:
        return
    colour = COLOURS[pet.rng.integers(len(COLOURS))]
    here = pen.at(at[0], at[1], 1, tilt)
    band = limb([(-width, -0.08), (0.0, 0.1), (width, -0.08)], [0.07, 0.085, 0.07], 6)
    here.part(band, colour, shade=0.35, line=0.8)
    tag = ellipse(0.0, 0.22, 0.085, 0.095, n=16)
    shine = Mark(ellipse(-0.03, 0.18, 0.04, 0.04), lighter(GOLD, 0.7), 0.02)
    here.part(tag, GOLD, [shine], shade=0.3, line=0.8)
