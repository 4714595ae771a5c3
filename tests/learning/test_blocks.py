"""Networks taken apart: against fastai's own split, torchvision's figures, and the recording."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from fastai.vision.all import create_head, has_pool_type
from fastai.vision.learner import _resnet_split
from PIL import Image

from petwidgets.inference.preparation import Preparation
from petwidgets.jobs.network_blocks import RECORDED_MAPS, TILE, recorded_networks
from petwidgets.learning.explain.feature_maps import feature_maps, maps_of
from petwidgets.learning.models.backbones import network, pretrained
from petwidgets.learning.models.blocks import network_shape
from petwidgets.learning.models.weights import whole
from petwidgets.recipes.recipe import DEFAULT_ARCH
from petwidgets.runs.run import DRAWN_ID
from petwidgets.runs.store import RunStore

EXAMPLES = Path(__file__).parents[2] / "petwidgets/panels/classify/examples"


@pytest.mark.parametrize("arch", [*recorded_networks()])
def test_what_is_recorded_is_what_the_libraries_have(arch: str) -> None:
    assert recorded_networks()[arch] == network_shape(arch)


def test_a_resnet_is_cut_where_fastai_cuts_it() -> None:
    shape = recorded_networks()["resnet34"]
    theirs = _resnet_split(network("resnet34", 37))
    for i, group in enumerate(theirs):
        ours = [block["parameters"] for block in shape["blocks"] if block["group"] == i]
        assert sum(ours) == sum(p.numel() for p in group)
    own = torchvision.models.resnet34()
    assert shape["old_head"] == {"parameters": sum(p.numel() for p in own.fc.parameters()),
                                 "classes": 1000}  # fmt: skip
    head = create_head(512, 37, pool=has_pool_type(own))
    assert shape["blocks"][-1]["parameters"] == sum(p.numel() for p in head.parameters())
    own.eval()
    x = torch.zeros(1, 3, 224, 224)
    with torch.inference_mode():
        x = own.maxpool(own.relu(own.bn1(own.conv1(x))))
        for block in shape["blocks"][1:-1]:
            x = getattr(own, block["name"])(x)
            assert [*x.shape[1:]] == block["shape"]


def test_the_map_of_a_block_is_the_one_that_varies_most() -> None:
    """Worked out by hand for lite0's first convolution, of a shipped run on a picture."""
    run = RunStore().get(DRAWN_ID)
    file = EXAMPLES / "cat.jpg"
    found = feature_maps(run, file)
    assert found.blocks == tuple(
        b["name"] for b in recorded_networks()[DEFAULT_ARCH]["blocks"][:-1]
    )
    known = whole(run)
    prepare = Preparation(run.recipe.presize, run.recipe.size, known.mean, known.std)
    batch = torch.from_numpy(prepare.batch([Image.open(file).convert("RGB")]))
    with torch.inference_mode():
        body = known.network[0].model
        maps = body.bn1(body.conv_stem(batch))[0]
    one = maps[maps.flatten(1).var(1).argmax()].numpy()
    grey = 255 * (one - one.min()) / (one.max() - one.min())
    expected = Image.fromarray(grey.astype(np.uint8)).resize((TILE, TILE), Image.Resampling.BOX)
    picture = np.asarray(Image.open(io.BytesIO(found.picture)).convert("L"), float)
    assert picture.shape == (TILE, 9 * TILE)
    assert np.abs(picture[:, :TILE] - np.asarray(expected, float)).mean() < 8  # WebP's loss


def test_the_recorded_maps_are_those_of_the_cat() -> None:
    known = pretrained(DEFAULT_ARCH)
    body = network(DEFAULT_ARCH, 2)[0].eval()
    body.load_state_dict(known.body)
    prepare = Preparation(224, 224, known.mean, known.std)
    batch = prepare.batch([Image.open(EXAMPLES / "cat.jpg").convert("RGB")])
    live = maps_of(DEFAULT_ARCH, body, batch, known.source)
    ours, theirs = (np.asarray(Image.open(io.BytesIO(b)), float)
                    for b in (RECORDED_MAPS.read_bytes(), live.picture))  # fmt: skip
    assert np.abs(ours - theirs).mean() < 2


def test_two_photographs_at_a_time_are_not_mixed_up() -> None:
    """Both use the same network, whose hooks must hear only their own photograph."""
    run = RunStore().get(DRAWN_ID)
    files = [EXAMPLES / "cat.jpg", EXAMPLES / "astronaut.jpg"] * 6
    alone = {file: feature_maps(run, file).picture for file in set(files)}
    with ThreadPoolExecutor(4) as threads:
        found = [*threads.map(lambda file: feature_maps(run, file).picture, files)]
    assert [alone[file] for file in files] == found
