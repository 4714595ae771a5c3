"""On onnxruntime a run says what it says on torch, without importing torch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from fastai.vision.all import PILImage, Resize
from PIL import Image
from safetensors.numpy import load_file, save_file
from torchvision.transforms.v2 import TenCrop
from torchvision.transforms.v2.functional import resize

from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo
from petwidgets.inference.body import FOLDER, Body
from petwidgets.inference.classify import classifier
from petwidgets.inference.head import read_head
from petwidgets.inference.heat import grad_cam
from petwidgets.inference.network import OnnxNetwork, frozen_body, network
from petwidgets.inference.preparation import Preparation, centre, shrinking
from petwidgets.inference.tta import LARGER, cut
from petwidgets.learning.input import dataloaders
from petwidgets.learning.models.backbones import Pretrained, pretrained
from petwidgets.learning.models.backbones import network as torch_network
from petwidgets.learning.predict.classify import classifier as torch_classifier
from petwidgets.panels.classify.examples import EXAMPLES
from petwidgets.recipes.presets import make
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

SIZES = [(1, 1), (63, 480), (640, 479), (479, 640), (461, 460), (460, 460), (3001, 17), (200, 300)]


@pytest.fixture
def shipped() -> Run:
    return RunStore().get(SHIPPED_ID)


def noise(width: int, height: int) -> Image.Image:
    rows = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(rows)


def test_probabilities_are_torchs_on_200_photographs(shipped: Run, real: Path) -> None:
    files = sorted((real / "pets-512" / "images").glob("*.jpg"))[::18][:200]
    photos = [read_photo(file) for file in files]
    known, on_torch = classifier(shipped), torch_classifier(shipped)
    assert isinstance(known.network, OnnxNetwork)
    assert len(photos) == 200
    for start in range(0, 200, 20):
        part = photos[start : start + 20]
        difference = known.probabilities(part) - on_torch.probabilities(part)
        assert np.abs(difference).max() < 1e-4


@pytest.mark.parametrize("arch", ["tf_efficientnet_lite0", "tf_efficientnet_lite2"])
@pytest.mark.parametrize("side", [64, 96, 224, 320])
def test_a_body_takes_other_sizes(side: int, arch: str) -> None:
    squares = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(side))
    on_torch = torch_network(arch, 2, "linear")[0].eval()
    on_torch.load_state_dict(pretrained(arch).body)
    body = Body(FOLDER / f"{arch}.onnx")
    with torch.inference_mode():
        expected = on_torch(squares).numpy()
    found = body.maps(squares.numpy())
    assert np.abs(found - expected).max() < 1e-4
    assert np.allclose(body.features(squares.numpy()), expected.mean((2, 3)), atol=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_the_centre_is_fastais(size: tuple[int, int]) -> None:
    photo = noise(*size)
    expected = Resize(128)(PILImage(photo), split_idx=1)
    assert np.array_equal(np.asarray(centre(photo, 128)), np.asarray(expected))


@pytest.mark.parametrize(
    ("presize", "size"), [(460, 224), (460, 320), (128, 64), (460, 460), (1000, 64), (288, 224)]
)
def test_shrinking_is_fastais(presize: int, size: int) -> None:
    expected = dataloaders._shrinking(presize, size).numpy()
    assert np.abs(shrinking(presize, size) - expected).sum(1).max() < 2e-4
    stats = Pretrained({}, (0.4, 0.5, 0.6), (0.2, 0.3, 0.4), "")
    recipe = replace(make("baseline"), presize=presize, size=size)
    photo = noise(300, 200)
    ours = Preparation(presize, size, stats.mean, stats.std).batch([photo])
    theirs = dataloaders.Preparation(recipe, stats).batch([photo]).numpy()
    assert np.abs(ours - theirs).max() < 2e-3  # of noise, whose neighbours differ most


@pytest.mark.parametrize("size", [(512, 512), (500, 333), (333, 500), (40, 200)])
def test_the_ten_crops_are_torchvisions(size: tuple[int, int]) -> None:
    photo, side = noise(*size), 96
    larger = resize(photo, [round(side * LARGER)], Image.Resampling.BILINEAR)
    for ours, theirs in zip(cut(photo, side), TenCrop(side)(larger), strict=True):
        assert np.array_equal(np.asarray(ours), np.asarray(theirs))


def test_a_strip_has_no_ten_views() -> None:
    """Its shorter side, one pixel, would become hundreds, and its longer side a million."""
    with pytest.raises(Problem, match="too long and narrow"):
        cut(Image.new("RGB", (1, 1500)), 460)


def test_a_photograph_is_classified_without_torch(real: Path) -> None:
    photo = real / "pets-512" / "images" / "samoyed_10.jpg"
    code = f"""import sys
from pathlib import Path
from petwidgets.jobs import classify, explain
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore
run, photo = RunStore().get(SHIPPED_ID), Path({str(photo)!r})
print(classify.classify.load()(run, photo).decision.breed)
classify.views.load()(run, photo)
explain.grad_cam.load()(run, photo, ["samoyed"])
assert not {{"torch", "fastai", "torchvision"}} & {{*sys.modules}}"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "samoyed\n"), done.stderr


def test_an_answer_comes_with_its_heat(shipped: Run) -> None:
    photo = EXAMPLES[-2].photo
    answer = classifier(shipped).answer(read_photo(photo))
    breed = answer.decision.breed
    assert answer.heat == grad_cam(shipped, photo, [breed]).maps[breed]


def test_examples_are_recognised_but_those_that_show_no_breed() -> None:
    runs = {identity: classifier(RunStore().get(identity)) for identity in (DRAWN_ID, SHIPPED_ID)}
    for one in EXAMPLES:
        decision = runs[one.run].answer(read_photo(one.photo)).decision
        assert decision.recognised == (one.run == DRAWN_ID), one
        if decision.recognised:
            assert one.file.startswith(decision.breed)
            assert one.file in RunStore().get(one.run).info["files"], "it was not trained on"


def test_what_has_no_body_here_goes_by_torch(shipped: Run, tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for recipe in (
        make("baseline", size=200),  # its layers' padding is another one
        make("baseline", arch="resnet18"),
        make("fine-tune"),
    ):
        assert frozen_body(store.create(recipe, weights=shipped.info["weights"])) is None
    own = store.create(make("baseline"), weights="timm 1.0")
    assert frozen_body(own) is None
    assert frozen_body(shipped) is not None


def test_damaged_weights_are_said(shipped: Run, tmp_path: Path) -> None:
    folder = tmp_path / SHIPPED_ID
    shutil.copytree(shipped.folder, folder)
    run = Run(folder)
    weights = folder / "model.safetensors"
    whole = load_file(weights)
    assert read_head(run).layers[0].weights.shape == (37, 1280)
    for damaged in (
        {"1.2.weight": whole["1.2.weight"]},
        {k: v[:3] for k, v in whole.items() if v.ndim},
    ):
        save_file(damaged, weights)
        with pytest.raises(Problem, match="are damaged: train it again"):
            read_head(run)
    weights.write_bytes(b"none")
    with pytest.raises(Problem, match="are damaged: train it again"):
        network(run)
    weights.unlink()
    with pytest.raises(Problem, match="has no weights yet"):
        network(run)
