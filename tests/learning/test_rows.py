"""Kept features: computed once, never believed when damaged, always safe to delete."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from petwidgets.baseline import frozen_features
from petwidgets.baseline.train import train
from petwidgets.common.folder_cache import FolderCache
from petwidgets.common.paths import cache
from petwidgets.inference import feature_cache
from petwidgets.inference.feature_cache import with_kept
from petwidgets.jobs.network import Stats
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe

STATS = Stats((0.5,), (0.5,), "some weights 1.0")
RECIPE = make("baseline")


class Computing:
    """Features that tell which photograph they are of, and which were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, paths: list[Path]) -> np.ndarray:
        self.asked += [path.name for path in paths]
        return np.stack([np.full(8, float(path.read_text()), np.float32) for path in paths])


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"{i}.jpg" for i in range(6)]
    for i, path in enumerate(found):
        path.write_text(str(i))
    return found


def kept() -> list[Path]:
    return sorted(cache("features").rglob("*.safetensors"))


def firsts(table: np.ndarray) -> list[float]:
    return table[:, 0].tolist()


def test_only_what_is_missing_is_computed(paths: list[Path]) -> None:
    first, then = Computing(), Computing()
    assert firsts(with_kept(RECIPE, STATS, paths[:4], first)) == [0, 1, 2, 3]
    assert firsts(with_kept(RECIPE, STATS, paths[::-1], then)) == [5, 4, 3, 2, 1, 0]
    assert first.asked == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert then.asked == ["5.jpg", "4.jpg"]
    never = Computing()
    assert with_kept(RECIPE, STATS, paths, never).shape == (6, 8)
    assert never.asked == []


@pytest.mark.parametrize(
    ("recipe", "stats"),
    [
        (replace(RECIPE, arch="resnet18"), STATS),
        (replace(RECIPE, presize=300), STATS),
        (replace(RECIPE, size=192), STATS),
        (RECIPE, STATS._replace(source="some weights 1.1")),
        (RECIPE, STATS._replace(mean=(0.4,))),
    ],
)
def test_other_bodies_and_sizes_have_their_own(
    recipe: Recipe, stats: Stats, paths: list[Path]
) -> None:
    with_kept(RECIPE, STATS, paths, Computing())
    other = Computing()
    with_kept(recipe, stats, paths, other)
    assert len(other.asked) == 6


def test_changed_photograph_is_computed_anew(paths: list[Path]) -> None:
    with_kept(RECIPE, STATS, paths, Computing())
    paths[2].write_text("7")
    os.utime(paths[2], ns=(1, 1))
    assert firsts(with_kept(RECIPE, STATS, paths, Computing())) == [0, 1, 7, 3, 4, 5]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


def babble(path: Path) -> None:
    path.write_bytes(b"\xff" * 500)


@pytest.mark.parametrize("damage", [cut, flip, babble, os.unlink])
def test_damage_is_noticed_and_mended(damage: Callable[[Path], None], paths: list[Path]) -> None:
    with_kept(RECIPE, STATS, paths, Computing())
    damage(kept()[0])
    again, never = Computing(), Computing()
    assert firsts(with_kept(RECIPE, STATS, paths, again)) == [0, 1, 2, 3, 4, 5]
    assert len(again.asked) == 6
    with_kept(RECIPE, STATS, paths, never)
    assert never.asked == []


def test_oldest_make_room(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with_kept(RECIPE, STATS, paths[:3], Computing())
    (first,) = kept()
    os.utime(first, (time.time() - 1000,) * 2)
    small = FolderCache("features", int(1.5 * first.stat().st_size))
    monkeypatch.setattr(feature_cache, "KEPT", small)
    with_kept(RECIPE, STATS, paths, Computing())
    assert first not in kept()
    assert len(kept()) == 1


def test_disk_that_can_not_be_written_ends_nothing(paths: list[Path], home: Path) -> None:
    home.mkdir(parents=True)
    (home / "cache").write_text("a file where the folder should be")
    assert firsts(with_kept(RECIPE, STATS, paths, Computing())) == [0, 1, 2, 3, 4, 5]


def test_second_baseline_is_the_first_to_the_last_bit(
    tiny: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so is a third, for which all is computed once more."""
    recipe, runs = tiny("baseline", epochs=2), []

    def trained() -> None:
        runs.append(RunStore().create(recipe))
        train(runs[-1], lambda _: None, lambda: False)

    trained()
    with monkeypatch.context() as patch:
        patch.setattr(frozen_features, "features", _refused)
        trained()
    shutil.rmtree(cache("features"))
    trained()
    first, *others = (load_file(run.folder / "model.safetensors") for run in runs)
    for other in others:
        assert all(np.array_equal(first[key], other[key]) for key in first)


def _refused(*_: Any) -> np.ndarray:
    raise AssertionError
