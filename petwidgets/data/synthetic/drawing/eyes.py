"""Eyes: iris, pupil, lids, and two highlights."""

from dataclasses import dataclass

import numpy as np

from petwidgets.data.synthetic.drawing.colours import INK, RGB, darker, lighter
from petwidgets.data.synthetic.drawing.curves import ellipse, path
from petwidgets.data.synthetic.drawing.pen import Mark, Pen


@dataclass(frozen=True)
class Eye:
    """One pair of eyes: the iris, the pupil's half-width, and how round the opening is."""

    colour: RGB
    apart: float
    height: float
    size: float
    pupil: float
    slant: float = 0.0
    closed: bool = False


def eyes(pen: Pen, eye: Eye, turn: float) -> None:
    """Draw both eyes of a face that looks `turn` aside: the far one is narrower."""
    for side in (-1, 1):
        narrow = 1 - 0.28 * max(0.0, turn * side)
        x = 0.3 * turn + side * eye.apart * (1 - 0.22 * max(0.0, turn * side))
        here = pen.at(x, eye.height, eye.size, -side * eye.slant)
        if eye.closed:
            _asleep(here)
        else:
            _awake(here, eye, narrow, turn)


def _awake(pen: Pen, eye: Eye, narrow: float, turn: float) -> None:
    opening = ellipse(0, 0, narrow, 0.96)
    iris = [
        Mark(ellipse(0, 0.55, narrow, 0.6), lighter(eye.colour, 0.4), 0.3),
        Mark(ellipse(0.12 * turn, 0, eye.pupil * narrow, 0.8), (18, 12, 16)),
        Mark(ellipse(0, -1.05, narrow * 1.3, 0.42), darker(eye.colour, 0.7), 0.2),
    ]
    pen.fill(ellipse(0, 0, narrow * 1.14, 1.1), INK)
    pen.part(opening, eye.colour, iris, shade=0.1, line=0.6)
    lift = -0.36 * pen.mirror
    pen.fill(ellipse(lift * narrow, -0.36, 0.3, 0.32), (255, 255, 255))
    pen.fill(ellipse(-lift * narrow, 0.42, 0.15, 0.15), (250, 250, 250))


def _asleep(pen: Pen) -> None:
    lid = path([(-1.0, -0.05), (-0.5, 0.38), (0.0, 0.5), (0.5, 0.38), (1.0, -0.05)], 5)
    pen.line(lid, INK, 1.7)


def brows(pen: Pen, colour: RGB, turn: float, height: float) -> None:
    """Draw two short strokes over the eyes."""
    for side in (-1, 1):
        x = 0.3 * turn + side * 0.36
        arc = np.array([(x - 0.13, height), (x, height - 0.06), (x + 0.13, height)])
        pen.line(path(arc, 4), colour, 1.1)
