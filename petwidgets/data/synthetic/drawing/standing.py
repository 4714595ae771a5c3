"""Standing, seen from the side, looking towards the viewer."""

from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.collar import collar
from petwidgets.data.synthetic.drawing.curves import Pair, Points, smooth
from petwidgets.data.synthetic.drawing.limbs import leg, tail
from petwidgets.data.synthetic.drawing.pen import Pen
from petwidgets.data.synthetic.drawing.trunk import raised_head, ruff, trunk


def standing(pen: Pen, pet: Animal, turn: float) -> None:
    """Draw the animal above the pen's origin, which is under the middle of the body."""
    girth, half, lift = pet.traits.girth, 1.12 * pet.traits.length, 0.95 * pet.traits.legs
    back, wide = -lift - 0.98 * girth, 0.15 + 0.06 * girth
    stride = pet.rng.normal(0, 0.14)
    tail(pen.at(-half + 0.02, back + 0.25), pet)
    leg(pen, pet, _fore(half * 0.52 + stride + 0.2, lift), wide, far=True)
    leg(pen, pet, _hind(-half * 0.62 - stride + 0.2, lift), wide, far=True)
    trunk(pen, pet, _outline(half, back, lift), "side")
    leg(pen, pet, _hind(-half * 0.72 + stride, lift), wide, thigh=1.5)
    leg(pen, pet, _fore(half * 0.6 - stride, lift), wide)
    ruff(pen, pet, [(half * 0.86, back + 0.35), (half + 0.22, back - 0.25)], 0.5 * girth)
    collar(pen, pet, (half + 0.1, back - 0.02), 0.4 + 0.06 * girth, tilt=0.5)
    raised_head(pen, pet, (half + 0.34, back - 0.1), 0.8, 0.35 + 0.6 * abs(turn))


def _fore(x: float, lift: float) -> list[Pair]:
    return [(x, -lift - 0.3), (x + 0.02, -lift * 0.5), (x, -0.1)]


def _hind(x: float, lift: float) -> list[Pair]:
    return [(x + 0.16, -lift - 0.28), (x - 0.08, -lift * 0.46), (x + 0.02, -0.1)]


def _outline(half: float, back: float, lift: float) -> Points:
    belly = -lift + 0.1
    middle = (back + belly) / 2
    points: list[Pair] = [
        (-half, back + 0.22),
        (-half * 0.62, back - 0.02),
        (0.0, back + 0.06),
        (half * 0.6, back),
        (half * 1.05, back + 0.2),
        (half * 1.12, middle + 0.05),
        (half * 0.75, belly + 0.06),
        (0.0, belly - 0.06),
        (-half * 0.55, belly - 0.12),
        (-half * 1.04, middle + 0.1),
    ]
    return smooth(points, 7)
