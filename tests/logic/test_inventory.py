"""What a training makes of a set is said before it begins: nothing goes without a word."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from petwidgets.data.checks.check import check
from petwidgets.data.dataset import Dataset, load
from petwidgets.data.inventory import (
    IncompleteError,
    Inventory,
    count_sides,
    plan_inventory,
    take_inventory,
)
from petwidgets.data.labels import stray_photographs
from petwidgets.data.set_notes import about_sides, better_pattern, look_alikes
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.recipes.presets import fine_tune

if TYPE_CHECKING:
    from pathlib import Path

SIDES = {"train": 6, "valid": 3}


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def many(breed: str, n: int, extension: str = "jpg") -> list[str]:
    return [f"{breed}_{i}.{extension}" for i in range(n)]


def of(folder: Path, pattern: str = CHAPTER_PATTERN) -> tuple[Dataset, Inventory]:
    dataset = load(str(folder), pattern)
    return dataset, take_inventory(dataset)


def test_a_sound_set_has_nothing_to_be_said(tmp_path: Path) -> None:
    dataset, inventory = of(fill(tmp_path, *many("pug", 10), *many("beagle", 12)))
    assert inventory.sentences == ()
    assert inventory.headline == "22 photographs found, 22 are used."
    assert (inventory.share, inventory.enough) == (1.0, True)
    limited = take_inventory(dataset.limited(3))
    assert (limited.found, limited.used, limited.share) == (22, 6, 1.0)  # asked for, not lost


def test_names_that_do_not_match_are_told_with_the_breeds_that_vanish(tmp_path: Path) -> None:
    fill(tmp_path, *many("pug", 10), *many("beagle", 5, "JPG"), *many("boxer", 5, "jpeg"))
    _, inventory = of(tmp_path)
    (sentence,) = inventory.sentences
    assert sentence == (
        r"10 names do not match the expression (.+)_\d+.jpg$ and are left out, such as"
        " beagle_0.JPG. Without them these are missing: beagle (5) and boxer (5). The expression"
        r" (.+)_\d+\.\w+$ matches them, too."
    )
    assert inventory.share == 0.5
    with pytest.raises(IncompleteError, match=r"^Only 50 % of the photographs would be used\."):
        inventory.require_enough()


@pytest.mark.parametrize(("unmatched", "enough"), [(1, True), (2, True), (3, False)])
def test_less_than_nine_in_ten_is_asked(tmp_path: Path, unmatched: int, *, enough: bool) -> None:
    strange = [f"holiday{chr(97 + i)}.jpg" for i in range(unmatched)]
    _, inventory = of(fill(tmp_path, *many("pug", 20 - unmatched), *strange))
    assert inventory.enough is enough


def test_unreadable_ones_count_too(tmp_path: Path) -> None:
    dataset, _ = of(fill(tmp_path, *many("pug", 10), *many("beagle", 10)))
    sound = dataset.keep(range(17))
    inventory = take_inventory(sound, ["pug_7.jpg", "pug_8.jpg", "pug_9.jpg"])
    assert (inventory.chosen, inventory.used, inventory.enough) == (20, 17, False)
    assert "3 photographs can't be read and are left out: pug_7.jpg, pug_8.jpg and pug_9.jpg." in (
        inventory.sentences
    )


def test_an_expression_is_proposed_only_where_it_changes_nothing_else(tmp_path: Path) -> None:
    fill(tmp_path, "pug_1.jpg", "pug_2.JPG")
    assert better_pattern(load(str(tmp_path))) == r"(?i)(.+)_\d+.jpg$"
    fill(tmp_path, "holiday.jpg")
    assert not better_pattern(load(str(tmp_path)))
    dataset, inventory = of(tmp_path)
    assert len(dataset.unmatched) == 2
    assert "2 names do not match" in inventory.account


def test_breeds_on_one_side_of_the_split_are_named(tmp_path: Path) -> None:
    dataset = load(str(fill(tmp_path, *many("beagle", 3), "boxer_1.jpg", "pug_1.jpg")))
    sides = count_sides(dataset, [0, 1, 3], [2, 4])
    assert sides == {"beagle": (2, 1), "boxer": (1, 0), "pug": (0, 1)}
    unknown, untested = about_sides(sides)
    assert unknown.startswith("pug is validated on but not trained on")
    assert unknown.endswith("so that only luck makes an answer right.")
    assert untested.startswith("boxer is trained on but not validated on")
    inventory = take_inventory(dataset, sides=sides)
    assert inventory.headline.endswith("5 are used: 3 to train on, 2 to validate on.")
    assert "beagle (3), boxer (1) and pug (1) have fewer than 10 photographs" in inventory.account


@pytest.mark.parametrize(
    "group",
    [
        ["Pug", "pug"],
        ["pug", "pug "],
        ["pug", " pug"],
        ["great pyrenees", "great_pyrenees", "great  pyrenees"],
        ["great-pyrenees", "great pyrenees"],
        [unicodedata.normalize(form, "Épagneul") for form in ("NFC", "NFD")],
        ["Straße", "STRASSE"],
        ["pug", "pug\u200b"],
        ["p\u00a0ug", "p ug"],
    ],
)
def test_labels_that_look_alike_are_one_group(group: list[str]) -> None:
    assert look_alikes(["beagle", *group]) == [sorted(group)]


def test_different_labels_are_no_look_alikes() -> None:
    assert look_alikes(["pug", "pig", "pug1", "Bengal", "beagle", "english_setter", "setter"]) == []


def test_look_alikes_are_told_before_a_training_and_by_the_check(tmp_path: Path) -> None:
    fill(tmp_path, *(f"pug/{name}" for name in many("pug", 10)))
    fill(tmp_path, *(f"Pug/{name}" for name in many("Pug", 10)))
    _, inventory = of(tmp_path, PARENT_FOLDER)
    (sentence,) = inventory.sentences
    assert sentence.startswith("The labels “Pug” and “pug” differ only by case, blanks or")
    (finding,) = [finding for finding in check(tmp_path) if finding.problem == "labels"]
    assert (finding.sentence, finding.file) == (sentence, str(tmp_path / "pug/pug_0.jpg"))


def test_photographs_beside_the_class_folders_are_no_breed(tmp_path: Path) -> None:
    fill(tmp_path, "banner.jpg", *(f"{b}/{i}.jpg" for b in ("pug", "beagle") for i in range(10)))
    dataset, inventory = of(tmp_path, PARENT_FOLDER)
    assert dataset.vocab == ("beagle", "pug")
    assert inventory.sentences == (
        "1 photograph lies beside the class folders and is left out: banner.jpg.",
    )
    assert inventory.enough


def test_strays_in_the_folders_of_a_split_are_no_breed_either(tmp_path: Path) -> None:
    names = [f"{side}/{b}/{i}.jpg" for side in ("train", "valid") for b in "ab" for i in range(3)]
    fill(tmp_path, "train/cover.jpg", *names)
    assert load(str(tmp_path), PARENT_FOLDER).vocab == ("a", "b")


def test_a_class_folder_with_folders_in_it_keeps_its_photographs(tmp_path: Path) -> None:
    names = [f"pug/{i}.jpg" for i in range(9)]
    fill(tmp_path, *names, "pug/indoor/1.jpg", "pug/outdoor/1.jpg", "beagle/1.jpg", "beagle/2.jpg")
    dataset = load(str(tmp_path), PARENT_FOLDER)
    assert dataset.counts()["pug"] == 9
    assert not stray_photographs(dataset.paths)


def test_other_files_are_counted_by_their_kind(tmp_path: Path) -> None:
    _, inventory = of(fill(tmp_path, *many("pug", 10), "a.mat", "b.mat", "README"))
    assert inventory.sentences == ("3 other files are left out: .mat (2) and no ending (1).",)


def test_only_what_is_left_after_a_limit_and_a_hold_out_is_counted_on_a_side(
    tmp_path: Path,
) -> None:
    names = {side: [f"{side}/pug_{i}.jpg" for i in range(n)] for side, n in SIDES.items()}
    cats = [name.replace("pug", "Bombay") for side in names.values() for name in side]
    fill(tmp_path, *names["train"], *names["valid"], *cats)
    dataset = load(str(tmp_path))
    recipe = fine_tune(data=str(tmp_path), split="folders", hold_out=("train/pug_0.jpg",))
    for limit, counts in (
        (None, "18 are used: 11 to train on, 7"),
        (3, "6 are used: 3 to train on, 3"),
    ):
        said = plan_inventory(dataset, replace(recipe, limit_per_breed=limit)).account
        assert f"{counts} to validate on. The set's own split is kept. 1 photograph is held" in said
        assert said.count("to train on") == 1


def test_copies_with_different_labels_are_told(real: Path, tmp_path: Path) -> None:
    photo = min((real / "pets-original" / "images").glob("beagle_*.jpg"))
    for name in ("beagle/1.jpg", "pug/1.jpg"):
        fill(tmp_path, name)
        (tmp_path / name).write_bytes(photo.read_bytes())
    (finding,) = check(tmp_path)
    assert finding.sentence == (
        "This is the same file as beagle/1.jpg: their labels differ, pug here and beagle there:"
        " find out which is right."
    )
