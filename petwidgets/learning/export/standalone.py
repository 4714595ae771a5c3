"""Load the model in this folder, with torch, timm or torchvision, safetensors, Pillow and numpy.

    from load import load
    from PIL import Image

    model = load()
    print(model.classify(Image.open("photo.jpg"))[:5])

A photograph may also be a path or a file's bytes. Then some files are read that `Image.open`
refuses, such as a JPEG of 200 million pixels or a PNG with megabytes of text. HEIC files need
pillow-heif.

Nothing here unpickles anything. `model.network` is a plain `torch.nn.Sequential` of a body and a
head that gives logits, for further training or inspection.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from petwidgets.data.decoding import decoded, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    Photo = Image.Image | Path | str | bytes


class Model:
    """A network with the preparation of its input."""

    def __init__(self, folder: Path) -> None:
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        self.vocab: list[str] = self.config["vocab"]
        self.network = nn.Sequential(body(self.config["architecture"]), head(self.config["head"]))
        self.network.load_state_dict(load_file(folder / "model.safetensors"))
        self.network.eval()

    def prepare(self, photo: Photo) -> torch.Tensor:
        """(3, size, size) float32: the centre square, resized and normalised."""
        size, presize = self.config["size"], self.config["presize"]
        upright = seen(photo)
        side = int(min(upright.size) / presize * presize)
        left, top = ((length - side) // 2 for length in upright.size)
        square = upright.crop((left, top, left + side, top + side))
        square = square.resize((presize, presize), Image.Resampling.BILINEAR)
        pixels = torch.frombuffer(bytearray(square.tobytes()), dtype=torch.uint8)
        planes = pixels.view(1, presize, presize, 3).permute(0, 3, 1, 2)
        small = shrunk(planes.float() / 255, size)[0]
        mean, std = (torch.tensor(self.config[key]).view(3, 1, 1) for key in ("mean", "std"))
        return (small - mean) / std

    @torch.inference_mode()
    def probabilities(self, photos: Sequence[Photo]) -> torch.Tensor:
        """(n, c) float32, rows of sum 1: softmax of the logits divided by the temperature."""
        logits = self.network(torch.stack([self.prepare(photo) for photo in photos]))
        return (logits / self.config["temperature"]).softmax(1)

    def classify(self, photo: Photo) -> list[tuple[str, float]]:
        """All breeds with their probabilities, the most probable first.

        A first probability below `config["thresholds"]["least_probability"]` is too uncertain for
        an answer.
        """
        row = self.probabilities([photo])[0].tolist()
        return sorted(zip(self.vocab, row, strict=True), key=lambda pair: -pair[1])


def load(folder: Path | str = Path(__file__).parent) -> Model:
    """Load the model of a folder; default: the folder of this file."""
    return Model(Path(folder))


def seen(photo: Photo) -> Image.Image:
    """The photograph, upright and in RGB, by `decoded`."""
    if isinstance(photo, Image.Image):
        return decoded(photo)
    return decoded(opened(Path(photo) if isinstance(photo, str) else photo))


def shrunk(square: torch.Tensor, size: int) -> torch.Tensor:
    """(n, 3, size, size) of larger squares, resized as fastai's transforms do in validation."""
    by = square.shape[-1] / size / 2
    if by > 1:
        square = functional.interpolate(
            square, scale_factor=1 / by, mode="area", recompute_scale_factor=True
        )
    every = torch.eye(2, 3).repeat(len(square), 1, 1)
    grid = functional.affine_grid(every, [len(square), 3, size, size], align_corners=True)
    return functional.grid_sample(square, grid, padding_mode="reflection", align_corners=True)


class TimmBody(nn.Module):
    """A timm model without its classifier, and without its pooling if the head pools."""

    def __init__(self, name: str, *, pools: bool) -> None:
        super().__init__()
        self.model = importlib.import_module("timm").create_model(name, num_classes=0)
        self.pools = pools

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, f, h, w), or (n, f) if it pools itself."""
        return self.model.forward_features(x) if self.pools else self.model(x)


def body(architecture: dict[str, Any]) -> nn.Module:
    """The body with random weights."""
    name = architecture["name"]
    if architecture["library"] == "timm":
        return TimmBody(name, pools=architecture["pools"])
    model = getattr(importlib.import_module("torchvision.models"), name)()
    return nn.Sequential(*list(model.children())[: architecture["children"]])


class ConcatPool(nn.Module):
    """Maximum and mean of each feature over the square, concatenated."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 2 f, 1, 1) of (n, f, h, w)."""
        return torch.cat([x.amax((2, 3), keepdim=True), x.mean((2, 3), keepdim=True)], 1)


def head(layers: list[list[Any]]) -> nn.Sequential:
    """The head with random weights, from the kind and the arguments of each layer."""
    kinds = {"ConcatPool": ConcatPool, "ReLU": nn.ReLU, "Flatten": nn.Flatten}
    kinds |= {"AvgPool": nn.AdaptiveAvgPool2d, "BatchNorm": nn.BatchNorm1d}
    kinds |= {"Dropout": nn.Dropout, "Linear": nn.Linear}
    return nn.Sequential(*(kinds[kind](*arguments) for kind, *arguments in layers))
