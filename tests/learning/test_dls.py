"""The data are the chapter's own, and the splits keep their word."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from fastai.vision.all import (
    CategoryBlock,
    DataBlock,
    DataLoaders,
    ImageBlock,
    Normalize,
    PILImage,
    RandomSplitter,
    RegexLabeller,
    Resize,
    aug_transforms,
    get_image_files,
    set_seed,
    torch,
    using_attr,
)
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data.dataset import Dataset, load
from petwidgets.learning.input.dataloaders import Preparation, dataloaders, split
from petwidgets.learning.input.photograph import Photo
from petwidgets.learning.models.backbones import Pretrained

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe

STATS = Pretrained({}, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "none")


@pytest.fixture
def dataset(few: Path) -> Dataset:
    return load(str(few))


def chapter(folder: Path) -> DataLoaders:
    """The chapter's `DataBlock`, at a smaller size."""
    pets = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_items=lambda path: sorted(get_image_files(path)),
        splitter=RandomSplitter(seed=42),
        get_y=using_attr(RegexLabeller(r"(.+)_\d+.jpg$"), "name"),
        item_tfms=Resize(128),
        batch_tfms=[
            *aug_transforms(size=64, min_scale=0.75),
            Normalize.from_stats(STATS.mean, STATS.std),
        ],
    )
    return pets.dataloaders(folder, bs=8, num_workers=0)


def test_data_are_the_chapters_own(
    few: Path, dataset: Dataset, tiny: Callable[..., Recipe]
) -> None:
    ours, theirs = dataloaders(tiny("one-cycle"), dataset, STATS), chapter(few)
    assert list(ours.vocab) == list(theirs.vocab) == list(dataset.vocab)
    assert list(ours.train_ds.items) == list(theirs.train_ds.items)
    assert list(ours.valid_ds.items) == list(theirs.valid_ds.items)
    for batches in zip(ours.valid, theirs.valid, strict=True):
        (x, y), (x_book, y_book) = batches
        assert x.shape[1:] == (3, 64, 64)
        assert torch.equal(x, x_book)
        assert torch.equal(y, y_book)


def test_augmentation_is_the_chapters_own(
    few: Path, dataset: Dataset, tiny: Callable[..., Recipe]
) -> None:
    batches = []
    for dls in (dataloaders(tiny("one-cycle"), dataset, STATS), chapter(few)):
        set_seed(7)
        dls.train.rng = random.Random(7)  # noqa: S311
        batches.append(dls.train.one_batch())
    assert torch.equal(batches[0][0], batches[1][0])
    assert torch.equal(batches[0][1], batches[1][1])


def test_split_is_random_splitters(dataset: Dataset, tiny: Callable[..., Recipe]) -> None:
    for share, seed in ((0.2, 42), (0.3, 7)):
        parts = split(tiny("one-cycle", valid=share, seed=seed), dataset)
        theirs = RandomSplitter(share, seed)(dataset.paths)
        assert [list(part) for part in parts] == [list(part) for part in theirs]


@pytest.mark.parametrize("share", [0.125, 0.25, 0.5])
def test_by_breed_takes_the_same_share_of_each(
    dataset: Dataset, tiny: Callable[..., Recipe], share: float
) -> None:
    train, valid = split(tiny("baseline", split="by-breed", valid=share), dataset)
    assert sorted(train + valid) == list(range(len(dataset.paths)))
    assert set(Counter(dataset.breeds[i] for i in valid).values()) == {round(share * 8)}
    another = split(tiny("baseline", split="by-breed", valid=share, seed=1), dataset)[1]
    assert set(valid) != set(another)


@pytest.mark.parametrize("way", ["random", "by-breed"])
def test_what_is_held_out_is_never_trained_on(
    dataset: Dataset, tiny: Callable[..., Recipe], way: str
) -> None:
    names = tuple(path.name for path in dataset.paths[1:8:2])
    recipe = tiny("fine-tune", split=way, valid=0.25, hold_out=names)
    train, valid = split(recipe, dataset)
    assert set(names) <= {dataset.paths[i].name for i in valid}
    assert not set(names) & {dataset.paths[i].name for i in train}
    assert sorted(train + valid) == list(range(len(dataset.paths)))
    dls = dataloaders(recipe, dataset, STATS)
    assert [dataset.paths[i] for i in train] == list(dls.train_ds.items)
    assert [dataset.paths[i] for i in valid] == list(dls.valid_ds.items)


def test_held_out_count_towards_their_breeds_share(
    dataset: Dataset, tiny: Callable[..., Recipe]
) -> None:
    names = tuple(path.name for path in dataset.paths[:3])  # 3 of the first breed, whose share is 2
    valid = split(tiny("baseline", split="by-breed", valid=0.25, hold_out=names), dataset)[1]
    counts = Counter(dataset.breeds[i] for i in valid)
    assert [counts[breed] for breed in dataset.vocab] == [3, 2, 2, 2]


def test_too_few_photographs(dataset: Dataset, tiny: Callable[..., Recipe]) -> None:
    siamese = dataset.keep(range(8))
    with pytest.raises(Problem, match="too few photographs"):
        split(tiny("baseline"), siamese)
    with pytest.raises(Problem, match="too few photographs"):
        split(tiny("baseline", valid=0.01), dataset.keep([0, 8]))
    with pytest.raises(Problem, match="26 photographs to train on can't fill a batch of 64"):
        dataloaders(tiny("fine-tune", batch_size=64), dataset, STATS)


def test_photograph_is_read_upright(real: Path) -> None:
    rotated = real / "odd-images" / "derived_orientation6_cat.jpg"
    upright = Image.open(real / "odd-images" / "cat_chelsea.png").convert("RGB")
    photo = Photo.create(rotated)
    assert isinstance(photo, PILImage)
    assert photo.size == upright.size
    assert PILImage.create(rotated).size == upright.size[::-1]  # fastai's own: lying on its side
    difference = np.asarray(photo, dtype=float) - np.asarray(upright, dtype=float)
    assert np.abs(difference).mean() < 6  # JPEG against PNG


def test_unreadable_photograph_is_named(real: Path) -> None:
    with pytest.raises(Problem, match=r"derived_truncated_cat\.jpg: This picture is cut off"):
        Photo.create(real / "odd-images" / "derived_truncated_cat.jpg")


def test_preparation_is_what_the_validation_set_goes_through(
    dataset: Dataset, tiny: Callable[..., Recipe]
) -> None:
    recipe = tiny("fine-tune", batch_size=4)
    dls = dataloaders(recipe, dataset, STATS)
    preparation = Preparation(recipe, STATS)
    batch = preparation.batch([Photo.create(path) for path in dls.valid_ds.items])
    book = torch.cat([x for x, _ in dls.valid])
    assert torch.allclose(batch, torch.Tensor(book), atol=1e-4)
    seen = preparation.seen(batch).astype(float)
    assert seen.shape == (6, 64, 64, 3)
    pixels = book * torch.tensor(STATS.std)[:, None, None] + torch.tensor(STATS.mean)[:, None, None]
    assert np.abs(seen - (pixels * 255).permute(0, 2, 3, 1).numpy()).max() <= 0.51
