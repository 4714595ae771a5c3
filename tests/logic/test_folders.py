"""What a list of folders says: counts, bounds, what is left out, and where it begins."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from petwidgets.data import folders
from petwidgets.data.folders import Contents, below, contents, in_order, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in (
        "a.jpg",
        "b.PNG",
        "c.heic",
        "notes.txt",
        ".hidden.jpg",
        "pets/pug_1.jpg",
        ".git/x",
        "@eaDir/y.jpg",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "dead.jpg").symlink_to(tmp_path / "nothing")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "linked").symlink_to(tmp_path / "pets")
    (tmp_path / "one.jpg").symlink_to(tmp_path / "a.jpg")
    return tmp_path


def test_photographs_and_folders_are_counted(place: Path) -> None:
    found = contents(str(place))
    assert (found.photographs, found.whole, found.problem) == (4, True, "")
    assert in_order(found.folders) == ["folder.jpg", "linked", "pets"]
    each = [*below(str(place), ["pets", "folder.jpg", "linked", "gone"])]
    assert [one.photographs for one in each] == [1, 0, 1, 0]
    assert each[3].problem == folders.GONE


def test_a_huge_folder_is_counted_to_a_bound(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(50):
        (place / "pets" / f"{n}.jpg").touch()
    monkeypatch.setattr(folders, "MOST_ENTRIES", 20)
    assert contents(str(place / "pets")) == Contents(20, (), whole=False)
    monkeypatch.setattr(folders, "MOST_FOLDERS", 2)
    assert in_order(("c", "B", "a")) == ["a", "B"]


def test_counting_ends_when_nobody_waits_or_time_is_up(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert contents(str(place), lambda: True) == folders.UNCOUNTED
    monkeypatch.setattr(folders, "SECONDS", 0)
    assert [*below(str(place), ["pets", "linked"])] == [folders.UNCOUNTED] * 2


def test_a_folder_that_may_not_be_read_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str) -> Iterator[os.DirEntry[str]]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(folders.os, "scandir", refused)
    [one] = below(str(place), ["pets"])
    assert one == Contents(problem="permission denied")


@pytest.mark.parametrize("name", ["nowhere", "a.jpg", "a\0b", "x" * 5000])
def test_what_is_no_folder_is_a_reason_and_no_exception(place: Path, name: str) -> None:
    assert contents(str(place / name)).problem


def test_a_name_that_is_no_text_is_looked_into(place: Path) -> None:
    os.makedirs(os.fsencode(place) + b"/caf\xe9/in it")  # noqa: PTH103 - Path takes no bytes
    [name] = [one for one in contents(str(place)).folders if one.startswith("caf")]
    assert [*below(str(place), [name])] == [Contents(folders=("in it",))]


def test_it_starts_where_one_is_or_at_home(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place))
    assert start(str(place / "pets")) == str(place / "pets")
    assert start("~/pets") == str(place / "pets")
    assert start("", str(place / "nowhere"), "a\0b") == start() == str(place)
    monkeypatch.setenv("HOME", str(place / "nowhere"))
    assert start() == place.anchor
