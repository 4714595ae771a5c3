"""The cache of presized photographs: always safe to delete, never believed when damaged."""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from fastai.vision.all import PILImage, Resize, image2tensor, noop, torch
from PIL import Image

from petwidgets.common.paths import cache
from petwidgets.learning.input import presized_cache
from petwidgets.learning.input.photograph import Photo
from petwidgets.learning.input.presized_cache import Presized

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIDE = 96


@pytest.fixture
def paths(few: Path) -> list[Path]:
    return sorted(few.iterdir())[:3]


def files() -> list[Path]:
    return sorted(cache("presized").rglob("*.safetensors"))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The photographs that are decoded."""
    read, create = [], Photo.create

    def noting(path: Path) -> Photo:
        read.append(path)
        return create(path)

    monkeypatch.setattr(Photo, "create", noting)
    return read


@pytest.mark.parametrize(
    "shape", [(300, 200), (200, 300), (97, 251), (96, 96), (40, 500), (60, 59)]
)
def test_middle_square_is_what_resize_validates_on(shape: tuple[int, int]) -> None:
    noise = torch.randint(0, 256, (shape[1], shape[0], 3), generator=torch.manual_seed(0)).byte()
    photo = Image.fromarray(noise.numpy())
    whole = presized_cache.presized(photo, SIDE)
    assert min(whole.shape[1:]) >= SIDE
    top, left = ((length - SIDE) // 2 for length in whole.shape[1:])
    square = whole[:, top : top + SIDE, left : left + SIDE]
    book = torch.Tensor(image2tensor(Resize(SIDE)(PILImage(photo), split_idx=1)))
    difference = (square.int() - book.int()).abs()[:, 4:-4, 4:-4]
    assert difference.max() <= 1  # Pillow rounds between across and down


@pytest.mark.parametrize("place", [(0.0, 0.0), (1.0, 1.0), (0.3, 0.8)])
def test_other_squares_are_what_resize_trains_on(real: Path, place: tuple[float, float]) -> None:
    path = sorted((real / "pets-original" / "images").iterdir())[5]
    resize, photo = Resize(SIDE), Photo.create(path)
    resize.before_call, resize.pcts = noop, place
    book = torch.Tensor(image2tensor(resize(photo))).float()
    square = Presized([path], SIDE).square(path, place).float()
    assert (square - book).abs().mean() < 5  # at most half a presized pixel beside it
    lower = Presized([path], SIDE).square(path, (place[0], (place[1] + 0.4) % 1.1)).float()
    assert (lower - book).abs().mean() > 10


def test_is_decoded_once(paths: list[Path], reads: list[Path]) -> None:
    first = [Presized(paths, SIDE).square(path) for path in paths]
    again = [Presized(paths, SIDE).square(path) for path in paths]
    assert reads == paths
    assert all(torch.equal(*pair) for pair in zip(first, again, strict=True))
    assert len(files()) == 3


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-500] ^= 1
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def babble(path: Path) -> None:
    path.write_bytes(b"\xff" * 5000)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [cut, flip, empty, babble, os.unlink, folder])
def test_damage_is_noticed_and_mended(
    damage: Callable[[Path], None], paths: list[Path], reads: list[Path]
) -> None:
    kept = Presized(paths, SIDE)
    sound = kept.whole(paths[0])
    damage(files()[0])
    assert torch.equal(kept.whole(paths[0]), sound)
    assert len(reads) == 2
    if damage is not folder:  # which stands in the way, until somebody removes it
        assert torch.equal(Presized(paths, SIDE).whole(paths[0]), sound)
        assert len(reads) == 2


def test_emptied_while_it_is_used(paths: list[Path]) -> None:
    kept = Presized(paths, SIDE)
    sound = [kept.whole(path) for path in paths]
    shutil.rmtree(cache("presized"))
    assert all(torch.equal(kept.whole(p), s) for p, s in zip(paths, sound, strict=True))
    assert len(files()) == 3


def test_changed_photograph_is_made_anew(tmp_path: Path, paths: list[Path]) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(paths[0].read_bytes())
    before = Presized([path], SIDE).whole(path)
    path.write_bytes(paths[1].read_bytes())
    os.utime(path, ns=(1, 1))
    assert not torch.equal(Presized([path], SIDE).whole(path), before)
    assert Presized([path], SIDE // 2).whole(path).shape[1] == SIDE // 2


def test_longest_unused_sets_make_room(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = SIDE * SIDE * 3
    monkeypatch.setattr(presized_cache, "LIMIT", 7 * each)
    for age, side in ((3, SIDE), (2, SIDE - 1)):
        kept = Presized(paths, side)
        for path in paths:
            kept.whole(path)
        used = time.time() - age * 1000
        os.utime(files()[0].parent if age == 3 else _set(side), (used, used))
    Presized(paths, SIDE)  # used again: now the other is older
    kept = Presized(paths, SIDE - 2)
    for path in paths:
        kept.whole(path)
    assert {path.parent.name.split("-")[0] for path in files()} == {str(SIDE), str(SIDE - 2)}
    assert sum(path.stat().st_size for path in files()) <= 7 * each


def _set(side: int) -> Path:
    return next(cache("presized").glob(f"{side}-*"))


def test_what_finds_no_room_is_made_each_time(
    paths: list[Path], reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presized_cache, "LIMIT", int(2.5 * SIDE * SIDE * 3))
    for _ in range(2):
        kept = Presized(paths, SIDE)
        for path in paths:
            kept.whole(path)
    assert len(files()) == 2
    assert reads == [*paths, paths[2]]


def test_disk_that_can_not_be_written_ends_nothing(
    paths: list[Path], home: Path, reads: list[Path]
) -> None:
    home.mkdir(parents=True)
    (home / "cache").write_text("a file where the folder should be")
    kept = Presized(paths, SIDE)
    assert kept.whole(paths[0]).shape == (3, SIDE, SIDE)
    assert kept.whole(paths[0]).shape == (3, SIDE, SIDE)
    assert len(reads) == 2


def test_many_threads_at_once(paths: list[Path]) -> None:
    sets = [Presized(paths, SIDE) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: sets[i % 4].whole(paths[i % 3]), range(48)))
    assert all(torch.equal(found[i], found[i % 3]) for i in range(48))
    assert len(files()) == 3
