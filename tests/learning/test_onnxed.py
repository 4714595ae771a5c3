"""An ONNX file says what torch says, or is not handed over."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file, save_file
from test_portable import HOSTILE, made

from petwidgets.baseline.train import train
from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo
from petwidgets.export.run_summary import account
from petwidgets.learning.export import onnx as onnxed
from petwidgets.learning.export import standalone
from petwidgets.learning.export.model_folder import whole
from petwidgets.learning.predict.classify import classifier
from petwidgets.metrics.calibration import cooled
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from petwidgets.jobs.export import Made
    from petwidgets.recipes.recipe import Recipe


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, shadows: Path) -> tuple[Run, Made]:
    """A run of a resnet and its file, made where scripts are called as modules are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PETWIDGETS_HOME", str(tmp_path_factory.mktemp("home")))
        run = made("resnet18")
        patch.chdir(shadows)
        return run, onnxed.packed(run)


def metadata(content: bytes) -> dict[str, str]:
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    return {entry.key: entry.value for entry in model.metadata_props}


def test_the_shipped_model_on_real_photographs(real: Path) -> None:
    run, before = RunStore().get(SHIPPED_ID), torch.get_rng_state().tolist()
    images = real / "pets-512" / "images"
    made_of_it = onnxed.packed(run, [str(images / name) for name in run.info["files"][::90]])
    assert before == torch.get_rng_state().tolist()  # a training beside it draws from the same
    assert made_of_it.said == "onnxruntime held against torch on 8 of its validation photographs"
    assert made_of_it.difference < 1e-4
    session = onnxruntime.InferenceSession(made_of_it.content)
    (given,), (out,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.shape, out.name) == (
        "pixels",
        ["batch", 3, 320, 320],
        "probabilities",
    )
    photos = [read_photo(images / name) for name in run.info["files"][5::80]]
    squares = [square(photo) for photo in photos]
    (found,) = session.run(None, {"pixels": np.stack(squares)})
    fitted = account(run).calibration.temperature
    expected = cooled(classifier(run).probabilities(photos), fitted)
    assert np.abs(found - expected).max() < 1e-4
    assert 19e6 < len(made_of_it.content) < 21e6  # weights and all in one file
    said = metadata(made_of_it.content)
    assert json.loads(said["vocab"]) == run.info["vocab"]
    assert float(said["temperature"]) == fitted
    assert "CC BY-SA 4.0" in said["licence"]


def square(photo: Any) -> np.ndarray:
    """As the file's metadata says it, by the folder's own code."""
    model = standalone.Model.__new__(standalone.Model)
    model.config = {"size": 320, "presize": 460, "mean": [0.0] * 3, "std": [1.0] * 3}
    return model.prepare(photo).numpy()


def test_a_resnet_with_hostile_names(small: tuple[Run, Made]) -> None:
    run, made_of_it = small
    said = metadata(made_of_it.content)
    assert json.loads(said["vocab"]) == HOSTILE
    assert made_of_it.said.endswith("on 8 random squares")
    session = onnxruntime.InferenceSession(made_of_it.content)
    model, fitted = whole(run), float(said["temperature"])
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (model.mean, model.std))
    for n in (1, 5):
        batch = torch.rand(n, 3, 64, 64, generator=torch.Generator().manual_seed(n))
        with torch.inference_mode():
            logits = model.network((batch - mean) / std)
            expected = (logits / fitted).softmax(1).numpy()
        (found,) = session.run(None, {"pixels": batch.numpy()})
        assert np.abs(found - expected).max() < 1e-4
        assert np.abs(found.sum(1) - 1).max() < 1e-5


def test_nothing_in_it_tells_of_this_machine(small: tuple[Run, Made]) -> None:
    content = small[1].content
    for path in (sys.prefix, str(small[0].folder), "site-packages", ".py"):
        assert path.encode() not in content, path


def test_what_says_other_things_is_not_handed_over(
    small: tuple[Run, Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, made_of_it = small
    monkeypatch.setattr(onnxed, "exported", lambda *_: made_of_it.content)
    assert onnxed.packed(run).difference < 1e-4
    weights = load_file(run.folder / "model.safetensors")
    other = made("resnet18")
    save_file(
        {key: value * 1.1 if key == "1.8.weight" else value for key, value in weights.items()},
        other.folder / "model.safetensors",
    )
    with pytest.raises(Problem, match=r"differ from torch's by \d.*resnet18 is not handed over"):
        onnxed.packed(other)


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_missing_packages_are_named(
    small: tuple[Run, Made], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(Problem, match="pip install onnx onnxscript onnxruntime"):
        onnxed.packed(small[0])


def test_what_can_not_be_exported_is_one_sentence(
    small: tuple[Run, Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Problem, match=r"resnet18 can't be exported as ONNX .*: take the model"):
        onnxed.exported(small[0], tmp_path)  # where there is no model


def test_a_training_beside_it_has_the_same_result(
    small: tuple[Run, Made], tiny: Callable[..., Recipe], tmp_path: Path
) -> None:
    def epochs(name: str) -> list[float]:
        run = RunStore(tmp_path / name).create(tiny("fine-tune", epochs=1, freeze_epochs=1))
        train(run, lambda _: None, lambda: False)
        return [e["valid_loss"] for e in run.events() if e["event"] == "epoch"]

    with ThreadPoolExecutor(1) as pool:
        pool.submit(torch.set_num_threads, 1).result()
        alone = pool.submit(epochs, "alone").result()
        beside = pool.submit(epochs, "beside")
        onnxed.packed(small[0])
    assert beside.result() == alone
