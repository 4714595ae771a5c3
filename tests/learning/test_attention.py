"""Grad-CAM is the paper's, on the network as it was trained, whatever it is made of."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastai.vision.all import nn, torch
from PIL import Image
from test_snippets_run import execute

from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo
from petwidgets.inference import heat as attention
from petwidgets.inference.classify import classifier
from petwidgets.inference.heat import grad_cam, overlay
from petwidgets.inference.network import OnnxNetwork
from petwidgets.learning.explain.grad_cam import Attention
from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models.backbones import network, pretrained
from petwidgets.learning.models.weights import restore
from petwidgets.learning.predict.classify import classifier as torch_classifier
from petwidgets.metrics.inspection import spot
from petwidgets.runs.run import SHIPPED_ID, Run
from petwidgets.runs.store import RunStore
from petwidgets.snippets.explain import attention as snippet

if TYPE_CHECKING:
    from pathlib import Path

    Trained = tuple[Run, list[dict[str, Any]]]


def by_hand(model: nn.Sequential, batch: torch.Tensor, breed: int) -> torch.Tensor:
    """ReLU of the sum of maps, each weighed with its mean gradient over space (Selvaraju 2017)."""
    maps = model[0](batch)
    maps.retain_grad()
    model[1](maps)[0, breed].backward()
    weights = maps.grad.mean((2, 3), keepdim=True)
    return (weights * maps).sum(1).relu()[0].detach()


def unfolded(run: Run) -> nn.Sequential:
    """The network as it was trained: nothing is folded, nothing is shared with a classifier."""
    model = network(run.recipe.arch, len(run.info["vocab"]), run.head_kind)
    restore(run, model)
    return model.eval()


@pytest.mark.parametrize("which", ["learned", "fine_tuned"])
def test_it_is_the_hand_written_one(which: str, few: Path, request: pytest.FixtureRequest) -> None:
    run, _ = request.getfixturevalue(which)
    photo = read_photo(min(few.glob("pug_*")))
    batch = Preparation(run.recipe, pretrained(run.recipe.arch)).batch([photo])
    known = classifier(run)
    heat = torch.from_numpy(known.network.heat(known.network.maps(batch.numpy()), range(4)))
    model = unfolded(run)
    expected = torch.stack([by_hand(model, batch, breed) for breed in range(4)])
    most = float(expected.max())
    assert most > 0
    assert heat.shape == expected.shape
    assert torch.allclose(heat, expected, atol=1e-5 * most, rtol=1e-5)
    activations = known.look(batch.numpy()).activations
    assert np.allclose(activations, model(batch).detach().numpy(), atol=1e-4)


def test_torchvisions_networks_too() -> None:
    """No weights of theirs are here: random ones are as good."""
    torch.manual_seed(0)
    model = network("resnet18", 3).eval()
    batch = torch.randn(1, 3, 96, 96)
    heat = Attention(model[1]).heat(model[0](batch).detach(), [1])
    expected = by_hand(model, batch, 1)
    assert torch.allclose(heat[0], expected, atol=1e-5 * float(expected.max()), rtol=1e-5)


def test_a_body_without_maps_is_refused(
    learned: Trained, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = classifier(learned[0])
    monkeypatch.setattr(known.network, "maps", lambda batch: np.zeros((len(batch), 5, 1280)))
    monkeypatch.setattr(known.network, "head", lambda maps: (maps[:, 0], np.zeros((1, 4))))
    with pytest.raises(Problem, match="tf_efficientnet_lite0 does not end in feature maps"):
        grad_cam(learned[0], min(few.glob("pug_*")), ["pug"])


def test_an_answer(learned: Trained, few: Path) -> None:
    run, _ = learned
    path = min(few.glob("samoyed_*"))
    answer = grad_cam(run, path, ["samoyed", "pug"])
    row = classifier(run).probabilities([read_photo(path)])[0]
    for breed in ("samoyed", "pug"):
        i = run.info["vocab"].index(breed)
        assert answer.probabilities[breed] == pytest.approx(float(row[i]), abs=1e-5)
        shares = np.array(answer.shares[breed])
        assert shares.shape == (3, 3)
        assert shares.sum() == pytest.approx(float(breed not in answer.empty), abs=1e-5)
        assert Image.open(io.BytesIO(answer.maps[breed])).size == (160, 160)
    assert answer.size == 160
    assert "samoyed" not in answer.empty
    seen = np.asarray(Image.open(io.BytesIO(answer.seen)), float)
    prepared = classifier(run).preparation
    expected = prepared.seen(prepared.batch([read_photo(path)]))[0]
    assert np.abs(seen - expected).mean() < 4  # it is a JPEG
    same = grad_cam(run, path.read_bytes(), ["samoyed"])
    assert same.maps["samoyed"] == answer.maps["samoyed"]
    assert grad_cam(run, str(path), ["pug"]).maps["pug"] == answer.maps["pug"]


def test_classifying_goes_on_as_before_and_keeps_no_hooks(fine_tuned: Trained, few: Path) -> None:
    run, _ = fine_tuned
    photo = read_photo(min(few.glob("pug_*")))
    before = classifier(run).probabilities([photo])
    grad_cam(run, min(few.glob("pug_*")), ["pug"])
    hooks = [m for m in torch_classifier(run).model.modules() if m._forward_hooks]
    assert hooks == []
    assert np.array_equal(classifier(run).probabilities([photo]), before)


def test_nothing_positive_is_said(
    learned: Trained, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = learned

    def nothing(_: OnnxNetwork, _maps: np.ndarray, positions: list[int]) -> np.ndarray:
        return np.zeros((len(positions), 5, 5), np.float32)

    monkeypatch.setattr(OnnxNetwork, "heat", nothing)
    answer = grad_cam(run, min(few.glob("pug_*")), ["pug", "beagle"])
    assert answer.empty == ("pug", "beagle")
    assert spot(answer.shares["pug"]) == "nothing in the photograph speaks for it"
    picture = np.asarray(Image.open(io.BytesIO(answer.maps["pug"])), int)
    assert np.abs(picture - picture.mean(2, keepdims=True)).max() < 12  # grey alone


@pytest.mark.parametrize(
    ("photo", "breed", "sentence"),
    [
        (b"", "pug", "This file is empty"),
        (b"no picture", "pug", "not a picture"),
        ("/nowhere/pug.jpg", "pug", "There is no file"),
        (None, "poodle", "knows no breed 'poodle'"),
    ],
)
def test_what_can_not_be_done_is_said(
    photo: Any, breed: str, sentence: str, learned: Trained, few: Path
) -> None:
    with pytest.raises(Problem, match=sentence):
        grad_cam(learned[0], min(few.glob("pug_*")) if photo is None else photo, [breed])


def test_heat_is_seen_where_it_is() -> None:
    heat = np.zeros((90, 90), np.float32)
    heat[:30, 60:] = 1
    grey = np.full((90, 90, 3), 128, np.uint8)
    picture = np.asarray(Image.open(io.BytesIO(overlay(grey, heat))), float)
    assert picture[5:25, 65:85].mean() > picture[40:80, 10:50].mean() + 40
    assert spot(attention.shares(heat)) == "100 % of the heat is in the upper right"


def test_the_snippet_prints_the_panels_figures(
    real: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, breeds = real / "pets-512" / "images" / "pug_112.jpg", ("pug", "boxer")
    run = RunStore().get(SHIPPED_ID)
    names = execute(snippet(SHIPPED_ID, str(photo), breeds))
    said, answer = capsys.readouterr().out, grad_cam(run, photo, breeds)
    known = classifier(run)
    maps = known.network.maps(known.preparation.batch([read_photo(photo)]))
    heat = known.network.heat(maps, [run.info["vocab"].index(b) for b in breeds])
    for breed, expected in zip(breeds, heat, strict=True):
        assert f"{breed}\n{answer.probabilities[breed]:.1%}\ntensor(" in said
        assert np.allclose(names["heat"][breed].detach(), expected, atol=1e-5)
