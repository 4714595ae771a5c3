"""What a light install can do: train, search, cross-validate, find neighbours and draw maps."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.jobs.job import Job
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import json, sys
absent = "torch", "fastai", "sklearn", "matplotlib"
sys.modules.update(dict.fromkeys(absent, None))  # importing them fails
from pathlib import Path
from petwidgets.baseline.cross_val import find
from petwidgets.baseline.lr_find import search
from petwidgets.baseline.train import train
from petwidgets.export import report
from petwidgets.inference.heat import grad_cam
from petwidgets.inference.nearest import nearest
from petwidgets.inference.projection import embed
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

folder, store = Path(sys.argv[1]), RunStore()
recipe = make("baseline", data=str(folder), size=160, presize=200, batch_size=8)
said = {}
for kind, work in (("rates", search), ("folds", find), ("training", train)):
    run = store.create(recipe, kind=kind)
    said[kind] = work(run, lambda event: None, lambda: False)
trained = run.fresh()
names = trained.info["train_files"]
places = [(name, str(folder / name), name.split("_")[0]) for name in names]
said["nearest"] = nearest(trained, folder / names[0], places, k=3)
said["map"] = embed(trained, "pca", []).points.shape
breed, place = places[0][2], places[0][1]
said["heat"] = len(grad_cam(trained, place, [breed]).maps[breed])
said["plots"] = report.packed(trained).content.decode().count("</svg>")
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(few: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PETWIDGETS_HOME", home)
        command = [sys.executable, "-c", CODE, str(few)]
        child = subprocess.run(command, check=False, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    known: dict[str, Any] = json.loads(child.stdout)
    return known


def test_a_baseline_is_trained(said: dict[str, Any]) -> None:
    assert said["training"]["error_rate"] <= 1 / 6
    assert said["training"]["epochs"] == 12


def test_a_rate_is_suggested(said: dict[str, Any]) -> None:
    assert said["rates"]["points"] > 50
    assert 1e-5 < said["rates"]["hints"]["valley"] < 1


def test_every_photograph_is_predicted_by_cross_validation(said: dict[str, Any]) -> None:
    assert said["folds"]["error_rate"] <= 8 / 32  # at random: 3/4


def test_neighbours_are_found_and_a_map_is_drawn(said: dict[str, Any]) -> None:
    (name, breed, similar), *others = said["nearest"]
    assert name.startswith(breed)
    assert similar == pytest.approx(1, abs=1e-4)
    assert all(0 < one[2] < similar for one in others)
    assert said["map"] == [6, 2]


def test_heat_and_a_report_are_drawn(said: dict[str, Any]) -> None:
    assert said["heat"] > 1000
    assert said["plots"] in (3, 4)  # the confusion matrix is left out where there is no mistake


def test_what_takes_torch_says_what_to_install(
    few: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(_job: Job[Any, Any]) -> None:
        raise ModuleNotFoundError(name="torch")

    monkeypatch.setattr(Job, "load", load)
    run = RunStore().create(make("fine-tune", data=str(few)))
    sentence = r"torch is not installed: pip install 'petwidgets\[train\]'\."
    with pytest.raises(Problem, match=sentence):
        train(run, lambda _: None, lambda: False)
    assert run.fresh().state == "failed"
    assert run.fresh().info["problem"].startswith("torch is not installed")
    assert home.exists()
