"""The model in this folder, with torch, timm or torchvision, safetensors, Pillow and numpy alone.

    from load import load
    from PIL import Image

    model = load()
    print(model.classify(Image.open("photo.jpg"))[:5])

A photograph may also be a path or a file's bytes: then what `Image.open` refuses is read, too, such
as a JPEG of 200 million pixels or a PNG with megabytes of text, and with pillow-heif HEIC.

Nothing here unpickles anything. `model.network` is a plain `torch.nn.Sequential` of a body and a
head that gives logits, to be trained on or looked into.
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
    """A network, and how a photograph is put before it."""

    def __init__(self, folder: Path) -> None:
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        self.vocab: list[str] = self.config["vocab"]
        self.network = nn.Sequential(body(self.config["architecture"]), head(self.config["head"]))
        self.network.load_state_dict(load_file(folder / "model.safetensors"))
        self.network.eval()

    def prepare(self, photo: Photo) -> torch.Tensor:
        """(3, size, size) float32: the square in the middle, shrunk and normalised."""
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
        """(n, c) float32, rows adding to one: softmax of the logits divided by the temperature."""
        logits = self.network(torch.stack([self.prepare(photo) for photo in photos]))
        return (logits / self.config["temperature"]).softmax(1)

    def classify(self, photo: Photo) -> list[tuple[str, float]]:
        """All breeds with their probabilities, the most probable first.

        Below `config["thresholds"]["least_probability"]` the first is better not said aloud.
        """
        row = self.probabilities([photo])[0].tolist()
        return sorted(zip(self.vocab, row, strict=True), key=lambda pair: -pair[1])


def load(folder: Path | str = Path(__file__).parent) -> Model:
    """The model in a folder; by default in the one that this file lies in."""
    return Model(Path(folder))


def seen(photo: Photo) -> Image.Image:
    """The photograph upright, as red, green and blue, as `decoded` has it."""
    if isinstance(photo, Image.Image):
        return decoded(photo)
    return decoded(opened(Path(photo) if isinstance(photo, str) else photo))


def shrunk(square: torch.Tensor, size: int) -> torch.Tensor:
    """(n, 3, size, size) of a larger square, as fastai's transforms do it on a validation set."""
    by = square.shape[-1] / size / 2
    if by > 1:
        square = functional.interpolate(
            square, scale_factor=1 / by, mode="area", recompute_scale_factor=True
        )
    every = torch.eye(2, 3).repeat(len(square), 1, 1)
    grid = functional.affine_grid(every, [len(square), 3, size, size], align_corners=True)
    return functional.grid_sample(square, grid, padding_mode="reflection", align_corners=True)


class TimmBody(nn.Module):
    """A model of timm's without its classifier, and where a head pools, without its pooling."""

    def __init__(self, name: str, *, pools: bool) -> None:
        super().__init__()
        self.model = importlib.import_module("timm").create_model(name, num_classes=0)
        self.pools = pools

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, f, h, w) or, where it pools itself, (n, f)."""
        return self.model.forward_features(x) if self.pools else self.model(x)


def body(architecture: dict[str, Any]) -> nn.Module:
    """The body with random weights."""
    name = architecture["name"]
    if architecture["library"] == "timm":
        return TimmBody(name, pools=architecture["pools"])
    whole = getattr(importlib.import_module("torchvision.models"), name)()
    return nn.Sequential(*list(whole.children())[: architecture["children"]])


class ConcatPool(nn.Module):
    """The largest and the mean of each feature over the square, one after the other."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 2 f, 1, 1) of (n, f, h, w)."""
        return torch.cat([x.amax((2, 3), keepdim=True), x.mean((2, 3), keepdim=True)], 1)


def head(layers: list[list[Any]]) -> nn.Sequential:
    """The head with random weights, of each layer's kind and its arguments."""
    kinds = {"ConcatPool": ConcatPool, "ReLU": nn.ReLU, "Flatten": nn.Flatten}
    kinds |= {"AvgPool": nn.AdaptiveAvgPool2d, "BatchNorm": nn.BatchNorm1d}
    kinds |= {"Dropout": nn.Dropout, "Linear": nn.Linear}
    return nn.Sequential(*(kinds[kind](*arguments) for kind, *arguments in layers))
