"""Which photographs a choice takes, what a folder's tree counts, and labels of whole sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from petwidgets.data.filters import Choice, Shown, choose, sizes
from petwidgets.data.folder_tree import MOST, tree
from petwidgets.data.label_report import PUZZLE, expected, label_all
from petwidgets.data.labels import spans
from petwidgets.data.metadata import Facts
from petwidgets.recipes.labelling import CHAPTER_PATTERN


def one(name: str, breed: str, width: int = 0, height: int = 0, *faults: str) -> Shown:
    facts = Facts(width, height, "JPEG", 9) if width else None
    species = {"Maine_Coon": "cat", "pug": "dog"}.get(breed, "")
    return Shown(Path("/pets") / name, name, breed, facts, frozenset(faults), species)


SET = [
    one("a/Maine_Coon_1.jpg", "Maine_Coon", 500, 375),
    one("a/Maine_Coon_2.jpg", "Maine_Coon", 300, 400, "dark", "leak"),
    one("pug_1.jpg", "pug", 512, 512),
    one("pug_2.jpg", "pug", 900, 300, "shape"),
    one("ab/pug_3.jpg", "pug"),
    one("teapot.jpg", ""),
]


@pytest.mark.parametrize(
    ("choice", "taken"),
    [
        (Choice(), [0, 2, 5, 1, 3, 4]),  # one of each breed in turn
        (Choice(breed="pug"), [2, 3, 4]),
        (Choice(species="cat"), [0, 1]),
        (Choice(species="dog"), [2, 3, 4]),
        (Choice(shape="landscape"), [0]),
        (Choice(shape="portrait"), [1]),
        (Choice(shape="square"), [2]),
        (Choice(shape="odd"), [3]),
        (Choice(size="500"), [0, 2]),
        (Choice(fault="leak"), [1]),
        (Choice(folder="a"), [0, 1]),  # and not ab/
        (Choice(words="coon MAINE"), [0, 1]),
        (Choice(words="maine_coon 2"), [1]),
        (Choice(words="teapot", species="dog"), []),
        (Choice(words="teapot", species="cat"), []),
        (Choice(words="pug", fault="dark"), []),
    ],
)
def test_a_choice_takes(choice: Choice, taken: list[int]) -> None:
    assert [SET.index(shown) for shown in choose(SET, choice)] == taken


def test_sizes_are_counted_from_the_smallest() -> None:
    assert list(sizes(SET).items()) == [("400", 1), ("500", 2), ("900", 1)]


def test_a_tree_counts_what_lies_where(tmp_path: Path) -> None:
    for name in (
        "images/pug_1.jpg",
        "images/pug_2.JPG",
        "images/pug.mat",
        "notes",
        ".hidden/x.jpg",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "annotations" / "xmls").mkdir(parents=True)
    (tmp_path / "loop").symlink_to(tmp_path)
    root = tree(tmp_path)
    assert (root.name, root.kinds) == (tmp_path.name, {"": 1})  # the link leads back to it
    assert root.files == 4
    annotations, images = root.folders
    assert images.kinds == {".jpg": 2, ".mat": 1}
    assert (images.path, annotations.folders[0].path) == ("images", "annotations/xmls")


def test_a_tree_ends_somewhere(tmp_path: Path) -> None:
    for n in range(MOST + 50):
        (tmp_path / f"{n:04}").mkdir()
    root = tree(tmp_path)
    assert len(root.folders) == MOST - 1
    assert not root.whole
    assert not tree(tmp_path / "gone").whole


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (CHAPTER_PATTERN, [(0, 0, 22), (1, 0, 14)]),
        (PUZZLE, [(0, 0, 22), (1, 0, 17)]),
        (r"(x)?(\d+)", [(0, 15, 18), (2, 15, 18)]),
        (r"(cat)", []),
    ],
)
def test_spans_are_where_the_groups_are(pattern: str, found: list[tuple[int, int, int]]) -> None:
    assert spans("great_pyrenees_173.jpg", pattern) == found


def test_labels_of_a_set_are_counted() -> None:
    names = [Path(f"/x/{name}") for name in ("pug_1.jpg", "pug_2.jpg", "Siamese_1.jpg", "x.jpg")]
    found = label_all(names, CHAPTER_PATTERN)
    assert found.counts == {"pug": 2, "Siamese": 1}
    assert found.first == {"pug": "pug_1.jpg", "Siamese": "Siamese_1.jpg"}
    assert found.unmatched == ("x.jpg",)
    assert (found.matched, found.singles) == (3, ["Siamese"])
    assert found.extremes == (("Siamese", 1), ("pug", 2))
    assert label_all(names, r"(y)").extremes is None


def test_known_breeds_are_expected_where_most_names_begin_with_one() -> None:
    known = ["pug", "great_pyrenees", "Siamese"]
    names = [f"{breed}_{n}.jpg" for breed in ("pug", "great_pyrenees") for n in range(10)]
    assert expected(names, known) == ["great_pyrenees", "pug"]
    assert expected([*names, "teapot.jpg"], known) == ["great_pyrenees", "pug"]
    assert expected([*names, *["teapot.jpg"] * 9], known) == []
    assert expected([], known) == []
