"""Markings of each pattern on the body, the legs and the tail."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

from collections.abc import Callable

from petwidgets.data.synthetic.drawing.breeds import Animal
from petwidgets.data.synthetic.drawing.colours import mix
from petwidgets.data.synthetic.drawing.curves import Points, crosswise, ellipse
from petwidgets.data.synthetic.drawing.marks import (
    Box,
    above,
    below,
    dots,
    patches,
    rosettes,
    streaks,
    stripes,
)
from petwidgets.data.synthetic.drawing.pen import Mark

Marker = Callable[[Animal, Box], list[Mark]]


def body(pet: Animal, box: Box, view: str) -> list[Mark]:
    """The markings of a trunk seen from the `side` or the `front`, or of a `piece` of it."""
    paint = _BODY.get(pet.coat.pattern)
    marks = paint(pet, box) if paint else []
    under = {"front": _chest, "side": _belly}.get(view)
    return marks + (under(pet, box) if under else [])


def leg(pet: Animal, spine: Points, width: float) -> list[Mark]:
    """Socks, bands and spots of one leg, from shoulder to paw."""
    pattern, coat = pet.coat.pattern, pet.coat
    if pattern in _WHITE_FEET:
        return [_sock(spine, width, coat.pale if pattern != "calico" else coat.base, 0.3)]
    if pattern in {"saddle", "tan points", "merle"}:
        return [_sock(spine, width, _tan(pet), 0.62)]
    if pattern == "points":
        return [_sock(spine, width, coat.mark, 0.5, soft=0.2)]
    if pattern == "tabby":
        return _bands(pet, spine, width, (0.25, 0.42, 0.59, 0.76))
    if pattern in _FLECKED:
        return _flecks(pet, spine, width)
    return []


def tail(pet: Animal, spine: Points, width: float) -> list[Mark]:
    """Rings, a white tip, a dark end."""
    pattern, coat = pet.coat.pattern, pet.coat
    if pattern in {"tabby", "tabby white", "rosettes"}:
        return _bands(pet, spine, width * 1.3, (0.18, 0.34, 0.5, 0.66, 0.82, 0.97))
    if pattern in {"bicolour", "tricolour", "merle", "ticked"}:
        return [Mark(crosswise(spine, 0.98, width * 1.6, width * 1.7), coat.pale, 0.03)]
    if pattern in {"calico", "pied"}:
        return [Mark(crosswise(spine, 0.5, width * 1.6, width * 2.6), coat.mark)]
    if pattern in _FLECKED:
        return _flecks(pet, spine, width)
    return []


_WHITE_FEET = {"tabby white", "bicolour", "pied", "wolf", "calico"}
_FLECKED = {"spots", "ticked", "rosettes", "brindle"}


def _tan(pet: Animal) -> tuple[int, int, int]:
    if pet.coat.pattern == "merle":
        return 200, 142, 92
    return pet.coat.pale if pet.coat.pattern == "saddle" else pet.coat.mark


def _sock(
    spine: Points, width: float, colour: tuple[int, int, int], reach: float, soft: float = 0.05
) -> Mark:
    x, y = spine[-1]
    tall = reach * float(spine[:, 1].max() - spine[:, 1].min())
    return Mark(ellipse(float(x), float(y), width * 3, tall), colour, soft)


def _bands(pet: Animal, spine: Points, width: float, at: tuple[float, ...]) -> list[Mark]:
    return [
        Mark(crosswise(spine, a + pet.rng.normal(0, 0.01), width * 1.5, width * 0.3), pet.coat.mark)
        for a in at
    ]


def _flecks(pet: Animal, spine: Points, width: float) -> list[Mark]:
    low, high = spine.min(0), spine.max(0)
    box = (float(low[0]) - width, float(low[1]), float(high[0]) + width, float(high[1]))
    if pet.coat.pattern == "brindle":
        return streaks(pet.rng, box, pet.coat.mark, 9)
    size = 0.03 if pet.coat.pattern == "ticked" else 0.07
    return dots(pet.rng, box, pet.coat.mark, 14 if size < 0.05 else 8, size)


def _chest(pet: Animal, box: Box) -> list[Mark]:
    if pet.coat.pattern in {"calico", "spots", "pied", "ticked", "points"}:
        return []
    left, top, right, bottom = box
    white = pet.coat.pattern in {"bicolour", "tabby white", "merle", "wolf", "tricolour"}
    x, wide = (left + right) / 2, (right - left) * (0.27 if white else 0.22)
    tall = (bottom - top) * (0.5 if white else 0.38)
    shape = ellipse(x, top + (bottom - top) * 0.42, wide, tall)
    soft = 0.05 if white else 0.16
    return [Mark(shape, pet.coat.pale if pet.coat.pattern != "saddle" else pet.coat.base, soft)]


def _belly(pet: Animal, box: Box) -> list[Mark]:
    if pet.coat.pattern in {"tricolour", "pied", "calico", "spots", "ticked"}:
        return []
    crisp = pet.coat.pattern in {"bicolour", "tabby white", "merle", "wolf"}
    under = below(box, pet.coat.pale, 0.3 if crisp else 0.2, 0.04 if crisp else 0.12)
    left, top, right, bottom = box
    bib = ellipse(right, (top + bottom) / 2, (right - left) * 0.2, (bottom - top) * 0.55)
    return [under, Mark(bib, pet.coat.pale, 0.06)] if crisp else [under]


def _many(box: Box, dense: float) -> int:
    """The number of marks in a box, at `dense` per square unit, at least 3."""
    return max(round(dense * (box[2] - box[0]) * (box[3] - box[1])), 3)


def _tabby(pet: Animal, box: Box) -> list[Mark]:
    count = max(round(7 * (box[2] - box[0]) / 2.4), 4)
    return stripes(pet.rng, box, pet.coat.mark, count + int(pet.rng.integers(3)), 0.72)


def _saddle(pet: Animal, box: Box) -> list[Mark]:
    return [above(box, pet.coat.mark, 0.62, 0.07)]


def _patched(pet: Animal, box: Box) -> list[Mark]:
    both = [pet.coat.mark, pet.coat.pale] if pet.coat.pattern == "calico" else [pet.coat.mark]
    size = 0.26 * float(((box[2] - box[0]) * (box[3] - box[1])) ** 0.5)
    return patches(pet.rng, box, both, 5, size)


def _ticked(pet: Animal, box: Box) -> list[Mark]:
    big = patches(pet.rng, box, [pet.coat.mark], 2, 0.3 + 0.1 * pet.rng.random())
    tick = mix(pet.coat.mark, pet.coat.base, 0.15)
    return big + dots(pet.rng, box, tick, _many(box, 40), 0.035)


def _merle(pet: Animal, box: Box) -> list[Mark]:
    pale = dots(
        pet.rng, box, mix(pet.coat.base, pet.coat.pale, 0.35), _many(box, 5), 0.13, rough=0.45
    )
    return pale + dots(pet.rng, box, pet.coat.mark, _many(box, 8), 0.11, rough=0.5)


_BODY: dict[str, Marker] = {
    "tabby": _tabby,
    "tabby white": _tabby,
    "rosettes": lambda pet, box: rosettes(
        pet.rng, box, (pet.coat.base, pet.coat.mark), _many(box, 9)
    ),
    "calico": _patched,
    "pied": _patched,
    "ticked": _ticked,
    "merle": _merle,
    "spots": lambda pet, box: dots(pet.rng, box, pet.coat.mark, _many(box, 11), 0.1, rough=0.3),
    "brindle": lambda pet, box: streaks(pet.rng, box, pet.coat.mark, _many(box, 22)),
    "saddle": _saddle,
    "tricolour": _saddle,
    "wolf": _saddle,
    "points": lambda pet, box: [above(box, mix(pet.coat.base, pet.coat.mark, 0.3), 0.4, 0.2)],
    "ruff": lambda pet, box: [above(box, pet.coat.mark, 0.35, 0.2)],
    "plain": lambda pet, box: [above(box, mix(pet.coat.base, pet.coat.mark, 0.6), 0.3, 0.2)],
}
