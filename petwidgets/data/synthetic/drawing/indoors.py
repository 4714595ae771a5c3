"""Scenes under a roof: a room with a window and a rug, a sofa, a kitchen, a library, a studio."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

import numpy as np

from petwidgets.data.synthetic.drawing.colours import RGB, darker, lighter, mix
from petwidgets.data.synthetic.drawing.curves import ellipse, limb, smooth
from petwidgets.data.synthetic.drawing.stage import Stage

WALLS: tuple[RGB, ...] = (
    (238, 222, 196),
    (188, 210, 214),
    (232, 200, 190),
    (206, 216, 190),
    (200, 196, 220),
    (226, 226, 222),
)
WOODS: tuple[RGB, ...] = ((190, 142, 98), (160, 116, 84), (214, 178, 134), (134, 100, 80))
CLOTHS: tuple[RGB, ...] = (
    (186, 84, 84),
    (84, 128, 150),
    (210, 164, 92),
    (110, 142, 108),
    (134, 104, 150),
    (120, 122, 130),
)


def room(stage: Stage) -> None:
    """A window with curtains, boards, a rug."""
    _wall(stage)
    _window(stage, stage.rng.uniform(0.12, 0.75) * stage.wide)
    _boards(stage)
    rug, y = stage.pick(CLOTHS), (stage.ground + 1) / 2 + 0.06
    for part, tone in (
        (1.0, rug),
        (0.84, lighter(rug, 0.45)),
        (0.74, rug),
        (0.35, lighter(rug, 0.3)),
    ):
        oval = ellipse(
            stage.wide / 2, y, stage.wide * 0.46 * part, (1 - stage.ground) * 0.42 * part
        )
        stage.pen.part(oval, tone, shade=0.1, line=0)


def _wall(stage: Stage) -> None:
    wall = stage.pick(WALLS)
    stage.wash(0, stage.ground, lighter(wall, 0.15), darker(wall, 0.05))
    if stage.rng.random() < 0.5:
        stripe = darker(wall, 0.07)
        for x in np.arange(0.04, stage.wide, 0.12).tolist():
            stage.pen.fill(stage.box(x, 0, x + 0.05, stage.ground), stripe)
    stage.pen.fill(
        stage.box(0, stage.ground - 0.035, stage.wide, stage.ground), lighter(wall, 0.55)
    )


def _boards(stage: Stage) -> None:
    wood = stage.pick(WOODS)
    stage.wash(stage.ground, 1, wood, darker(wood, 0.15))
    for y in np.linspace(stage.ground, 1, 5)[:-1].tolist():
        stage.pen.line(np.array([(0, y), (stage.wide, y)]), darker(wood, 0.28), 0.5)


def _window(stage: Stage, x: float) -> None:
    half, top, low = 0.17, 0.07, min(stage.ground - 0.13, 0.5)
    dusk = stage.rng.random() < 0.3
    sky = (96, 104, 160) if dusk else (172, 214, 240)
    stage.pen.fill(
        stage.box(x - half - 0.02, top - 0.02, x + half + 0.02, low + 0.02), (250, 246, 238)
    )
    stage.pen.fill(stage.box(x - half, top, x + half, low), sky)
    hill = ellipse(x, low, half, 0.1)
    hill[:, 1] = np.minimum(hill[:, 1], low)
    stage.pen.fill(hill, (84, 104, 120) if dusk else (140, 184, 128))
    stage.pen.fill(stage.box(x - 0.007, top, x + 0.007, low), (250, 246, 238))
    stage.pen.fill(
        stage.box(x - half, (top + low) / 2 - 0.007, x + half, (top + low) / 2), (250, 246, 238)
    )
    cloth = stage.pick(CLOTHS)
    for side in (-1, 1):
        fold = [(x + side * 0.13, 0.03), (x + side * 0.2, 0.3), (x + side * 0.23, low + 0.06)]
        stage.pen.part(limb(fold, [0.07, 0.05, 0.05], 5), lighter(cloth, 0.2), shade=0.35, line=0.4)


def sofa(stage: Stage) -> None:
    """A seat to sit on, a back, two arms, cushions."""
    _wall(stage)
    if stage.rng.random() < 0.6:
        _picture(stage, stage.rng.uniform(0.2, 0.8) * stage.wide)
    cloth = stage.pick(CLOTHS)
    back, seat = stage.ground - 0.2, stage.ground + 0.06
    stage.pen.part(_slab(stage, -0.02, back, stage.wide + 0.02, seat + 0.2), cloth, shade=0.25)
    for x in (0.14, 0.86):
        lean = stage.rng.normal(0, 0.1)
        pillow = smooth([(-0.12, -0.11), (0.12, -0.11), (0.12, 0.1), (-0.12, 0.1)], 6)
        stage.pen.at(x * stage.wide, seat - 0.06, 1, lean).part(
            pillow, stage.pick(CLOTHS), shade=0.35
        )
    stage.pen.part(
        _slab(stage, -0.05, seat, stage.wide + 0.05, 1.2), lighter(cloth, 0.12), shade=0.15
    )
    stage.pen.line(np.array([(0, 0.97), (stage.wide, 0.97)]), darker(cloth, 0.35), 0.8)


def _slab(
    stage: Stage, left: float, top: float, right: float, bottom: float
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return smooth(
        [
            (left, top + 0.05),
            (left + 0.06, top),
            (stage.wide / 2, top - 0.01),
            (right - 0.06, top),
            (right, top + 0.05),
            (right, bottom),
            (left, bottom),
        ],
        5,
    )


def _picture(stage: Stage, x: float) -> None:
    top = 0.08 + 0.05 * stage.rng.random()
    stage.pen.part(
        stage.box(x - 0.12, top, x + 0.12, top + 0.18), stage.pick(WOODS), shade=0.2, line=0.5
    )
    stage.pen.fill(stage.box(x - 0.1, top + 0.02, x + 0.1, top + 0.16), (236, 232, 218))
    stage.pen.fill(ellipse(x - 0.03, top + 0.08, 0.03, 0.03), stage.pick(CLOTHS))
    stage.pen.fill(ellipse(x + 0.03, top + 0.11, 0.05, 0.025), stage.pick(CLOTHS))


def kitchen(stage: Stage) -> None:
    """Tiles on the wall, a chequered floor."""
    wall = stage.pick(WALLS)
    stage.wash(0, stage.ground, lighter(wall, 0.5), lighter(wall, 0.3))
    for y in np.arange(0.0, stage.ground, 0.11).tolist():
        stage.pen.line(np.array([(0, y), (stage.wide, y)]), wall, 0.5)
    for x in np.arange(0.03, stage.wide, 0.11).tolist():
        stage.pen.line(np.array([(x, 0), (x, stage.ground)]), wall, 0.5)
    cupboard, x = stage.pick(CLOTHS), stage.rng.uniform(0, stage.wide)
    stage.pen.part(
        stage.box(x, stage.ground - 0.34, x + 0.5, stage.ground), lighter(cupboard, 0.3), line=0.4
    )
    stage.pen.fill(
        stage.box(x - 0.02, stage.ground - 0.37, x + 0.52, stage.ground - 0.33), stage.pick(WOODS)
    )
    stage.pen.fill(ellipse(x + 0.42, stage.ground - 0.2, 0.012, 0.012, n=12), (240, 226, 190))
    _chequers(stage, stage.pick(WALLS))


def _chequers(stage: Stage, tile: RGB) -> None:
    stage.wash(stage.ground, 1, lighter(tile, 0.3), lighter(tile, 0.1))
    rows = stage.ground + (1 - stage.ground) * np.array([0, 0.16, 0.38, 0.66, 1.0])
    dark, centre = darker(tile, 0.22), stage.wide / 2
    for i, (top, low) in enumerate(zip(rows[:-1].tolist(), rows[1:].tolist(), strict=True)):
        for k in range(-12 + i % 2, 12, 2):
            spread = [
                centre + (k + d) * 0.16 * (0.6 + 1.2 * y)
                for y, d in ((top, 0), (top, 1), (low, 1), (low, 0))
            ]
            stage.pen.fill(np.stack([spread, [top, top, low, low]], axis=1), dark)


def library(stage: Stage) -> None:
    """Shelves of books."""
    wood = stage.pick(WOODS)
    stage.wash(0, stage.ground, darker(wood, 0.5), darker(wood, 0.4))
    for shelf in np.arange(0.16, stage.ground + 0.1, 0.2).tolist():
        x = stage.rng.uniform(-0.02, 0.0)
        while x < stage.wide:
            thick, tall = stage.rng.uniform(0.02, 0.045), stage.rng.uniform(0.1, 0.16)
            spine = stage.pick(CLOTHS)
            stage.pen.fill(stage.box(x, shelf - tall, x + thick - 0.003, shelf), spine)
            stage.pen.fill(
                stage.box(x, shelf - tall * 0.8, x + thick - 0.003, shelf - tall * 0.72),
                lighter(spine, 0.5),
            )
            x += thick if stage.rng.random() < 0.92 else 0.09
        stage.pen.fill(stage.box(0, shelf, stage.wide, shelf + 0.03), wood)
    _boards(stage)


def studio(stage: Stage) -> None:
    """A photographer's plain backdrop, lit from above."""
    tone = stage.pick((*WALLS, *CLOTHS))
    tone = mix(tone, (236, 234, 230), 0.4)
    stage.wash(0, stage.ground, lighter(tone, 0.15), tone)
    stage.wash(stage.ground, 1, darker(tone, 0.06), lighter(tone, 0.1))
    spot = ellipse(stage.wide / 2, stage.ground * 0.6, stage.wide * 0.36, 0.34)
    stage.pen.glow(spot, lighter(tone, 0.6), 0.75, 0.16)
    stage.pen.glow(
        stage.box(0, stage.ground - 0.02, stage.wide, stage.ground + 0.03), tone, 0.9, 0.05
    )
