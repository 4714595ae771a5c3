"""Cases of `js/tests/web_page.json`, computed here by Pillow and by petwidgets itself.

python tests/logic/web_page_cases.py     writes them
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from petwidgets.data.checks.measure import SIDE, sharpness
from petwidgets.inference.classify import _windows
from petwidgets.inference.head import Head, Layer
from petwidgets.inference.preparation import Preparation, taps

PLACE = Path(__file__).parents[2] / "js" / "tests" / "web_page.json"

SIZES = [((23, 17), (7, 5)), ((5, 4), (9, 11)), ((40, 3), (40, 2)), ((1, 1), (3, 2))]
PARTS = [((23, 17), (6, 7), (1.25, 2.5, 20.75, 17.0)), ((9, 9), (4, 4), (0.0, 0.0, 8.5, 8.25))]
BLOCKS = [((23, 17), (4, 4)), ((9, 10), (2, 3)), ((7, 7), (1, 5))]
LOOKS = [(200, 150), (300, 500), (1300, 900), (2000, 300)]


def pattern(width: int, height: int) -> Image.Image:
    """What the test in JavaScript draws, too."""
    y, x, c = np.mgrid[:height, :width, :3]
    return Image.fromarray(((x * x * 7 + y * 53 + c * 91 + x * y) % 256).astype(np.uint8))


def levels(picture: Image.Image) -> list[int]:
    return np.asarray(picture).reshape(-1).tolist()


def resized() -> list[dict[str, Any]]:
    whole = [(size, to, (0.0, 0.0, *map(float, size))) for size, to in SIZES]
    return [
        {
            "size": size,
            "to": to,
            "box": box,
            "filter": method.name,
            "levels": levels(pattern(*size).resize(to, method, box)),
        }
        for size, to, box in [*whole, *PARTS]
        for method in (Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)
    ]


def reduced() -> list[dict[str, Any]]:
    return [
        {"size": size, "by": by, "levels": levels(pattern(*size).reduce(by))} for size, by in BLOCKS
    ]


def enlarged() -> dict[str, Any]:
    heat = np.arange(6, dtype=np.float32).reshape(2, 3) ** 2
    large = Image.fromarray(heat).resize((5, 4), Image.Resampling.BILINEAR)
    return {"heat": heat.reshape(-1).tolist(), "levels": levels(large)}


def sharp() -> list[dict[str, Any]]:
    said = []
    for size in LOOKS:
        small = pattern(*size)
        small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        said.append({"size": size, "sharpness": sharpness(small.convert("L"))})
    return said


def prepared() -> list[dict[str, Any]]:
    """Sums of inputs, by rows of all channels: 3 x size numbers."""
    said = []
    for size, presize, side in (((50, 37), 24, 16), ((21, 64), 40, 8), ((16, 16), 16, 16)):
        batch = Preparation(presize, side, [0.5, 0.4, 0.3], [0.5, 0.2, 0.3]).batch([pattern(*size)])
        sums = batch.astype(np.float64).sum(3).reshape(-1).tolist()
        weights, sources = (values.reshape(-1).tolist() for values in taps(presize, side))
        sizes = {"size": size, "presize": presize, "side": side}
        said.append({**sizes, "taps": weights, "sources": sources, "sums": sums})
    return said


def head() -> dict[str, Any]:
    """A head like fastai's: the largest values and the means, batch norms, a hidden layer."""
    draw = np.random.default_rng(0)
    shapes = ((6, 4), (4, 3))
    layers = [
        Layer(*(draw.normal(size=n).round(3).astype(np.float32) for n in (i, i, (k, i), k)))
        for i, k in shapes
    ]
    maps = draw.normal(size=(1, 3, 7, 5)).round(3).astype(np.float32)
    known = Head(tuple(layers))
    features, activations = known(known.pooled(maps))
    windows = known(known.pooled(_windows(maps)))[1]
    names = ("scale", "shift", "weights", "bias")
    values = {"features": features, "activations": activations, "windows": windows}
    return {
        "layers": [{n: getattr(x, n).reshape(-1).tolist() for n in names} for x in layers],
        "maps": maps.reshape(-1).tolist(),
        "heat": known.heat(maps, [2]).reshape(-1).tolist(),
        **{name: value.reshape(-1).tolist() for name, value in values.items()},
    }


def cases() -> dict[str, Any]:
    return {
        "resized": resized(),
        "reduced": reduced(),
        "enlarged": enlarged(),
        "sharpness": sharp(),
        "prepared": prepared(),
        "head": head(),
    }


if __name__ == "__main__":
    PLACE.write_text(json.dumps(cases()) + "\n", "utf-8")
