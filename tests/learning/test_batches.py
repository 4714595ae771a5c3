"""A batch is shown as fastai shows it, and disturbs nobody."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from fastai.vision import augment
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data.dataset import load
from petwidgets.data.divide import split
from petwidgets.jobs.show_batch import SWITCHES, Showing, ShownBatch
from petwidgets.learning.input.rng import OwnDraws
from petwidgets.learning.show import batch
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.recipes.presets import make

if TYPE_CHECKING:
    from pathlib import Path

SMALL = {"presize": 128, "size": 64}


def show(source: str, pattern: str, settings: dict[str, Any]) -> ShownBatch:
    return batch.show(source, pattern, Showing(**settings))


def plain(shown: ShownBatch) -> ShownBatch:
    return replace(shown, seconds=0)


def files(shown: ShownBatch) -> list[str]:
    return [picture.file for picture in shown.pictures]


def test_a_batch_is_as_large_as_it_is_shown(few: Path) -> None:
    found = show(str(few), CHAPTER_PATTERN, {"nrows": 2, "ncols": 4, **SMALL})
    assert found.x.shape == (8, 3, 64, 64)
    assert (found.x.type, found.x.dtype) == ("TensorImage", "float32")
    assert -1 <= found.spread.low < found.spread.mean < found.spread.high <= 1
    assert found.y.shape == (8,)
    assert (found.y.type, found.y.dtype) == ("TensorCategory", "int64")
    assert found.transforms[0] == "IntToFloatTensor"
    assert found.transforms[-1] == "Normalize"
    assert not found.remark
    assert len(set(files(found))) == 8
    for picture, position in zip(found.pictures, found.values, strict=True):
        assert picture.label == found.vocab[position]
        assert picture.file.startswith(picture.label)
        assert Image.open(io.BytesIO(picture.jpeg)).size == (64, 64)


def test_pictures_are_of_the_files_that_they_name(few: Path) -> None:
    still = dict.fromkeys(SWITCHES, False)
    shown = show(str(few), CHAPTER_PATTERN, {**still, "presize": 96, "size": 96, "ncols": 6})
    assert files(shown) != sorted(files(shown))
    for picture in shown.pictures:
        expected = np.asarray(Image.open(few / picture.file).convert("RGB").resize((96, 96), 2))
        found = np.asarray(Image.open(io.BytesIO(picture.jpeg)))
        assert np.abs(expected.astype(int) - found).mean() < 8  # JPEG's; and they are squares


def test_a_seed_is_a_batch(few: Path) -> None:
    first = show(str(few), CHAPTER_PATTERN, SMALL)
    torch.rand(3)
    random.random()  # noqa: S311 - whatever others draw
    assert plain(show(str(few), CHAPTER_PATTERN, SMALL)) == plain(first)
    redrawn = show(str(few), CHAPTER_PATTERN, {**SMALL, "seed": 43})
    assert files(redrawn) != files(first)


def test_unique_is_one_photograph_in_many_augmentations(few: Path) -> None:
    found = show(str(few), CHAPTER_PATTERN, {**SMALL, "unique": True})
    assert len(set(files(found))) == 1
    assert len({picture.jpeg for picture in found.pictures}) == 9
    other = show(str(few), CHAPTER_PATTERN, {**SMALL, "unique": True, "seed": 43})
    assert files(other) == files(found)
    assert other.pictures != found.pictures


def test_validation_is_neither_shuffled_nor_augmented(few: Path) -> None:
    asked = {**SMALL, "part": "valid", "nrows": 2}
    found = show(str(few), CHAPTER_PATTERN, asked)
    dataset = load(str(few))
    valid = split(make("baseline", data=str(few)), dataset)[1]
    assert files(found) == [dataset.paths[i].name for i in valid]  # six, all that there are
    assert plain(show(str(few), CHAPTER_PATTERN, {**asked, "seed": 1})) == plain(found)
    names = ("IntToFloatTensor", "AffineCoordTfm", "RandomResizedCropGPU", "Normalize")
    assert found.transforms == names
    unique = show(str(few), CHAPTER_PATTERN, {**asked, "unique": True}).pictures
    assert len({picture.jpeg for picture in unique}) == 1


@pytest.mark.parametrize(
    ("switch", "name"),
    [
        ("flip", "Flip"),
        ("rotate", "Rotate"),
        ("zoom", "Zoom"),
        ("warp", "Warp"),
        ("lighting", "Brightness"),
        ("crop", "RandomResizedCropGPU"),
    ],
)
def test_a_switch_leaves_its_transform_out(switch: str, name: str, few: Path) -> None:
    def names(**settings: Any) -> list[str]:
        found = show(str(few), CHAPTER_PATTERN, {**SMALL, "nrows": 1, "ncols": 1, **settings})
        return " + ".join(found.transforms).split(" + ")

    assert name in names()
    assert name not in names(**{switch: False})
    alone = {**dict.fromkeys(SWITCHES, False), switch: True}
    assert names(**alone)[1] == name


def test_fastai_forgets_the_size_with_nothing_left_to_shrink(few: Path) -> None:
    off = dict.fromkeys(SWITCHES, False)
    found = show(str(few), CHAPTER_PATTERN, {**SMALL, **off})
    assert found.x.shape[-1] == 128
    assert "128 pixels" in found.remark


def test_own_draws_are_what_set_seed_gives() -> None:
    torch.manual_seed(7)
    expected = [torch.rand(3), torch.empty(4).uniform_(-1, 1), torch.randperm(5)]
    with OwnDraws(7):
        found = [torch.rand(3), torch.empty(4).uniform_(-1, 1), torch.randperm(5)]
    assert all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))


def test_two_at_once_disturb_neither_each_other_nor_a_training(
    few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [{**SMALL, "seed": seed, "unique": seed == 2} for seed in range(4)]
    alone = [plain(show(str(few), CHAPTER_PATTERN, settings)) for settings in asked]
    training = random.Random(1)  # noqa: S311 - what learning.train.rng_state puts there
    monkeypatch.setattr(augment, "random", training)
    numpy = np.random.get_state()[1].tolist()  # noqa: NPY002 - fastai's
    before = torch.get_rng_state(), training.getstate()
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(show, str(few), CHAPTER_PATTERN, settings) for settings in asked]
        together = [plain(job.result()) for job in jobs]
    assert together == alone
    assert torch.equal(torch.get_rng_state(), before[0])
    assert training.getstate() == before[1]
    assert np.random.get_state()[1].tolist() == numpy  # noqa: NPY002 - as above


def test_folders_can_be_the_labels(few: Path, tmp_path: Path) -> None:
    for breed in ("beagle", "pug"):
        (tmp_path / breed).mkdir()
        for photo in few.glob(f"{breed}_*"):
            (tmp_path / breed / photo.name).symlink_to(photo)
    found = show(str(tmp_path), PARENT_FOLDER, SMALL)
    assert found.vocab == ("beagle", "pug")
    assert all(p.file.startswith(f"{p.label}/") for p in found.pictures)


def test_problems_are_sentences(few: Path, tmp_path: Path) -> None:
    for photo in list(few.glob("pug_*"))[:6]:
        (tmp_path / photo.name).symlink_to(photo)
    with pytest.raises(Problem, match=r"can't fill a batch of 9"):
        show(str(tmp_path), CHAPTER_PATTERN, SMALL)
    with pytest.raises(Problem, match=r"number of rows"):
        show(str(few), CHAPTER_PATTERN, {"nrows": 9})
    for photo in tmp_path.glob("*"):
        photo.unlink()
        photo.write_text("no picture")
    with pytest.raises(Problem, match=r"^pug_\d+.jpg: This is not a picture"):
        show(str(tmp_path), CHAPTER_PATTERN, {**SMALL, "nrows": 1, "ncols": 2})
