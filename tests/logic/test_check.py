"""Faults planted among real photographs are found, and nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from petwidgets.data.check import check, unreadable
from petwidgets.problem import Problem


@pytest.fixture
def sound(real: Path, tmp_path: Path) -> Path:
    """A hundred real photographs."""
    folder = tmp_path / "pets"
    folder.mkdir()
    for path in sorted((real / "pets-original" / "images").glob("*.jpg"))[::3][:100]:
        shutil.copy(path, folder)
    assert len(list(folder.iterdir())) == 100
    return folder


def test_nothing_is_found_among_sound_ones(sound: Path) -> None:
    assert check(sound) == []


def test_everything_planted_is_found_and_nothing_else(sound: Path) -> None:
    first, second, third, fourth, *_ = sorted(sound.iterdir())
    with Image.open(first) as picture:
        picture.save(sound / "Abyssinian_9034.jpg", "GIF")
        picture.save(sound / "Abyssinian_9005.jpg", "PNG")
        picture.save(sound / "Abyssinian_9006.png", "JPEG")
    (sound / "beagle_9001.jpg").write_bytes(second.read_bytes()[:-5000])
    (sound / "beagle_9002.jpg").touch()
    (sound / "beagle_9003.jpg").write_text("a letter")
    (sound / "pug_9001.mat").write_bytes(b"MATLAB 5.0 MAT-file")
    (sound / "deeper").mkdir()
    shutil.copy(third, sound / "deeper" / "zz_1.jpg")
    shutil.copy(fourth, sound / "zz_2.jpg")
    found = {
        Path(f.file).relative_to(sound).as_posix(): (f.problem, f.sentence) for f in check(sound)
    }
    assert {name: problem for name, (problem, _) in found.items()} == {
        "Abyssinian_9005.jpg": "format",
        "Abyssinian_9006.png": "format",
        "Abyssinian_9034.jpg": "format",
        "beagle_9001.jpg": "unreadable",
        "beagle_9002.jpg": "unreadable",
        "beagle_9003.jpg": "unreadable",
        "deeper/zz_1.jpg": "duplicate",
        "pug_9001.mat": "odd",
        "zz_2.jpg": "duplicate",
    }
    said = {name: sentence for name, (_, sentence) in found.items()}
    assert said["Abyssinian_9034.jpg"].startswith("This is a GIF file named .jpg")
    assert said["Abyssinian_9005.jpg"].startswith("This is a PNG file named .jpg")
    assert said["Abyssinian_9006.png"].startswith("This is a JPEG file named .png")
    assert "cut off" in said["beagle_9001.jpg"]
    assert "empty" in said["beagle_9002.jpg"]
    assert said["zz_2.jpg"].startswith(f"This is the same file as {fourth.name}")
    assert list(found) == sorted(found)


def test_two_things_can_be_wrong_with_one_file(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "a.jpg", "PNG")
    shutil.copy(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert [(Path(f.file).name, f.problem) for f in check(tmp_path)] == [
        ("a.jpg", "format"),
        ("b.jpg", "duplicate"),
        ("b.jpg", "format"),
    ]


def test_the_odd_files_that_can_not_be_read_are_found(real: Path) -> None:
    folder = real / "odd-images"
    found = check(folder)
    assert {Path(f.file).name for f in found if f.problem == "unreadable"} == {
        "broken_data_stream.png",
        "decompression_bomb.gif",
        "derived_text_renamed.jpg",
        "derived_truncated_cat.jpg",
        "derived_zero_bytes.jpg",
        "truncated_jpeg.jpg",
    }
    assert [Path(f.file).name for f in found if f.problem != "unreadable"] == ["INDEX.tsv"]


def test_no_folder_and_an_empty_one_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"^There is no folder .*gone: check the path\.$"):
        check(tmp_path / "gone")
    with pytest.raises(Problem, match=r"^The folder .* is empty"):
        check(tmp_path)


def test_progress_is_told_to_the_end_and_a_stop_ends_it(sound: Path) -> None:
    paths, calls = sorted(sound.iterdir()), []
    assert unreadable(paths, lambda done, total: calls.append((done, total))) == {}
    assert calls == [(done, 100) for done in range(1, 101)]
    calls.clear()
    unreadable(paths, lambda *at: calls.append(at), lambda: len(calls) == 3)
    assert len(calls) == 3


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_a_name_that_is_no_text_is_still_named(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"pug_\xff.jpg")).touch()
    (finding,) = check(tmp_path)
    assert finding.problem == "unreadable"
