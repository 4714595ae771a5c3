"""What is said before a training is what the training then does: same files, same sides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from petwidgets.baseline.event_log import EventLog
from petwidgets.baseline.work import Work
from petwidgets.data.dataset import load
from petwidgets.data.divide import forecast
from petwidgets.data.inventory import plan_inventory
from petwidgets.jobs.network import Stats
from petwidgets.recipes.labelling import PARENT_FOLDER
from petwidgets.recipes.presets import baseline
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run

BAD = ("train/pug/1.jpg", "valid/pug/0.jpg", "train/beagle/7.jpg")


class Prepared(Work):
    """A work of which only the photographs are wanted."""

    def stats(self) -> Stats:
        return Stats((0.0,) * 3, (1.0,) * 3, "none")


def prepared(recipe: Recipe) -> Run:
    """A run whose training has chosen its photographs."""
    run = RunStore().create(recipe)
    Prepared(run, EventLog(run, lambda _event: None), lambda: False)._prepare_dataset()
    return run.fresh()


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """Two classes of 12 pictures in train/ and valid/, three of which can't be read."""
    folder = tmp_path / "spoiled"
    for breed in ("beagle", "pug"):
        for side, n in (("train", 8), ("valid", 4)):
            for i in range(n):
                path = folder / side / breed / f"{i}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.effect_noise((20, 20), 50 + i).save(path)
    for name in BAD:
        (folder / name).write_bytes(b"")
    return folder


@pytest.mark.parametrize("split", ["random", "by-breed", "folders"])
@pytest.mark.parametrize("limit", [None, 6])
@pytest.mark.parametrize("cleaned", [False, True])
def test_a_training_does_what_was_said(
    spoiled: Path, split: str, limit: int | None, *, cleaned: bool
) -> None:
    out, relabel = ("train/beagle/0.jpg", "valid/pug/1.jpg"), (("train/pug/2.jpg", "beagle"),)
    recipe = replace(
        baseline(data=str(spoiled), pattern=PARENT_FOLDER),
        split=split,
        limit_per_breed=limit,
        seed=7,
        leave_out=out if cleaned else (),
        relabel=relabel if cleaned else (),
    )
    found = load(recipe.data, recipe.pattern)
    dataset = replace(found, unreadable=frozenset(spoiled / name for name in BAD))
    run = prepared(recipe)
    used, parts = forecast(recipe, dataset)
    train, valid = ([used.name(used.paths[i]) for i in part] for part in parts)
    assert (train, valid) == (run.info["train_files"], run.info["files"])
    said = plan_inventory(dataset, recipe)
    assert said.account == " ".join([said.headline, *run.info["inventory"]["sentences"]])
    assert said.counts() == {name: run.info["inventory"][name] for name in said.counts()}
    assert {b: list(n) for b, n in said.breeds.items()} == run.info["inventory"]["breeds"]


def test_a_set_of_which_nothing_is_known_is_taken_as_it_is(spoiled: Path) -> None:
    dataset = load(str(spoiled), PARENT_FOLDER)
    assert dataset.readable() is dataset
    used, (train, valid) = forecast(baseline(data=str(spoiled), pattern=PARENT_FOLDER), dataset)
    assert (len(used.paths), len(train), len(valid)) == (24, 20, 4)
