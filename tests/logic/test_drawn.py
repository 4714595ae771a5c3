"""The drawn sample: what is drawn, and that it is drawn whole or not at all."""

import errno
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data import subprocess_pool
from petwidgets.data.synthetic import sample
from petwidgets.data.synthetic.drawing.breeds import CATS, DOGS, FAMILIES, animal
from petwidgets.data.synthetic.drawing.compose import SCENES
from petwidgets.data.synthetic.drawing.pen import Pen
from petwidgets.data.synthetic.drawing.poses import POSES, Pose
from petwidgets.data.synthetic.drawing.stage import Stage
from petwidgets.data.synthetic.wrong_labels import WRONG_LABELS
from petwidgets.metrics.label_issues import BY_LOSS, suspicions
from petwidgets.runs.run import DRAWN_ID, shipped
from petwidgets.session.interpretation import interpretation

FINGERPRINT = "669f7d04b38a2287"


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample.draw_sample(tmp_path_factory.mktemp("drawn") / "sample", limit_per_breed=1)


def test_the_pictures_are_the_ones_that_were_looked_at() -> None:
    assert sample.fingerprint() == FINGERPRINT


def test_another_seed_has_another_fingerprint() -> None:
    assert sample.fingerprint(seed=43) != FINGERPRINT


def test_there_are_12_cats_and_25_dogs_with_the_chapters_grammar() -> None:
    assert len(sample.BREEDS) == len(set(sample.BREEDS)) == 37
    assert list(sample.BREEDS) == sorted(sample.BREEDS)
    assert sum(breed[0].isupper() for breed in sample.BREEDS) == 12
    for breed in sample.BREEDS:
        words = breed.split("_")
        assert 1 <= len(words) <= 3
        assert all(word.isalpha() for word in words)
        assert breed[0].isupper() or breed.islower()
        label = re.search(r"(.+)_\d+.jpg$", f"{breed}_12.jpg")
        assert label is not None
        assert label[1] == breed


def test_capitals_are_cats_and_every_breed_has_a_sibling() -> None:
    assert all(name[0].isupper() for family in CATS.values() for name in family)
    assert all(name.islower() for family in DOGS.values() for name in family)
    assert min(len(family) for family in FAMILIES.values()) >= 2


def test_the_names_are_those_of_the_whole_sample() -> None:
    names = sample.names()
    assert len(names) == len(set(names)) == sample.COUNT == 37 * sample.PER_BREED
    assert 1400 <= sample.COUNT <= 1600
    assert set(sample.names(2)) < set(names)
    assert sample.names(10**6) == names


@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(Problem, match="at least one"):
        sample.names(limit)


def test_a_picture_depends_on_its_name_and_seed_alone() -> None:
    first = np.asarray(sample.picture("pudding_pug", 3))
    sample.picture("Harlequin", 9)
    assert np.array_equal(np.asarray(sample.picture("pudding_pug", 3)), first)
    for other in (
        sample.picture("pudding_pug", 4),
        sample.picture("inkwell_pug", 3),
        sample.picture("pudding_pug", 3, seed=1),
    ):
        assert other.size != first.shape[1::-1] or not np.array_equal(np.asarray(other), first)


def test_an_unknown_breed_is_an_error() -> None:
    with pytest.raises(KeyError):
        sample.picture("beagle", 1)


def test_sizes_and_shapes_are_mixed() -> None:
    pictures = [sample.picture(breed, 7) for breed in sample.BREEDS]
    assert {picture.mode for picture in pictures} == {"RGB"}
    assert all(260 <= max(picture.size) <= 500 for picture in pictures)
    assert all(min(picture.size) >= 170 for picture in pictures)
    shapes = Counter(int(np.sign(picture.width - picture.height)) for picture in pictures)
    assert min(shapes[-1], shapes[0], shapes[1]) >= 2


def test_a_picture_is_neither_flat_nor_black_nor_burnt() -> None:
    for breed in sample.BREEDS:
        level = np.asarray(sample.picture(breed, 11).convert("L"), dtype=float)
        assert 25 < level.mean() < 235
        assert level.std() > 10


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES)
def test_every_breed_can_take_every_pose(pose: Pose) -> None:
    for breed in sample.BREEDS:
        image = Image.new("RGB", (240, 240), (0, 255, 0))
        pet = animal(breed, np.random.default_rng(5))
        pose.draw(Pen(image, x0=120, y0=220, scale=50), pet, 0.5)
        covered = np.any(np.asarray(image) != (0, 255, 0), axis=2).mean()
        assert 0.1 < covered < 0.9, breed


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_every_scene_covers_the_whole_picture(scene: Callable[[Stage], None]) -> None:
    for size in ((120, 180), (180, 120)):
        image = Image.new("RGB", size, (0, 255, 0))
        pen = Pen(image, scale=size[1], edge=1.4, furry=False)
        scene(Stage(pen, np.random.default_rng(5), size[0] / size[1], 0.66))
        assert not np.any(np.all(np.asarray(image) == (0, 255, 0), axis=2))


def test_a_small_sample_is_whole_and_can_be_opened(small: Path) -> None:
    assert contents(small) == sorted(f"{breed}_1.jpg" for breed in sample.BREEDS)
    assert contents(small.parent) == [small.name]
    for path in small.iterdir():
        with Image.open(path) as picture:
            assert picture.format == "JPEG"
            picture.load()


def test_what_is_saved_is_what_picture_draws(small: Path) -> None:
    with Image.open(small / "ember_spitz_1.jpg") as saved:
        level = np.asarray(saved, dtype=float)
    exact = np.asarray(sample.picture("ember_spitz", 1), dtype=float)
    assert np.abs(level - exact).mean() < 4


def test_what_is_already_drawn_is_left_alone(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "share_out", lambda *_: pytest.fail("drawn again"))
    before = {path: path.stat().st_mtime_ns for path in small.iterdir()}
    calls: list[tuple[int, int]] = []
    again = sample.draw_sample(small, limit_per_breed=1, progress=lambda *at: calls.append(at))
    assert again == small
    assert calls == [(37, 37)]
    assert {path: path.stat().st_mtime_ns for path in small.iterdir()} == before


def test_progress_rises_from_nothing_to_everything(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    sample.draw_sample(tmp_path / "s", limit_per_breed=1, progress=lambda *at: calls.append(at))
    done = [at for at, _ in calls]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 37)
    assert {total for _, total in calls} == {37}


def test_stop_ends_the_children_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[subprocess.Popen[str]] = []
    start = subprocess_pool._start

    def remembered(command: Sequence[str]) -> subprocess.Popen[str]:
        children.append(start(command))
        return children[-1]

    monkeypatch.setattr(subprocess_pool, "_start", remembered)
    begun = threading.Event()

    def progress(done: int, _total: int) -> None:
        if done:
            begun.set()

    with pytest.raises(Problem, match=r"^The drawing was stopped\.$"):
        sample.draw_sample(tmp_path / "s", progress=progress, stop=begun.is_set)
    assert children
    assert all(child.poll() is not None for child in children)
    assert contents(tmp_path) == []


def test_a_stop_leaves_what_was_there(small: Path) -> None:
    before = contents(small)
    with pytest.raises(Problem, match="stopped"):
        sample.draw_sample(small, limit_per_breed=2, stop=lambda: True)
    assert contents(small) == before


def test_a_part_of_the_sample_is_replaced_by_the_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "s"
    folder.mkdir(parents=True)
    (folder / "Harlequin_1.jpg").write_bytes(b"cut off")
    sample.draw_sample(folder, limit_per_breed=1)
    assert len(contents(folder)) == 37
    assert (folder / "Harlequin_1.jpg").stat().st_size > 2000
    assert contents(folder.parent) == ["s"]


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    with pytest.raises(Problem, match="choose another folder"):
        sample.draw_sample(tmp_path, limit_per_breed=1)
    assert contents(tmp_path) == ["thesis.txt"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Problem, match="choose another folder"):
            sample.draw_sample(folder, limit_per_breed=1)


def refuse(number: int) -> Callable[..., None]:
    def refused(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return refused


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EACCES, "can't be written"),
        (errno.EROFS, "can't be written"),
        (errno.EIO, "could not be drawn"),
    ],
)
def test_what_the_disk_refuses_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    monkeypatch.setattr(sample, "share_out", refuse(number))
    with pytest.raises(Problem, match=sentence) as caught:
        sample.draw_sample(tmp_path / "s", limit_per_breed=1)
    assert "\n" not in str(caught.value)
    assert contents(tmp_path) == []


def test_a_child_tells_its_parent_what_the_disk_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sample._draw(tmp_path / "gone", ["Harlequin_1.jpg"], lambda *_: None, lambda: False)


def test_a_child_that_dies_is_noticed() -> None:
    with pytest.raises(RuntimeError, match="0 of 1"):
        subprocess_pool.share_out([sys.executable, "-c", ""], ["a"], lambda *_: None, lambda: False)


def test_an_old_unfinished_folder_is_swept_away_and_a_young_one_is_not(tmp_path: Path) -> None:
    old, young = tmp_path / ".s.drawing-old", tmp_path / ".s.drawing-young"
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (0, 0))
    sample._sweep(tmp_path / "s")
    assert contents(tmp_path) == [young.name]


def test_wrong_labels_are_of_other_pictures_and_found_by_the_run_that_comes_along() -> None:
    """As cleaning needs it: a dozen in 1,480, and no picture is there twice."""
    assert len(WRONG_LABELS) == 12
    assert set(WRONG_LABELS) < set(sample.names())
    for name, shown in WRONG_LABELS.items():
        label = name.rpartition("_")[0]
        assert shown != label
        assert shown[0].isupper() == label[0].isupper(), "a cat for a cat, or it was too easy"
    name, shown = next(iter(WRONG_LABELS.items()))
    drawn = np.asarray(sample.content(name))
    index = int(name.removesuffix(".jpg").rpartition("_")[2])
    assert np.array_equal(drawn, np.asarray(sample.picture(shown, sample.PER_BREED + index)))
    other = name.replace(str(index), "1")
    own = sample.picture(other.rpartition("_")[0], 1)
    assert np.array_equal(np.asarray(sample.content(other)), np.asarray(own))

    run = shipped(DRAWN_ID)
    wrong = WRONG_LABELS.keys() & set(run.info["files"])
    found = suspicions(interpretation(run), BY_LOSS)
    assert len(wrong) == 9
    assert wrong <= {suspicion.file for suspicion in found[:12]}
    told = {suspicion.file: suspicion.predicted for suspicion in found}
    assert sum(told[name] == WRONG_LABELS[name] for name in wrong) >= 7
