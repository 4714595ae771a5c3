"""A fine-tuned run is converted once, and is then what it was, without torch."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from test_attention import by_hand, unfolded
from test_portable import made

from petwidgets.data.image import read_photo
from petwidgets.inference.classify import classifier
from petwidgets.inference.converted import KEPT, is_converted, name_of
from petwidgets.inference.embeddings import last_layer
from petwidgets.inference.network import OnnxNetwork, network
from petwidgets.learning.explain.embeddings import torch_last_layer
from petwidgets.learning.export.convert import convert
from petwidgets.learning.predict.classify import classifier as torch_classifier
from petwidgets.learning.predict.network import TorchNetwork
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Trained = tuple[Run, list[dict[str, Any]]]

WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # importing it fails
from pathlib import Path
from petwidgets.inference.classify import classifier
from petwidgets.inference.heat import grad_cam
from petwidgets.data.image import read_photo
from petwidgets.runs.run import Run

run, photo = Run(Path(sys.argv[1])), Path(sys.argv[2])
answer = classifier(run).answer(read_photo(photo))
assert answer.heat and grad_cam(run, photo, run.info["vocab"][:2]).maps
print(answer.decision.breed)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PETWIDGETS_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def converted(fine_tuned: Trained, home: Path) -> Run:
    run, _ = fine_tuned
    assert convert(run)
    return run


@pytest.fixture(autouse=True)
def _its_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETWIDGETS_HOME", str(home))


def test_probabilities_are_torchs_on_200_photographs(converted: Run, real: Path) -> None:
    files = sorted((real / "pets-512" / "images").glob("*.jpg"))[::18][:200]
    photos = [read_photo(file) for file in files]
    known, on_torch = classifier(converted), torch_classifier(converted)
    assert isinstance(known.network, OnnxNetwork)
    differences = known.probabilities(photos) - on_torch.probabilities(photos)
    assert len(differences) == 200
    assert np.abs(differences).max() < 1e-4
    assert np.ptp(known.activations(photos), axis=0).min() > 0.1  # photographs make a difference


def test_its_head_has_maxima_and_a_hidden_layer(home: Path, real: Path) -> None:
    """As of `vision_learner`: heat is Grad-CAM, to a rounding, though nothing goes backwards."""
    run = made("resnet18")
    assert convert(run)
    known, model = network(run), unfolded(run)
    assert isinstance(known, OnnxNetwork)
    photos = [read_photo(file) for file in sorted((real / "pets-512" / "images").glob("*"))[:5]]
    for photo in photos:
        batch = known.preparation.batch([photo])
        heat = torch.from_numpy(known.heat(known.maps(batch), range(4)))
        expected = torch.stack([by_hand(model, torch.from_numpy(batch), k) for k in range(4)])
        most = float(expected.max())
        assert most > 0
        assert torch.allclose(heat, expected, atol=1e-4 * most, rtol=1e-4)


def test_features_are_torchs(converted: Run, few: Path) -> None:
    files = sorted(few.glob("*.jpg"))
    layer, on_torch = last_layer(converted), torch_last_layer(converted)
    assert type(layer) is not type(on_torch)
    rows = layer.features(files)
    photo = read_photo(files[0])
    assert np.allclose(layer.of(photo), on_torch.of(photo), atol=1e-3)
    assert np.allclose(rows[0], layer.of(photo), atol=1e-5)
    # What one has cached serves the other: it is the same to a rounding.
    assert on_torch.lacking(files) == layer.lacking(files) == []


def test_it_takes_no_torch(converted: Run, few: Path) -> None:
    photo = min(few.glob("pug_*"))
    command = [sys.executable, "-c", WITHOUT_TORCH, str(converted.folder), str(photo)]
    child = subprocess.run(command, check=False, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    expected = classifier(converted).answer(read_photo(photo)).decision.breed
    assert child.stdout.strip() == expected


def test_other_weights_are_classified_by_torch(home: Path) -> None:
    run = made("resnet18")
    assert isinstance(classifier(run).network, TorchNetwork)
    assert convert(run)
    assert isinstance(classifier(run).network, OnnxNetwork)  # at once, without a restart
    weights = load_file(run.folder / "model.safetensors")
    save_file({key: value * 2 for key, value in weights.items()}, run.folder / "model.safetensors")
    assert isinstance(classifier(run.fresh()).network, TorchNetwork)


def test_a_damaged_file_is_no_answer(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = made("resnet18")
    KEPT.put(name_of(run), b"no network")
    assert isinstance(network(run), TorchNetwork)
    assert f"the ONNX body of run {run.id} can't be read" in caplog.text


def test_what_has_no_maps_stays_with_torch(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = made("vit_tiny_patch16_224", size=224, presize=256)
    assert not convert(run)
    assert not is_converted(run)
    assert "does not end in feature maps" in caplog.text
    assert isinstance(network(run), TorchNetwork)


def test_a_baseline_needs_no_conversion(home: Path) -> None:
    assert not convert(RunStore().get(SHIPPED_ID))
