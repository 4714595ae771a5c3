"""Compose one picture of a scene, an animal, a prop and a light, all at random."""

# ruff: noqa: PLR2004 - a drawing is made of its own numbers

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from PIL.Image import Resampling

from petwidgets.data.synthetic.drawing import indoors, outdoors, weather
from petwidgets.data.synthetic.drawing.breeds import animal
from petwidgets.data.synthetic.drawing.collar import COLOURS
from petwidgets.data.synthetic.drawing.curves import ellipse
from petwidgets.data.synthetic.drawing.pen import Pen
from petwidgets.data.synthetic.drawing.poses import POSES, Pose
from petwidgets.data.synthetic.drawing.props import cushion, prop
from petwidgets.data.synthetic.drawing.stage import Stage

FINE = 2  # the animal is drawn larger by this factor: reducing it smooths its edges
SCENES: tuple[Callable[[Stage], None], ...] = (
    outdoors.meadow,
    outdoors.beach,
    outdoors.snow,
    outdoors.night,
    outdoors.autumn,
    outdoors.garden,
    outdoors.lake,
    indoors.room,
    indoors.sofa,
    indoors.kitchen,
    indoors.library,
    indoors.studio,
    indoors.studio,
)
SHAPES = ((1.0, 0.75), (0.75, 1.0), (1.0, 1.0), (1.0, 0.667), (0.667, 1.0), (1.0, 0.85))
CHANCES = {"sitting": 0.32, "standing": 0.28, "lying": 0.16, "portrait": 0.24}


@dataclass(frozen=True)
class Plan:
    """Random choices that are made before anything is drawn."""

    size: tuple[int, int]
    scene: Callable[[Stage], None]
    pose: str
    light: str


def compose(breed: str, rng: np.random.Generator) -> Image.Image:
    """A picture of one animal of the breed, RGB, its longer side 260 to 500 pixels."""
    plan = _plan(rng)
    image = _background(plan, rng)
    _animal(image, plan, breed, rng)
    front = weather.FRONTS.get(plan.scene.__name__)
    if front and rng.random() < 0.7:
        front(_stage(image, rng, 0.7, edge=2.0))
    return weather.lit(image.reduce(FINE), plan.light, rng)


def _plan(rng: np.random.Generator) -> Plan:
    side = int(rng.integers(260, 501))
    wide, tall = SHAPES[rng.integers(len(SHAPES))]
    lights = list(weather.LIGHTS)
    return Plan(
        (round(side * wide), round(side * tall)),
        SCENES[rng.integers(len(SCENES))],
        str(rng.choice(list(CHANCES), p=list(CHANCES.values()))),
        "noon" if rng.random() < 0.3 else lights[rng.integers(len(lights))],
    )


def _stage(image: Image.Image, rng: np.random.Generator, ground: float, edge: float) -> Stage:
    pen = Pen(image, scale=image.height, edge=edge, furry=False)
    return Stage(pen, rng, image.width / image.height, ground)


def _background(plan: Plan, rng: np.random.Generator) -> Image.Image:
    # Drawn small, blurred as by a lens, then enlarged; the animal is drawn sharp later.
    image = Image.new("RGB", plan.size, (200, 200, 200))
    close = plan.pose == "portrait"
    plan.scene(_stage(image, rng, rng.uniform(0.6, 0.72) + 0.06 * close, edge=1.4))
    image = image.filter(ImageFilter.BoxBlur(rng.uniform(0.8, 1.4) + 1.6 * close))
    return image.resize((plan.size[0] * FINE, plan.size[1] * FINE), Resampling.BILINEAR)


def _animal(image: Image.Image, plan: Plan, breed: str, rng: np.random.Generator) -> None:
    pose = POSES[plan.pose]
    pet = animal(breed, rng)
    pen = _pen(image, pose, pose.room(pet.traits), rng)
    if pose.shadow:
        _beneath(pen, pose, rng, soft=plan.pose in {"sitting", "lying"})
    turn = float(np.clip(rng.normal(0.25, 0.45), -0.9, 0.9))
    pose.draw(pen, pet, turn)
    if pose.shadow and rng.random() < 0.16:
        prop(pen.at(rng.uniform(1.0, 1.5) * rng.choice((-1, 1)), 0.18, 1.0), rng)


def _pen(
    image: Image.Image, pose: Pose, room: tuple[float, float, float], rng: np.random.Generator
) -> Pen:
    mirror = 1 if rng.random() < 0.5 else -1
    left, top, right = room
    scale = min(image.width / (left + right), image.height * 0.95 / top)
    close = pose.shadow == 0
    scale *= rng.uniform(0.84, 1.1) if close else rng.uniform(0.66, 0.98)
    centre = image.width / 2 + mirror * scale * (left - right) / 2
    slack = max(image.width - (left + right) * scale, 0) / 2
    foot = 1.0 + 0.1 * scale / image.height if close else rng.uniform(0.86, 0.95)
    light = (-0.5 * rng.choice((-1, 1)), -0.85)
    edge = max(scale / 62, 1.6)
    return Pen(
        image,
        centre + rng.uniform(-0.8, 0.8) * slack,
        image.height * foot,
        scale,
        mirror,
        float(rng.normal(0, 0.03)),
        light,
        edge,
    )


def _beneath(pen: Pen, pose: Pose, rng: np.random.Generator, *, soft: bool) -> None:
    pen.glow(ellipse(0.1, 0.0, pose.shadow * 1.15, 0.2), (26, 20, 40), 0.5, 0.16)
    if soft and rng.random() < 0.2:
        cushion(pen, COLOURS[rng.integers(len(COLOURS))], pose.shadow * 1.25)
