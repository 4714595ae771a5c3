"""Faults planted among real photographs are found, and nothing else."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageFilter

from petwidgets.common.errors import Problem
from petwidgets.data.checks.check import check, examine
from petwidgets.data.checks.findings import ADVICE, TITLES, Finding, across
from petwidgets.data.checks.measure import BITS, fingerprint
from petwidgets.data.checks.near_duplicates import alike
from petwidgets.data.checks.unreadable import unreadable


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


def test_everything_planted_is_found_and_nothing_else(sound: Path, real: Path) -> None:
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
    plant_poor_ones(sound, real)
    found = [(Path(f.file).relative_to(sound).as_posix(), f) for f in check(sound)]
    assert [(name, finding.problem) for name, finding in found] == [
        ("Abyssinian_9005.jpg", "format"),
        ("Abyssinian_9005.jpg", "near-duplicate"),
        ("Abyssinian_9006.png", "format"),
        ("Abyssinian_9006.png", "near-duplicate"),
        ("Abyssinian_9034.jpg", "format"),
        ("Abyssinian_9034.jpg", "near-duplicate"),
        ("beagle_9001.jpg", "unreadable"),
        ("beagle_9002.jpg", "unreadable"),
        ("beagle_9003.jpg", "unreadable"),
        ("deeper/zz_1.jpg", "duplicate"),
        ("pug_9001.mat", "odd"),
        ("zz_2.jpg", "duplicate"),
        ("zz_blurred.jpg", "blurred"),
        ("zz_cropped.jpg", "near-duplicate"),
        ("zz_dark.jpg", "dark"),
        ("zz_resaved.jpg", "near-duplicate"),
        ("zz_scaled.jpg", "near-duplicate"),
        ("zz_strip.jpg", "shape"),
        ("zz_tiny.jpg", "shape"),
    ]
    said = {name: f.sentence for name, f in reversed(found)}  # the first of each file
    assert said["Abyssinian_9034.jpg"].startswith("This is a GIF file named .jpg")
    assert said["Abyssinian_9005.jpg"].startswith("This is a PNG file named .jpg")
    assert said["Abyssinian_9006.png"].startswith("This is a JPEG file named .png")
    assert "cut off" in said["beagle_9001.jpg"]
    assert "empty" in said["beagle_9002.jpg"]
    assert said["zz_2.jpg"].startswith(f"This is the same file as {fourth.name}")
    assert said["zz_resaved.jpg"].startswith("This is nearly the same picture as ")


def plant_poor_ones(folder: Path, real: Path) -> None:
    """One of each fault that a picture itself has, of photographs that are not in the folder."""
    copied = sorted(folder.glob("*.jpg"))[10]
    with Image.open(copied) as picture:
        width, height = picture.size
        picture.save(folder / "zz_resaved.jpg", quality=60)
        picture.resize((width * 9 // 10, height * 9 // 10)).save(folder / "zz_scaled.jpg")
        box = (width // 100, height // 100, width * 99 // 100, height * 99 // 100)
        picture.crop(box).save(folder / "zz_cropped.jpg")
    others = sorted((real / "pets-original" / "images").glob("*.jpg"))[1::3]
    darkened(others[0]).save(folder / "zz_dark.jpg")
    blurred(others[1]).save(folder / "zz_blurred.jpg")
    with Image.open(others[2]) as picture:
        picture.crop((0, 0, picture.width, picture.width // 4)).save(folder / "zz_strip.jpg")
        picture.resize((30, 30)).save(folder / "zz_tiny.jpg")


def darkened(path: Path, share: float = 0.1) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB").point(lambda level: level * share)


def blurred(path: Path, share: float = 0.012) -> Image.Image:
    with Image.open(path) as picture:
        radius = share * max(picture.size)
        return picture.convert("RGB").filter(ImageFilter.GaussianBlur(radius))


def test_poor_copies_of_many_photographs_are_found(real: Path, tmp_path: Path) -> None:
    for path in sorted((real / "pets-original" / "images").glob("*.jpg"))[::10]:
        for share in (0.05, 0.1):
            darkened(path, share).save(tmp_path / f"dark{share}_{path.name}")
        for share in (0.012, 0.016, 0.02):
            blurred(path, share).save(tmp_path / f"blurred{share}_{path.name}")
    found = check(tmp_path)
    for kind, times in (("dark", 2), ("blurred", 3)):
        names = [Path(f.file).name for f in found if f.problem == kind]
        assert len(names) == 37 * times
        assert all(name.startswith(kind) for name in names)


def test_the_same_photographs_in_another_size_and_shape_are_found(real: Path) -> None:
    originals = sorted((real / "pets-original" / "images").glob("*.jpg"))[::5]
    squashed = [real / "pets-512" / "images" / path.name for path in originals]
    found = [f for f in examine([*originals, *squashed]) if f.problem == "near-duplicate"]
    assert {(f.file, f.also) for f in found} == {
        (str(path), (str(first),)) for first, path in zip(squashed, originals, strict=True)
    }


def test_what_has_no_detail_is_neither_blurred_nor_alike(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "white.jpg")
    Image.new("RGB", (300, 200), "skyblue").save(tmp_path / "blue.jpg")
    Image.linear_gradient("L").save(tmp_path / "sky.jpg")
    Image.new("RGB", (500, 1)).save(tmp_path / "line.png")
    found = [(Path(f.file).name, f.problem) for f in check(tmp_path)]
    assert found == [("line.png", "dark"), ("line.png", "shape")]


def test_a_sharp_thing_before_a_blurred_ground_is_sharp(real: Path, tmp_path: Path) -> None:
    path = min((real / "pets-original" / "images").glob("*.jpg"))
    picture = blurred(path, 0.02)
    with Image.open(path) as sharp:
        box = tuple(side * part // 100 for part in (35, 65) for side in picture.size)
        picture.paste(sharp.crop(box), box)
    picture.save(tmp_path / "portrait.jpg")
    assert check(tmp_path) == []


def test_two_things_can_be_wrong_with_one_file(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "a.jpg", "PNG")
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
    # Each copy shows the same as the file it names: the same animation, cat or person.
    assert {(Path(f.file).name, f.problem, *(Path(a).name for a in f.also)) for f in found} - {
        (Path(f.file).name, "unreadable") for f in found
    } == {
        ("INDEX.tsv", "odd"),
        ("animated.webp", "near-duplicate", "animated.gif"),
        ("derived_cmyk_cat.jpg", "near-duplicate", "cat_chelsea.png"),
        ("derived_orientation6_cat.jpg", "near-duplicate", "derived_cmyk_cat.jpg"),
        ("invalid_exif.jpg", "shape"),
        ("page_text.png", "shape"),
        ("phone_nokia.jpg", "shape"),
        ("webp_lossy_person.webp", "near-duplicate", "orientation6_small.jpg"),
    }


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


def test_one_file_says_of_what_it_is_a_copy(sound: Path) -> None:
    first, second, *_ = sorted(sound.iterdir())
    copy = sound / "zz.jpg"
    shutil.copy(first, copy)
    assert [(f.file, f.also) for f in check(sound)] == [(str(copy), (str(first),))]
    assert examine([]) == []
    assert [f.also for f in examine([copy, first, second, first])] == [(str(first),)]


def test_a_file_that_is_gone_and_a_name_of_two_lines(tmp_path: Path) -> None:
    name = tmp_path / "a\nb.jpg"
    name.touch()
    assert [(f.file, f.problem) for f in examine([tmp_path / "gone.jpg", name])] == [
        (str(name), "unreadable"),
        (str(tmp_path / "gone.jpg"), "unreadable"),
    ]


def test_every_kind_has_a_title_and_advice() -> None:
    assert list(TITLES) == list(ADVICE)


# --- both sides of a split ----------------------------------------------------------------------


def copies(*pairs: tuple[str, str], kind: str = "near-duplicate") -> list[Finding]:
    return [Finding(file, kind, "", (first,)) for file, first in pairs]


def test_a_copy_on_the_other_side_of_the_split_is_said_loudly() -> None:
    (leak,) = across(copies(("p/b.jpg", "p/a.jpg"), kind="duplicate"), {"p/b.jpg"}, {"p/a.jpg"})
    assert (leak.file, leak.problem, leak.also) == ("p/a.jpg", "leak", ("p/b.jpg",))
    assert leak.sentence == (
        "This photograph is validated on, but the same picture, b.jpg, is trained on: the error"
        " looks smaller than it is."
    )
    assert across(copies(("b", "a")), {"a", "b"}, {"c"}) == []
    assert across(copies(("b", "a")), {"c"}, {"a", "b"}) == []
    assert across([Finding("a", "dark", "")], {"a"}, {"a"}) == []


def test_a_copy_of_a_copy_is_a_leak_too() -> None:
    found = across(copies(("b", "a"), ("d", "c"), ("c", "b"), ("f", "e")), {"a", "e", "f"}, {"d"})
    assert [(leak.file, leak.also) for leak in found] == [("d", ("a",))]
    assert "nearly the same picture, a," in found[0].sentence


# --- many, stops and faults ---------------------------------------------------------------------


def test_thousands_of_hashes_are_compared_in_a_second() -> None:
    rng = random.Random(0)  # noqa: S311 - no secret
    hashes = [rng.randbytes(32) for _ in range(7000)]
    near = [bytes([one[0] ^ 255, *one[1:]]) for one in hashes[:390]]
    begun = time.process_time()
    assert list(alike([*hashes, *near])) == [(7000 + i, i) for i in range(390)]
    assert len(list(alike(hashes[:1] * 7390))) == 7389
    assert time.process_time() - begun < 5


def test_a_group_is_joined_whichever_way_it_is_alike() -> None:
    left, right = bytes(32), b"\xff" * 12 + bytes(20)
    between = b"\xff" * 6 + bytes(26)
    assert list(alike([left, right, between])) == [(2, 0), (2, 1)]


def test_a_stop_ends_the_check_soon(sound: Path) -> None:
    asked: list[float] = []

    def stop() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 2

    with pytest.raises(Problem, match=r"^The check was stopped\.$"):
        check(sound, stop=stop)
    assert time.monotonic() - asked[2] < 10


def test_progress_of_a_check_counts_the_pictures(sound: Path) -> None:
    (sound / "notes.txt").touch()
    calls: list[tuple[int, int]] = []
    check(sound, lambda *at: calls.append(at))
    assert calls[0] == (0, 100)
    assert calls[-1] == (100, 100)
    assert calls == sorted(calls)


def test_processes_that_die_or_are_refused_are_one_sentence(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(Problem, match="could not be finished"):
        check(sound)
    monkeypatch.setattr(sys, "executable", str(sound / "none"))
    with pytest.raises(Problem, match="could not be finished"):
        check(sound)


def test_fingerprints_are_imagehashs(real: Path) -> None:
    files = sorted((real / "pets-512" / "images").glob("*.jpg"))[::37]
    for file in files:
        with Image.open(file) as photo:
            grey = photo.convert("L")
        expected = np.packbits(imagehash.phash(grey, hash_size=BITS).hash).tobytes().hex()
        assert fingerprint(grey) == expected
    assert len(files) == 100, "enough to tell"


def test_the_caller_stays_light(sound: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from petwidgets.data.checks.check import check;"
        "check(Path(sys.argv[1]));"
        "print(sorted({'scipy', 'imagehash', 'pywt', 'pandas', 'torch'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, sound]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
