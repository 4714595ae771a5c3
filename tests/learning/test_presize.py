"""The presizing microscope shows what fastai does, and measures it."""

from __future__ import annotations

import io
import math
import os
import random
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from fastai.vision.all import (
    CategoryBlock,
    DataBlock,
    ImageBlock,
    PILImage,
    Pipeline,
    Resize,
    Rotate,
    TensorImage,
    Warp,
    Zoom,
    image2tensor,
    parent_label,
    setup_aug_tfms,
)
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.jobs.presize import Presized, Presizing
from petwidgets.learning.show import presize
from petwidgets.learning.show.photograph_path import follow

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = {"rotate": 0, "zoom": 1, "warp": 0}

DRAWS = [
    {},
    {"rotate": -12.5, "zoom": 0.8, "warp": 0.3, "pad_mode": "zeros"},
    {"rotate": 0, "pad_mode": "border"},
    {"presize": 300, "size": 128, "warp": 0},
    {"presize": 224, "zoom": 2},
]


@pytest.fixture(scope="module")
def photos(real: Path) -> list[Path]:
    """Eight photographs in their own shapes, wide and high."""
    return sorted((real / "pets-original" / "images").glob("*.jpg"))[::47]


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def same(data: bytes, tensor: Any) -> bool:
    """Whether a PNG shows a tensor of (1, 3, h, w), 0 to 1, to within rounding."""
    expected = np.asarray(tensor[0].permute(1, 2, 0)) * 255
    return bool(np.abs(pixels(data) - expected).max() <= 0.5 + 1e-3)


def microscope(path: str, settings: dict[str, Any]) -> Presized:
    return presize.microscope(path, Presizing(**settings))


def resized(photo: Path, size: int, split_idx: int, **how: str) -> Any:
    random.seed(42)
    return Resize(size, **how)(PILImage.create(photo), split_idx=split_idx)


def tensor(image: Any) -> TensorImage:
    return TensorImage(image2tensor(image))[None].float() / 255


def arguments(settings: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    asked = {"size": 224, "rotate": 30, "zoom": 1.2, "warp": -0.2, **settings}
    pad = {"pad_mode": asked.get("pad_mode", "reflection"), "p": 1}
    rotate, zoom = {"draw": asked["rotate"], **pad}, {"draw": asked["zoom"], **pad}
    return rotate, {**zoom, "draw_x": 0.5, "draw_y": 0.5}, {
        "draw_x": asked["warp"], "draw_y": -asked["warp"], **pad
    }  # fmt: skip


@pytest.mark.parametrize("settings", DRAWS)
def test_composed_is_the_chapters_pipeline(settings: dict[str, Any], real: Path) -> None:
    photo = min((real / "pets-512" / "images").glob("beagle_*.jpg"))  # square: one place to crop
    asked = {"presize": 460, "size": 224, **settings}
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock), get_y=parent_label, item_tfms=Resize(asked["presize"])
    )
    dls = block.dataloaders([photo] * 10, bs=2, num_workers=0, device="cpu")
    x, _ = dls.valid.one_batch()
    rotate, zoom, warp = arguments(settings)
    size = {"size": asked["size"]}
    tools = [Rotate(**rotate, **size), Zoom(**zoom, **size), Warp(**warp, **size)]
    assert same(microscope(str(photo), settings).composed, Pipeline(setup_aug_tfms(tools))(x))


@pytest.mark.parametrize("settings", DRAWS)
def test_stepwise_is_one_operation_after_another(
    settings: dict[str, Any], photos: list[Path]
) -> None:
    for photo in photos[:2]:
        found = microscope(str(photo), settings)
        rotate, zoom, warp = arguments(settings)
        first = tensor(resized(photo, settings.get("size", 224), 0))
        images = {"Resize": first, "Warp": first.warp(**warp)}
        images["Rotate"] = images["Warp"].rotate(**rotate)
        images["Zoom"] = images["Rotate"].zoom(**zoom)
        # fastai samples through what does nothing, too; that it changes nothing is `same`'s to say
        for name, png in found.steps:
            assert same(png, images[name]), name
        assert same(found.stepwise, images["Zoom"])
        assert found.steps[-1][1] == found.stepwise


def test_both_ways_show_the_same_part(photos: list[Path]) -> None:
    for photo in photos[:4]:
        found = microscope(str(photo), {})
        one, other = pixels(found.composed), pixels(found.stepwise)
        shifted = np.roll(other, 12, axis=1)
        assert np.abs(one - other).mean() < 0.6 * np.abs(one - shifted).mean()


@pytest.mark.parametrize("method", ["crop", "pad", "squish"])
@pytest.mark.parametrize("pad_mode", ["reflection", "zeros", "border"])
def test_squares_are_fastais(method: str, pad_mode: str, photos: list[Path]) -> None:
    how = {"method": method, "pad_mode": pad_mode}
    for photo in photos[1:3]:
        found = microscope(str(photo), {**how, "presize": 200, "size": 100})
        for side, name in enumerate(("train", "valid")):
            expected = np.asarray(resized(photo, 200, side, **how))
            assert (pixels(getattr(found, name)) == expected).all()
        if method != "crop":
            assert found.train_crop == found.valid_crop == (0, 0, 1, 1)


@pytest.mark.parametrize("seed", [0, 42, 43])
def test_crops_are_where_the_squares_come_from(seed: int, photos: list[Path]) -> None:
    for photo in photos:
        found = microscope(str(photo), {"seed": seed, "presize": 256})
        shape = np.array([found.width, found.height] * 2)
        assert max(Image.open(io.BytesIO(found.original)).size) <= 640
        for name in ("train", "valid"):
            box = tuple((np.array(getattr(found, f"{name}_crop")) * shape).round().astype(int))
            square = Image.open(photo).convert("RGB").crop(box).resize((256, 256), Image.BILINEAR)
            assert (pixels(getattr(found, name)) == np.asarray(square)).all()
        left, top, right, bottom = found.valid_crop
        assert left + right == pytest.approx(1, abs=0.01)
        assert top + bottom == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("degrees", [10, 30, -45])
def test_a_rotation_makes_up_its_corners(degrees: float, photos: list[Path]) -> None:
    found = microscope(str(photos[0]), {**NOTHING, "rotate": degrees})
    angle = math.radians(abs(degrees))
    corners = 1 - 2 / (1 + math.sin(angle) + math.cos(angle))  # a square less itself turned
    for way in (found.composed_figures, found.stepwise_figures):
        assert way.made_up == pytest.approx(corners, abs=0.006)


def test_zooming_out_and_padding_make_pixels_up(photos: list[Path]) -> None:
    out = microscope(str(photos[0]), {**NOTHING, "zoom": 0.8})
    assert out.composed_figures.made_up == pytest.approx(1 - 0.8**2, abs=0.01)
    padded = microscope(str(photos[0]), {**NOTHING, "method": "pad"})
    shorter, longer = sorted((padded.width, padded.height))
    for way in (padded.composed_figures, padded.stepwise_figures):
        assert way.made_up == pytest.approx(1 - shorter / longer, abs=0.01)
    assert microscope(str(photos[0]), NOTHING).composed_figures.made_up == 0


def test_what_fills_made_up_pixels_does_not_change_how_many_there_are(photos: list[Path]) -> None:
    found = [
        microscope(str(photos[0]), {"pad_mode": mode}) for mode in ("reflection", "zeros", "border")
    ]
    assert len({each.composed_figures.made_up for each in found}) == 1
    assert len({each.composed for each in found}) == 3


def test_composing_keeps_more_detail(photos: list[Path]) -> None:
    for photo in photos:
        found = microscope(str(photo), {})
        ways = found.composed_figures, found.stepwise_figures
        composed, stepwise = (way.sharpness for way in ways)
        assert composed > 1.4 * stepwise
        assert 0.7 < composed < 1.2
        assert 0.1 < stepwise < 0.7
        assert ways[0].made_up <= ways[1].made_up


def test_with_nothing_to_do_both_ways_are_one(photos: list[Path]) -> None:
    found = microscope(str(photos[0]), {**NOTHING, "presize": 224})
    assert found.composed == found.stepwise
    assert found.composed_figures == found.stepwise_figures
    assert found.composed_figures.interpolations == 1
    assert [name for name, _ in found.steps] == ["Resize"]


@pytest.mark.parametrize(
    ("settings", "composed", "stepwise"),
    [
        ({}, 2, 4),
        ({"rotate": 0}, 2, 3),
        ({"rotate": 0, "zoom": 1}, 2, 2),
        (NOTHING, 2, 1),
        ({**NOTHING, "presize": 224}, 1, 1),
        ({"presize": 512}, 1, 4),  # the photograph is that large: `Resize` only passes it on
    ],
)
def test_interpolations_are_counted(
    settings: dict[str, Any], composed: int, stepwise: int, real: Path
) -> None:
    photo = min((real / "pets-512" / "images").glob("pug_*.jpg"))
    found = microscope(str(photo), settings)
    assert found.composed_figures.interpolations == composed
    assert found.stepwise_figures.interpolations == stepwise
    assert found.stepwise_figures.averagings == 0
    assert found.composed_figures.averagings == (settings.get("presize", 460) > 2 * 224)


def test_a_photograph_lying_on_its_side_is_upright(real: Path) -> None:
    photo = real / "odd-images" / "derived_orientation6_cat.jpg"
    with Image.open(photo) as stored:
        turned = stored.size[::-1]
    found = microscope(str(photo), {})
    assert (found.width, found.height) == turned


def test_a_file_that_changes_is_read_anew(photos: list[Path], tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    shutil.copyfile(photos[0], file)
    first = microscope(str(file), {})
    shutil.copyfile(photos[1], file)
    os.utime(file, ns=(1, 1))
    assert microscope(str(file), {}).composed != first.composed
    assert microscope(str(file), {}).composed == microscope(str(photos[1]), {}).composed


def test_nobody_elses_random_numbers_are_drawn(photos: list[Path]) -> None:
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    microscope(str(photos[2]), {"seed": 5})
    after = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


def test_problems_are_sentences(tmp_path: Path, photos: list[Path]) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    for path in ("/no/such.jpg", str(tmp_path), str(tmp_path / "text.jpg"), "\0"):
        with pytest.raises(Problem, match=r"\.$"):
            microscope(path, {})
    with pytest.raises(Problem, match=r"larger than the presize"):
        microscope(str(photos[0]), {"presize": 100})


def test_a_photograph_is_followed_from_its_file_to_the_network(tmp_path: Path) -> None:
    path = tmp_path / "wide.jpg"
    Image.new("RGB", (300, 200), "teal").save(path)
    file, photograph, square, batch = follow(str(path), Presizing(presize=160, size=96))
    assert (file.bytes, file.seconds) == (path.stat().st_size, None)
    assert (photograph.width, photograph.height, photograph.bytes) == (300, 200, 300 * 200 * 3)
    assert (square.width, square.height, square.bytes) == (160, 160, 160 * 160 * 3)
    assert (batch.width, batch.height, batch.bytes) == (96, 96, 96 * 96 * 3 * 4)
    assert all(stage.seconds for stage in (photograph, square, batch))
    assert batch.alone
