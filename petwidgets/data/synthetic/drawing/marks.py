"""Shapes of markings, scattered randomly over a box: stripes, dots, blobs, streaks."""

import numpy as np

from petwidgets.data.synthetic.drawing.colours import RGB, mix
from petwidgets.data.synthetic.drawing.curves import Points, ellipse, limb, smooth
from petwidgets.data.synthetic.drawing.pen import Mark

Box = tuple[float, float, float, float]  # left, top, right, bottom


def box_of(shape: Points) -> Box:
    """The smallest box around a shape."""
    (left, top), (right, bottom) = shape.min(0), shape.max(0)
    return float(left), float(top), float(right), float(bottom)


def blob(rng: np.random.Generator, x: float, y: float, radius: float, rough: float) -> Points:
    """A round patch with an uneven edge."""
    r = radius * (1 + rng.uniform(-rough, rough, (9, 1)))
    return smooth(ellipse(0, 0, 1, 1, n=9) * r + np.array((x, y)), 5)


def stripes(
    rng: np.random.Generator, box: Box, colour: RGB, count: int, reach: float
) -> list[Mark]:
    """Bands that hang from the top of the box, tapering, each a little crooked."""
    left, top, right, bottom = box
    wide, tall = (right - left) / count, (bottom - top) * reach
    marks = []
    for i in range(count):
        x = left + wide * (i + 0.5 + rng.uniform(-0.15, 0.15))
        bend, end = rng.normal(0, 0.25, 2) * wide, tall * rng.uniform(0.7, 1.1)
        spine = [(x, top - 0.1), (x + bend[0], top + end * 0.5), (x + bend[1], top + end)]
        marks.append(Mark(limb(spine, [wide * 0.26, wide * 0.22, wide * 0.04]), colour))
    return marks


def dots(
    rng: np.random.Generator, box: Box, colour: RGB, count: int, size: float, *, rough: float = 0.25
) -> list[Mark]:
    """Different spots over the whole box, on a jittered grid so that they do not overlap much."""
    spots = _scatter(rng, box, count)
    radii = size * rng.uniform(0.6, 1.25, len(spots))
    return [
        Mark(blob(rng, x, y, r, rough), colour)
        for (x, y), r in zip(spots.tolist(), radii.tolist(), strict=True)
    ]


def rosettes(rng: np.random.Generator, box: Box, coat: tuple[RGB, RGB], count: int) -> list[Mark]:
    """Dark rings around a warmer centre, open on one side."""
    base, dark = coat
    size = 0.36 * float(np.sqrt((box[2] - box[0]) * (box[3] - box[1]) / count))
    marks = []
    for x, y in _scatter(rng, box, count).tolist():
        r = size * rng.uniform(0.8, 1.15)
        dx, dy = rng.normal(0, 0.22, 2) * r
        marks.append(Mark(blob(rng, x, y, r, 0.22), dark))
        marks.append(Mark(blob(rng, x + dx, y + dy, r * 0.52, 0.2), mix(base, dark, 0.22)))
    return marks


def patches(
    rng: np.random.Generator, box: Box, colours: list[RGB], count: int, size: float
) -> list[Mark]:
    """Large blobs, of each colour in turn."""
    return [
        Mark(blob(rng, x, y, size * rng.uniform(0.75, 1.3), 0.3), colours[i % len(colours)])
        for i, (x, y) in enumerate(_scatter(rng, box, count).tolist())
    ]


def streaks(rng: np.random.Generator, box: Box, colour: RGB, count: int) -> list[Mark]:
    """Thin, broken, slanting hairs of another colour: brindle."""
    length = 0.12 * (box[3] - box[1]) + 0.12
    marks = []
    for x, y in _scatter(rng, box, count).tolist():
        lean, end = rng.normal(0.06, 0.06), length * rng.uniform(0.5, 1.2)
        spine = [(x - lean, y - end), (x + lean * 0.5, y), (x - lean * 0.4, y + end)]
        marks.append(Mark(limb(spine, [0.01, 0.04, 0.008], 4), colour))
    return marks


def below(box: Box, colour: RGB, part: float, soft: float) -> Mark:
    """The lower `part` of the box, with a soft border: bellies, socks, chins."""
    left, top, right, bottom = box
    x, y = (left + right) / 2, bottom
    return Mark(ellipse(x, y, (right - left) * 0.62, (bottom - top) * part), colour, soft)


def above(box: Box, colour: RGB, part: float, soft: float) -> Mark:
    """The upper `part` of the box: saddles, caps."""
    left, top, right, bottom = box
    shape = ellipse((left + right) / 2, top, (right - left) * 0.46, (bottom - top) * part)
    return Mark(shape, colour, soft)


def _scatter(rng: np.random.Generator, box: Box, count: int) -> Points:
    left, top, right, bottom = box
    ratio = (right - left) / max(bottom - top, 1e-6)
    columns = max(round(float(np.sqrt(count * ratio))), 1)
    rows = max(round(count / columns), 1)
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
    shaken = grid + 0.5 + rng.uniform(-0.36, 0.36, grid.shape)
    shaken[:, 0] += 0.5 * (grid[:, 1] % 2) - 0.25
    spots = np.array([left, top]) + shaken / (columns, rows) * (right - left, bottom - top)
    rng.shuffle(spots)
    return np.asarray(spots, dtype=np.float64)
