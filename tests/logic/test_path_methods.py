"""What fastcore and pathlib give for a set's folder, held against fastcore itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from petwidgets.data.dataset import Dataset, labelled
from petwidgets.data.label_forms import COLUMNS, csv_line, label_forms
from petwidgets.data.label_table import read
from petwidgets.data.listing import list_folder
from petwidgets.data.path_methods import list_repr, path_methods
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER


def set_of(folder: Path, source: str = "", pattern: str = CHAPTER_PATTERN) -> Dataset:
    return labelled(source or str(folder), list_folder(folder), pattern)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "oxford" / "images"
    folder.mkdir(parents=True)
    for breed in ("Birman", "pug", 'it\'s "one"', "Persian"):
        for n in (1, 2):
            (folder / f"{breed}_{n}.jpg").write_bytes(b"")
    (folder / "Birman_1.mat").write_bytes(b"")
    for n in range(7):
        (folder.parent / f"annotations{n}.txt").write_bytes(b"")
    return folder


def test_a_visitor_sees_names_of_photographs_alone(images: Path) -> None:
    shown = str(path_methods(set_of(images), entries=False))
    assert ".mat" not in shown
    assert str(images.parent) not in shown
    assert "(#8)" in shown


def test_a_short_list_has_its_number_too() -> None:
    base = Path("/pets")
    assert list_repr([base / "images", base / "a.txt"], base) == (
        "(#2) [Path('images'), Path('a.txt')]"
    )


def test_a_folder_that_has_gone_is_an_error(images: Path) -> None:
    dataset = set_of(images)
    images.rename(images.with_name("gone"))
    with pytest.raises(OSError, match="images"):
        path_methods(dataset, entries=True)


def test_three_photographs_in_three_forms(images: Path) -> None:
    header, rows = label_forms(set_of(images))
    assert header[0] == "Files named by class (as here)"
    assert [row[0] for row in rows] == ["Birman_1.jpg", "Persian_1.jpg", 'it\'s "one"_1.jpg']
    assert rows[0][1:] == ["Birman/Birman_1.jpg", "Birman_1.jpg,Birman"]
    lines = "\n".join([csv_line(COLUMNS), *(row[2] for row in rows)])
    table = read(lines.encode(), "labels.csv")
    assert [*table.rows] == [(row[0], row[1].split("/")[0]) for row in rows]


def test_sorted_photographs_are_named_by_their_folder(tmp_path: Path) -> None:
    for name in ("pug/1.jpg", "Birman/1.jpg", "Birman/2.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    header, rows = label_forms(set_of(tmp_path, pattern=PARENT_FOLDER))
    assert [title.endswith("(as here)") for title in header] == [False, True, False]
    assert rows[0] == ["Birman_1.jpg", "Birman/1.jpg", "Birman/1.jpg,Birman"]
    assert sorted(row[1] for row in rows) == ["Birman/1.jpg", "Birman/2.jpg", "pug/1.jpg"]
