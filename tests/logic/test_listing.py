"""One listing of files for browsing, checking and training; what is passed over is named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from petwidgets.common.errors import Problem
from petwidgets.data import listing
from petwidgets.data.checks.check import check
from petwidgets.data.dataset import load
from petwidgets.data.folder_tree import tree
from petwidgets.data.listing import list_folder
from petwidgets.recipes.labelling import PARENT_FOLDER

if TYPE_CHECKING:
    from pathlib import Path


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def names(folder: Path) -> list[str]:
    found = list_folder(folder)
    return [found.name(path) for path in found.photos]


def reasons(folder: Path) -> dict[str, str]:
    found = list_folder(folder)
    return {found.name(one.path): one.reason for one in found.left_out}


def test_links_are_followed_and_named_by_the_link(tmp_path: Path) -> None:
    fill(tmp_path / "elsewhere/beagle", "beagle_1.jpg")
    photos = fill(tmp_path / "photos", "pug/pug_1.jpg")
    (photos / "beagle").symlink_to("../elsewhere/beagle")
    (photos / "pug" / "linked.jpg").symlink_to(tmp_path / "elsewhere/beagle/beagle_1.jpg")
    assert names(photos) == ["beagle/beagle_1.jpg", "pug/linked.jpg", "pug/pug_1.jpg"]
    assert load(str(photos), PARENT_FOLDER).vocab == ("beagle", "pug")
    assert [folder.name for folder in tree(photos).folders] == ["beagle", "pug"]


def test_hidden_files_and_what_systems_make_are_left_out_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, "pug/pug_1.jpg", "pug/._pug_1.jpg", ".ipynb_checkpoints/pug_1.jpg")
    fill(tmp_path, "__MACOSX/pug/pug_1.jpg", "pug/@eaDir/pug_1.jpg/SYNOPHOTO_THUMB_M.jpg")
    assert names(tmp_path) == ["pug/pug_1.jpg"]
    assert reasons(tmp_path) == {
        ".ipynb_checkpoints": "hidden",
        "pug/._pug_1.jpg": "hidden",
        "__MACOSX": "system",
        "pug/@eaDir": "system",
    }
    assert list_folder(tmp_path).sentences() == [
        "2 hidden files and folders are left out: .ipynb_checkpoints and pug/._pug_1.jpg.",
        "2 folders that a system made for itself are left out: __MACOSX and pug/@eaDir.",
    ]
    assert check(tmp_path)  # which is silent on all of these
    assert {finding.file for finding in check(tmp_path)} == {str(tmp_path / "pug/pug_1.jpg")}


def test_dead_links_are_named_by_check_and_by_training_alike(tmp_path: Path) -> None:
    fill(tmp_path, "pug/pug_1.jpg")
    (tmp_path / "pug/gone.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "pug/self.jpg").symlink_to("self.jpg")
    assert reasons(tmp_path) == {"pug/gone.jpg": "dead-link", "pug/self.jpg": "dead-link"}
    found = [finding.file for finding in check(tmp_path) if finding.problem == "link"]
    assert found == [str(tmp_path / "pug/gone.jpg"), str(tmp_path / "pug/self.jpg")]
    (sentence,) = list_folder(tmp_path).sentences()
    assert sentence == "2 links that lead nowhere are left out: pug/gone.jpg and pug/self.jpg."


def test_a_link_into_a_folder_around_it_is_not_followed_for_ever(tmp_path: Path) -> None:
    fill(tmp_path, "pug/pug_1.jpg")
    (tmp_path / "pug" / "up").symlink_to(tmp_path)
    assert names(tmp_path) == ["pug/pug_1.jpg"]
    assert reasons(tmp_path) == {"pug/up": "loop"}
    assert [folder.name for folder in tree(tmp_path).folders] == ["pug"]


def test_links_that_multiply_end_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [fill(tmp_path, f"{n}/pug_{n}.jpg") / str(n) for n in range(8)]
    for one in folders:
        for other in folders:
            if one != other:
                (one / f"to{other.name}").symlink_to(other)
    monkeypatch.setattr(listing, "MOST_FOLDERS", 500)
    with pytest.raises(Problem, match=r"more than 500 folders: choose the one further down"):
        list_folder(tmp_path)


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    fill(tmp_path, "pug_1.jpg")
    os.mkfifo(tmp_path / "pug_2.jpg")
    assert names(tmp_path) == ["pug_1.jpg"]
    assert reasons(tmp_path) == {"pug_2.jpg": "special"}


def test_a_folder_that_may_not_be_entered_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "a/a_1.jpg", "b/b_1.jpg")
    refused = tmp_path / "b"
    scan = listing.scan

    def refusing(folder: Path) -> listing.Entries:  # permissions mean nothing to root
        if folder == refused:
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(listing, "scan", refusing)
    assert names(tmp_path) == ["a/a_1.jpg"]
    assert list_folder(tmp_path).sentences() == ["1 folder that may not be entered is left out: b."]
    assert [f.file for f in check(tmp_path) if f.problem == "closed"] == [str(refused)]
    refused = tmp_path
    with pytest.raises(Problem, match=r"can't be entered: check who may read it"):
        list_folder(tmp_path)


def test_nothing_but_hidden_photographs_says_so(tmp_path: Path) -> None:
    fill(tmp_path, ".photos/pug_1.jpg")
    with pytest.raises(Problem, match=r"no photographs in .*1 hidden file or folder is left out"):
        load(str(tmp_path))
