"""The networks that the lesson on layers draws, and what lite0 makes of the cat of the examples.

    python benchmarks/networks.py

Writes `petwidgets/jobs/recorded_networks.json` and `recorded_maps.webp`; takes seconds. Of the
three architectures only lite0 has weights without a download: its maps alone are recorded.
"""

from __future__ import annotations

import json

from petwidgets.data.image import read_photo
from petwidgets.inference.preparation import Preparation
from petwidgets.jobs.network_blocks import RECORDED, RECORDED_MAPS
from petwidgets.learning.explain.feature_maps import maps_of
from petwidgets.learning.models.backbones import network, pretrained
from petwidgets.learning.models.blocks import network_shape
from petwidgets.panels.classify.examples import FOLDER
from petwidgets.recipes.recipe import DEFAULT_ARCH

SIZE = 224


def main() -> None:
    archs = (DEFAULT_ARCH, "tf_efficientnet_lite2", "resnet34", "resnet50")
    shapes = [network_shape(arch, SIZE) for arch in archs]
    RECORDED.write_text(json.dumps(shapes) + "\n", "utf-8")
    known = pretrained(DEFAULT_ARCH)
    body = network(DEFAULT_ARCH, 2)[0].eval()
    body.load_state_dict(known.body)
    prepare = Preparation(SIZE, SIZE, known.mean, known.std)
    batch = prepare.batch([read_photo(FOLDER / "cat.jpg")])
    RECORDED_MAPS.write_bytes(maps_of(DEFAULT_ARCH, body, batch, known.source).picture)
    print(*(f"{shape['arch']}: {len(shape['blocks'])} blocks" for shape in shapes), sep="\n")


if __name__ == "__main__":
    main()
