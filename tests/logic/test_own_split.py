"""A set's own folders train/ and valid/ are kept where that is asked, and else said to be mixed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from petwidgets.common.errors import Problem
from petwidgets.data import own_split
from petwidgets.data.dataset import Dataset, load
from petwidgets.recipes.labelling import PARENT_FOLDER

if TYPE_CHECKING:
    from pathlib import Path


def photos(root: Path, *names: str, pattern: str = PARENT_FOLDER) -> Dataset:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return load(str(root), pattern)


def both(train: str, valid: str) -> list[str]:
    counts = ((train, 3), (valid, 2))
    return [f"{side}/{b}/{side}_{i}.jpg" for side, n in counts for b in "ab" for i in range(n)]


@pytest.mark.parametrize(
    ("train", "valid"),
    [
        ("train", "valid"),
        ("train", "val"),
        ("Train", "Validation"),
        ("images/training", "images/VAL"),
    ],
)
def test_the_folders_are_followed(tmp_path: Path, train: str, valid: str) -> None:
    dataset = photos(tmp_path, *both(train, valid))
    assert {own_split.TRAIN, own_split.VALID} <= set(own_split.sides(dataset))
    kept = own_split.kept(dataset, "folders")
    parts = own_split.positions(kept)
    assert [len(part) for part in parts] == [6, 4]
    assert all(f"{valid}/" in kept.name(kept.paths[i]) for i in parts[1])
    assert own_split.said(dataset, "folders") == ["The set's own split is kept."]


def test_a_regular_expression_may_give_the_breed(tmp_path: Path) -> None:
    names = [f"{side}/{b}_{i}.jpg" for side in ("train", "valid") for b in "ab" for i in (1, 2)]
    dataset = photos(tmp_path, *names, pattern=r"(.+)_\d+.jpg$")
    assert dataset.vocab == ("a", "b")
    assert [len(part) for part in own_split.positions(dataset)] == [4, 4]


def test_test_and_what_lies_beside_are_left_out_with_a_sentence(tmp_path: Path) -> None:
    dataset = photos(tmp_path, *both("train", "valid"), "test/c/1.jpg", "more/a/2.jpg", "b/3.jpg")
    kept = own_split.kept(dataset, "folders")
    assert len(kept.paths) == 10
    assert kept.vocab == ("a", "b")
    assert own_split.said(dataset, "folders")[1:] == [
        "1 photograph is in test/ and left out.",
        "2 photographs are outside train/ and valid/ and left out.",
    ]


@pytest.mark.parametrize("split", ["random", "by-breed"])
def test_another_split_says_that_it_ignores_them(tmp_path: Path, split: str) -> None:
    dataset = photos(tmp_path, *both("train", "val"))
    assert own_split.said(dataset, split) == [
        (
            "The set's own split (train/ 6, valid/ 4) is ignored, and its photographs are mixed:"
            " choose the split folders to keep it."
        )
    ]
    assert own_split.kept(dataset, split) is dataset


def test_a_set_without_such_folders_says_nothing_and_can_not_be_split_so(tmp_path: Path) -> None:
    dataset = photos(tmp_path, "a/1.jpg", "b/1.jpg")
    assert own_split.said(dataset, "random") == []
    assert not {own_split.TRAIN, own_split.VALID} <= set(own_split.sides(dataset))
    with pytest.raises(Problem, match=r"needs train/ and valid/ .* in train/ and valid/: c"):
        own_split.kept(dataset, "folders")
    only = photos(tmp_path / "t", "train/a/1.jpg", "train/b/1.jpg", "test/a/2.jpg")
    with pytest.raises(Problem, match="no photographs are in valid/"):
        own_split.kept(only, "folders")
    (said,) = own_split.said(only, "random")
    assert "call the folder to validate on valid/" in said


@pytest.mark.parametrize("most", [2, 3, 4, 5, 7, 20])
def test_a_limit_takes_of_both_sides(tmp_path: Path, most: int) -> None:
    names = [f"train/{b}/{i:02}.jpg" for b in "ab" for i in range(9)]
    names += [f"valid/{b}/{i}.jpg" for b in "ab" for i in range(3)] + ["valid/c/1.jpg"]
    dataset = own_split.limited(photos(tmp_path, *names), "folders", most)
    sides = Counter(zip(dataset.breeds, own_split.sides(dataset), strict=True))
    assert sides["c", "valid"] == 1
    for breed in "ab":
        train, valid = sides[breed, "train"], sides[breed, "valid"]
        assert train + valid == min(most, 12)
        assert abs(valid - most / 4) <= 1 or valid == 3
        assert train >= 1
        assert valid >= 1
