"""A hold-out folder names photographs by their paths, and says which of them it does not find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from petwidgets.common.errors import Problem
from petwidgets.data.dataset import Dataset, load
from petwidgets.data.holdout import named_by, positions
from petwidgets.recipes.labelling import PARENT_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

NESTED = [f"{breed}/000{i}.jpg" for breed in ("Abyssinian", "beagle", "pug") for i in (1, 2, 3)]
FLAT = [f"{breed}_{i}.jpg" for breed in ("Abyssinian", "pug") for i in (1, 2, 3)]


def folder(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def photos(root: Path, *names: str) -> Dataset:
    nested = any("/" in name for name in names)
    return load(str(folder(root, *names)), PARENT_FOLDER if nested else r"(.+)_\d+.jpg$")


def test_paths_are_compared_and_not_names_alone(tmp_path: Path) -> None:
    dataset = photos(tmp_path / "photos", *NESTED)
    copies = folder(tmp_path / "held", "Abyssinian/0001.jpg", "pug/0003.jpg")
    assert named_by(copies, dataset, "random") == (("Abyssinian/0001.jpg", "pug/0003.jpg"), [])
    held = named_by(copies, dataset, "random")[0]
    assert {dataset.name(dataset.paths[i]) for i in positions(held, dataset)} == set(held)


@pytest.mark.parametrize("where", ["held/valid", "held/photos/images"])
def test_folders_around_a_copy_do_not_matter(tmp_path: Path, where: str) -> None:
    dataset = photos(tmp_path / "photos", *NESTED)
    folder(tmp_path / where, "pug/0001.jpg")
    assert named_by(tmp_path / "held", dataset, "random") == (("pug/0001.jpg",), [])


def test_a_folder_of_one_breed_is_known_by_its_name(tmp_path: Path) -> None:
    dataset = photos(tmp_path / "photos", *NESTED)
    folder(tmp_path / "held" / "pug", "0001.jpg", "0002.jpg")
    held, notes = named_by(tmp_path / "held" / "pug", dataset, "random")
    assert (held, notes) == (("pug/0001.jpg", "pug/0002.jpg"), [])


def test_a_folder_in_the_set_holds_its_own_files_out(tmp_path: Path) -> None:
    names = ("train/pug/1.jpg", "train/beagle/1.jpg", "valid/pug/1.jpg", "valid/beagle/2.jpg")
    dataset = photos(tmp_path, *names)
    assert named_by(tmp_path / "valid", dataset, "random")[0] == names[:1:-1]
    linked = tmp_path.with_name(f"{tmp_path.name}-link")
    linked.symlink_to(tmp_path)
    assert named_by(linked / "valid", dataset, "random")[0] == names[:1:-1]


def test_flat_folders_are_compared_by_name(tmp_path: Path) -> None:
    dataset = photos(tmp_path / "photos", *FLAT)
    originals = folder(tmp_path / "originals", "Abyssinian_1.jpg", "pug_2.jpg", "boxer_7.jpg")
    held, notes = named_by(originals, dataset, "by-breed")
    assert held == ("Abyssinian_1.jpg", "pug_2.jpg")
    assert notes == ["1 photograph is in the hold-out folder but not in the set: boxer_7.jpg."]
    by_breed = folder(tmp_path / "sorted", "pug/pug_1.jpg")
    assert named_by(by_breed, dataset, "random") == (("pug_1.jpg",), [])


def test_flat_names_hold_out_of_folders_what_they_can_only_mean(tmp_path: Path) -> None:
    dataset = photos(tmp_path / "photos", *NESTED, "pug/pug_9.jpg")
    held, notes = named_by(folder(tmp_path / "h", "pug_9.jpg", "0001.jpg"), dataset, "random")
    assert held == ("pug/pug_9.jpg",)
    assert notes == [
        (
            "1 name in the hold-out folder could be several photographs of the set and holds none"
            " out: 0001.jpg."
        )
    ]


def test_another_breeds_photograph_is_never_held_out(tmp_path: Path) -> None:
    dataset = photos(tmp_path / "photos", *NESTED, "pug/0009.jpg", "0009.jpg")
    copies = folder(tmp_path / "held", "pug/0001.jpg", "beagle/0009.jpg")
    held, notes = named_by(copies, dataset, "random")
    assert held == ("pug/0001.jpg",)
    assert "beagle/0009.jpg" in notes[0]


def test_nothing_found_is_one_sentence(tmp_path: Path) -> None:
    dataset = photos(tmp_path / "photos", *NESTED)
    with pytest.raises(Problem, match=r"^None of the 2 photographs in .* such as samoyed_1.jpg: "):
        named_by(folder(tmp_path / "h", "samoyed_1.jpg", "samoyed_2.jpg"), dataset, "random")
    with pytest.raises(Problem, match=r"could each be several photographs of .*, such as 0001.jpg"):
        named_by(folder(tmp_path / "flat", "0001.jpg"), dataset, "random")
    with pytest.raises(Problem, match="There is no folder"):
        named_by(tmp_path / "nowhere", dataset, "random")
    with pytest.raises(Problem, match="no photographs"):
        named_by(folder(tmp_path / "notes", "a.txt"), dataset, "random")


def test_what_the_split_leaves_out_is_not_held_out(tmp_path: Path) -> None:
    names = [f"{side}/{breed}/{side}.jpg" for side in ("train", "valid", "test") for breed in "ab"]
    dataset = photos(tmp_path, *names)
    assert len(named_by(tmp_path / "test", dataset, "random")[0]) == 2
    with pytest.raises(Problem, match="None of the 2 photographs"):
        named_by(tmp_path / "test", dataset, "folders")


def test_runs_of_earlier_versions_mean_what_they_meant(tmp_path: Path) -> None:
    """They named files without their folders."""
    dataset = photos(tmp_path, *NESTED)
    held = {dataset.name(dataset.paths[i]) for i in positions(["0001.jpg"], dataset)}
    assert held == {"Abyssinian/0001.jpg", "beagle/0001.jpg", "pug/0001.jpg"}
