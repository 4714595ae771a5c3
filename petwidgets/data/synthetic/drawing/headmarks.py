"""Markings of each pattern on the head, in head units: half the skull's width is 1."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

from collections.abc import Callable

from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.colours import mix
from petwidgets.data.synthetic.drawing.curves import Pair, ellipse, limb, sides, smooth
from petwidgets.data.synthetic.drawing.marks import blob, dots, streaks
from petwidgets.data.synthetic.drawing.pen import Mark

SKULL = (-1.0, -0.9, 1.0, 0.9)


def head(pet: Animal, turn: float) -> list[Mark]:
    """Masks, blazes, stripes and patches of a face that looks `turn` (-1 to 1) aside."""
    paint = _HEAD.get(pet.coat.pattern)
    return paint(pet, 0.3 * turn) if paint else []


def _tabby(pet: Animal, x: float) -> list[Mark]:
    dark = pet.coat.mark
    brow: list[list[Pair]] = [
        [(x, -0.95), (x * 0.9, -0.42)],
        [(x + 0.24, -0.95), (x + 0.16, -0.66), (x + 0.2, -0.4)],
        [(x - 0.24, -0.95), (x - 0.16, -0.66), (x - 0.2, -0.4)],
    ]
    marks = [Mark(limb(spine, [0.075, 0.06, 0.02]), dark) for spine in brow]
    for side in (-1, 1):
        for y in (0.02, 0.28):
            spine = sides([(1.1, y - 0.02), (0.85, y + 0.1), (0.62, y + 0.08)], side)
            marks.append(Mark(limb(spine, [0.07, 0.06, 0.01]), dark))
    return [*_muzzle(pet, x), *marks]


def _muzzle(pet: Animal, x: float) -> list[Mark]:
    return [Mark(ellipse(x, 0.55, 0.5, 0.36), pet.coat.pale, 0.08)]


def _blaze(pet: Animal, x: float) -> list[Mark]:
    wide = 0.1 + 0.12 * pet.rng.random()
    right = [(0.0, -0.86), (wide * 0.7, -0.6), (wide, -0.2), (0.42, 0.3), (0.6, 0.75), (0.0, 1.1)]
    half = [(x + u, v) for u, v in right]
    other = [(x - u, v) for u, v in right[-2:0:-1]]
    return [Mark(smooth(half + other), pet.coat.pale)]


def _tabby_white(pet: Animal, x: float) -> list[Mark]:
    return [*_tabby(pet, x), *_blaze(pet, x)]


def _points(pet: Animal, x: float) -> list[Mark]:
    return [Mark(ellipse(x, 0.2, 0.62, 0.66), pet.coat.mark, 0.3)]


def _mask(pet: Animal, x: float) -> list[Mark]:
    low = [Mark(ellipse(x, 0.45, 0.56, 0.5), pet.coat.mark, 0.12)]
    eyes = [Mark(ellipse(x + s * 0.42, -0.08, 0.3, 0.26), pet.coat.mark, 0.12) for s in (-1, 1)]
    brow = ellipse(x, -0.62, 0.07, 0.16)
    return [*low, *eyes, Mark(brow, mix(pet.coat.base, pet.coat.mark, 0.6), 0.04)]


def _cap(pet: Animal, x: float) -> list[Mark]:
    top = ellipse(x * 0.6, -0.95, 0.85, 0.6)
    return [Mark(top, mix(pet.coat.base, pet.coat.mark, 0.85), 0.1), *_muzzle(pet, x)]


def _wolf(pet: Animal, x: float) -> list[Mark]:
    face = smooth(
        [
            (x + u, v)
            for u, v in [
                (0, -0.3),
                (0.3, -0.55),
                (0.66, -0.3),
                (0.9, 0.3),
                (0.4, 1.0),
                (-0.4, 1.0),
                (-0.9, 0.3),
                (-0.66, -0.3),
                (-0.3, -0.55),
            ]
        ]
    )
    return [Mark(face, pet.coat.pale, 0.05)]


def _tan_points(pet: Animal, x: float) -> list[Mark]:
    tan = pet.coat.mark
    low = Mark(ellipse(x, 0.62, 0.56, 0.4), tan, 0.06)
    return [low, *(Mark(ellipse(x + s * 0.36, -0.4, 0.13, 0.1), tan, 0.02) for s in (-1, 1))]


def _pied(pet: Animal, x: float) -> list[Mark]:
    temples = [
        Mark(ellipse(x * 0.6 + s * 0.72, -0.3, 0.52, 0.78), pet.coat.mark, 0.03) for s in (-1, 1)
    ]
    return temples if pet.rng.random() < 0.8 else temples[:1]


def _calico(pet: Animal, x: float) -> list[Mark]:
    rng, side = pet.rng, 1 if pet.rng.random() < 0.5 else -1
    orange = blob(rng, x + side * 0.62, -0.45, 0.55, 0.2)
    black = blob(rng, x - side * 0.62, -0.6, 0.5, 0.2)
    return [Mark(orange, pet.coat.mark), Mark(black, pet.coat.pale)]


def _rosettes(pet: Animal, x: float) -> list[Mark]:
    crown = dots(pet.rng, (-0.6, -0.95, 0.6, -0.35), pet.coat.mark, 9, 0.07)
    cheeks = dots(pet.rng, (-0.98, 0.1, 0.98, 0.5), pet.coat.mark, 10, 0.05)
    return [*cheeks, *_muzzle(pet, x), *crown]


def _merle(pet: Animal, x: float) -> list[Mark]:
    flecks = dots(pet.rng, SKULL, pet.coat.mark, 12, 0.15, rough=0.5)
    tan = [Mark(ellipse(x + s * 0.6, 0.4, 0.34, 0.34), (200, 142, 92), 0.08) for s in (-1, 1)]
    return [*flecks, *tan, *_blaze(pet, x)]


def _ticked(pet: Animal, x: float) -> list[Mark]:
    return [*_pied(pet, x), *dots(pet.rng, SKULL, pet.coat.mark, 40, 0.03)]


_HEAD: dict[str, Callable[[Animal, float], list[Mark]]] = {
    "tabby": _tabby,
    "tabby white": _tabby_white,
    "points": _points,
    "mask": _mask,
    "saddle": _cap,
    "wolf": _wolf,
    "tan points": _tan_points,
    "tricolour": _blaze,
    "bicolour": _blaze,
    "pied": _pied,
    "ticked": _ticked,
    "calico": _calico,
    "rosettes": _rosettes,
    "merle": _merle,
    "ruff": _muzzle,
    "plain": _muzzle,
    "beard": _muzzle,
    "spots": lambda pet, _: dots(pet.rng, SKULL, pet.coat.mark, 12, 0.1),
    "brindle": lambda pet, x: [*streaks(pet.rng, SKULL, pet.coat.mark, 20), *_muzzle(pet, x)],
}
