"""Scenes under the sky: meadow, beach, snow, night, autumn, garden, lake."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

import numpy as np

from petwidgets.data.synthetic.drawing.colours import RGB, darker, lighter, mix
from petwidgets.data.synthetic.drawing.curves import ellipse, limb
from petwidgets.data.synthetic.drawing.stage import Stage

SKIES: tuple[tuple[RGB, RGB], ...] = (
    ((112, 178, 228), (212, 236, 248)),
    ((150, 196, 222), (244, 238, 222)),
    ((244, 170, 134), (252, 226, 186)),
    ((168, 184, 200), (226, 230, 232)),
)
GREENS: tuple[RGB, ...] = ((126, 176, 88), (146, 184, 96), (98, 156, 92), (164, 186, 110))
PETALS: tuple[RGB, ...] = ((250, 246, 238), (246, 206, 92), (226, 108, 118), (148, 128, 206))


def _sky(stage: Stage) -> None:
    high, low = SKIES[stage.rng.integers(len(SKIES))]
    stage.wash(0, stage.ground + 0.02, high, low)
    stage.clouds(lighter(low, 0.6))


def meadow(stage: Stage) -> None:
    """Grass and flowers, hills behind."""
    _sky(stage)
    green = stage.pick(GREENS)
    stage.hill(stage.ground - 0.1, 0.06, mix(green, (150, 190, 200), 0.5))
    stage.hill(stage.ground - 0.03, 0.03, mix(green, (150, 190, 170), 0.2))
    stage.wash(stage.ground + 0.03, 1, lighter(green, 0.08), darker(green, 0.22))
    if stage.rng.random() < 0.6:
        stage.tree(stage.rng.uniform(0, stage.wide), stage.ground + 0.03, 0.32, darker(green, 0.16))
    stage.tufts(stage.ground + 0.06, 1, 46, green)
    _flowers(stage, stage.ground + 0.08, 18)


def _flowers(stage: Stage, low: float, count: int) -> None:
    petal = stage.pick(PETALS)
    for x, y in stage.rng.uniform((0, low), (stage.wide, 1), (count, 2)).tolist():
        r = 0.006 + 0.012 * (y - low)
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            stage.pen.fill(ellipse(x + dx * r, y + dy * r, r, r, n=10), petal)
        stage.pen.fill(ellipse(x, y, r * 0.7, r * 0.7, n=10), (236, 172, 60))


def beach(stage: Stage) -> None:
    """Sea, surf, sand, shells."""
    _sky(stage)
    sea = stage.pick(((62, 148, 188), (86, 178, 190), (92, 132, 176)))
    top = stage.ground - 0.12
    stage.wash(top, stage.ground + 0.04, darker(sea, 0.1), lighter(sea, 0.35))
    for y in stage.rng.uniform(top + 0.02, stage.ground, 7).tolist():
        x, long = stage.rng.uniform(0, stage.wide), stage.rng.uniform(0.05, 0.16)
        stage.pen.fill(ellipse(x, y, long, 0.003, n=12), lighter(sea, 0.6))
    sand = stage.pick(((238, 214, 164), (226, 198, 150), (244, 226, 190)))
    stage.hill(stage.ground + 0.035, 0.012, (250, 250, 246))
    stage.hill(stage.ground + 0.05, 0.012, sand)
    for x, y in stage.rng.uniform((0, stage.ground + 0.1), (stage.wide, 1), (40, 2)).tolist():
        stage.pen.fill(ellipse(x, y, 0.006, 0.003, n=8), darker(sand, 0.2))
    if stage.rng.random() < 0.5:
        _parasol(stage)


def _parasol(stage: Stage) -> None:
    x, foot = stage.rng.uniform(0.05, 0.95) * stage.wide, stage.ground + 0.12
    stage.pen.fill(limb([(x, foot), (x + 0.03, foot - 0.42)], [0.006, 0.006], 3), (236, 228, 214))
    colour = stage.pick(((222, 84, 76), (70, 130, 180), (238, 186, 74)))
    for i in range(5):
        left, right = x - 0.17 + i * 0.08, x - 0.09 + i * 0.08
        tone = colour if i % 2 == 0 else (250, 246, 238)
        stage.pen.fill(ellipse((left + right) / 2, foot - 0.35, 0.045, 0.03, n=16), tone)
        rib = [(x + 0.035, foot - 0.48), (left, foot - 0.35), (right, foot - 0.35)]
        stage.pen.fill(np.array(rib), tone)


def snow(stage: Stage) -> None:
    """Firs and drifts."""
    stage.wash(0, 1, (176, 198, 222), (232, 238, 246))
    stage.hill(stage.ground - 0.14, 0.07, (206, 218, 234))
    for x in stage.rng.uniform(0, stage.wide, 5).tolist():
        size = stage.rng.uniform(0.22, 0.42)
        stage.fir(x, stage.ground + 0.02, size, (84, 122, 118), (240, 244, 250))
    stage.hill(stage.ground, 0.02, (238, 242, 250))
    stage.hill(stage.ground + 0.16, 0.03, (228, 234, 246))


def night(stage: Stage) -> None:
    """Moon, stars, roofs or hills."""
    stage.wash(0, stage.ground + 0.05, (26, 32, 72), (86, 84, 132))
    for x, y in stage.rng.uniform((0, 0), (stage.wide, stage.ground - 0.08), (46, 2)).tolist():
        r = 0.0015 + 0.003 * stage.rng.random()
        stage.pen.fill(ellipse(x, y, r, r, n=8), (250, 240, 206))
    x = stage.rng.uniform(0.12, 0.88) * stage.wide
    stage.pen.glow(ellipse(x, 0.16, 0.14, 0.14), (250, 232, 180), 0.4, 0.06)
    stage.pen.fill(ellipse(x, 0.16, 0.065, 0.065), (252, 240, 204))
    stage.hill(stage.ground - 0.06, 0.05, (58, 66, 110))
    stage.hill(stage.ground + 0.01, 0.02, (62, 88, 106))
    stage.wash(stage.ground + 0.05, 1, (66, 94, 108), (44, 62, 84))
    stage.tufts(stage.ground + 0.08, 1, 30, (70, 104, 112))


def autumn(stage: Stage) -> None:
    """Red trees and fallen leaves."""
    stage.wash(0, stage.ground + 0.05, (238, 206, 164), (252, 236, 206))
    reds: tuple[RGB, ...] = ((206, 104, 56), (226, 152, 64), (178, 78, 58), (214, 176, 88))
    for x in stage.rng.uniform(0, stage.wide, 4).tolist():
        stage.tree(x, stage.ground + 0.04, stage.rng.uniform(0.4, 0.62), stage.pick(reds))
    ground = stage.pick(((188, 152, 98), (164, 142, 92), (198, 168, 120)))
    stage.hill(stage.ground + 0.01, 0.02, ground)
    for x, y in stage.rng.uniform((0, stage.ground + 0.06), (stage.wide, 1), (60, 2)).tolist():
        leaf = ellipse(x, y, 0.014, 0.006, stage.rng.uniform(0, 3), n=10)
        stage.pen.fill(leaf, stage.pick(reds))


def garden(stage: Stage) -> None:
    """A picket fence, a hedge, a lawn."""
    _sky(stage)
    hedge = stage.pick(((92, 138, 86), (112, 150, 92), (78, 124, 96)))
    stage.hill(stage.ground - 0.2, 0.03, hedge)
    wood = stage.pick(((248, 244, 236), (196, 156, 112), (170, 190, 204)))
    stage.pen.fill(
        stage.box(0, stage.ground - 0.17, stage.wide, stage.ground - 0.14), darker(wood, 0.12)
    )
    x = 0.01
    while x < stage.wide:
        top = stage.ground - 0.24
        board = stage.box(x, top, x + 0.05, stage.ground + 0.02)
        stage.pen.part(board, wood, shade=0.12, line=0.4)
        x += 0.075
    lawn = stage.pick(GREENS)
    stage.wash(stage.ground, 1, lighter(lawn, 0.1), darker(lawn, 0.2))
    stage.tufts(stage.ground + 0.03, 1, 40, lawn)
    _flowers(stage, stage.ground + 0.03, 10)


def lake(stage: Stage) -> None:
    """Mountains, water, a pebbly shore."""
    _sky(stage)
    far = stage.pick(((124, 142, 178), (146, 138, 166), (120, 150, 160)))
    stage.hill(stage.ground - 0.26, 0.13, mix(far, (220, 228, 240), 0.45))
    stage.hill(stage.ground - 0.16, 0.06, far)
    stage.wash(
        stage.ground - 0.1, stage.ground + 0.04, mix(far, (210, 226, 240), 0.6), (150, 186, 204)
    )
    shore = stage.pick(((172, 164, 150), (188, 176, 150), (150, 156, 146)))
    stage.hill(stage.ground + 0.03, 0.015, shore)
    for x, y in stage.rng.uniform((0, stage.ground + 0.08), (stage.wide, 1), (36, 2)).tolist():
        r = 0.006 + 0.016 * (y - stage.ground)
        stage.pen.part(
            ellipse(x, y, r * 1.5, r, n=12), stage.pick((shore, (198, 192, 184))), line=0.3
        )
