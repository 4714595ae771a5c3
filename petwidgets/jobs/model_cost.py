"""The cost of training an architecture, measured before a training, beside the chapter's figures.

Source of the terms: chapter section "Deeper Architectures".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

from petwidgets.common.validate import PIXELS, require_choice, require_whole
from petwidgets.jobs.job import job
from petwidgets.recipes.faults import PRECISIONS
from petwidgets.recipes.recipe import DEFAULT_ARCH, MOST_BREEDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

CHAPTER = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
"""The ResNets that the chapter names, in the order of their depth."""

TRAINED_ON = 5912
"""Photographs that the chapter trains on: four fifths of 7,390."""

BOOKS_TIMES = ("01:33", "01:49", "01:35")
"""Minutes and seconds that the book prints for its resnet50's three frozen epochs."""

FEWEST = 2
"""Photographs in the smallest batch."""

SMALL = 32
"""Side of the smallest squares that are measured, in pixels."""

LARGEST_BATCH = 1024

RECORDED = Path(__file__).with_name("recorded_costs.json")
"""Made by `benchmarks/costs.py` on a machine with two cores and no GPU.

`small` and `validating` were added later, on a busy machine: in processor seconds of one thread,
`validating` as its share of an unfrozen batch.
"""


@dataclass(frozen=True)
class Measuring:
    """The settings of a training that decide its cost.

    Args:
        size: side of the square that the network sees, in pixels.
        batch_size: photographs per batch.
        precision: `fp32`, `fp16` or `bf16`.
        classes: number of breeds.

    Raises:
        Problem: a value is out of range.
    """

    size: int = 224
    batch_size: int = 64
    precision: str = "fp32"
    classes: int = 37

    def __post_init__(self) -> None:
        require_whole("The size", self.size, *PIXELS, " pixels")
        require_whole("The batch size", self.batch_size, FEWEST, LARGEST_BATCH, " photographs")
        require_choice("The precision", self.precision, PRECISIONS)
        require_whole("The number of classes", self.classes, 2, MOST_BREEDS)


class Memory(TypedDict):
    """Bytes that a training needs, by purpose.

    `activations` are kept for the backward pass. `all` is the sum on a CPU, and the allocator's
    peak on a GPU.
    """

    weights: int
    gradients: int
    moments: int
    activations: int
    all: int


class Phase(TypedDict):
    """The cost with the body frozen, or unfrozen.

    `seconds` holds the time of each timed batch. `small` holds that of batches of squares of
    `SMALL` pixels: both tell what a batch takes whatever the size. It is empty if the architecture
    takes no such squares; an earlier version did not measure it.
    """

    seconds: list[float]
    small: NotRequired[list[float]]
    images_per_second: float
    trained: int
    memory: Memory


class Parameters(TypedDict):
    """Numbers of parameters of a network's body and head."""

    body: int
    head: int


class Group(TypedDict):
    """A layer group of the optimiser.

    `first` and `last` name its first and last module. `trained` counts the trained ones of its
    `parameters`. `norms` counts its batch-norm layers, and `norms_trained` the trained ones: fastai
    trains those of a frozen body, too (`train_bn`), and their running statistics change whenever
    the network is in training mode.
    """

    first: str
    last: str
    parameters: int
    trained: int
    norms: int
    norms_trained: int


class Cost(TypedDict):
    """The measured cost of an architecture, as a session keeps it.

    `batch_size` is halved if the memory did not suffice, and `remark` says so. `when` is in seconds
    since 1970. `groups` are those of the frozen network. `weights` says where pretrained weights
    are, as in `Offers`. `validating` holds the seconds of some batches of the forward pass alone.
    """

    arch: str
    size: int
    batch_size: int
    precision: str
    device: str
    when: float
    parameters: Parameters
    groups: list[Group]
    weights: str
    frozen: Phase
    unfrozen: Phase
    validating: NotRequired[list[float]]
    remark: str


@job("petwidgets.learning.cost.cost")
def cost(arch: str, settings: Measuring) -> Cost:
    """Measure the training of an architecture on random pixels, with its body frozen and unfrozen.

    Args:
        arch: a torchvision or timm name.
        settings: settings of the training.

    Raises:
        Problem: no such architecture; fastai can't train it with these settings; it would take too
            long or too much memory; or another measurement is running.
    """


@lru_cache(maxsize=1)
def recorded_costs() -> tuple[Cost, ...]:
    """Costs that were measured on another machine, to look at before the first measurement."""
    return tuple(json.loads(RECORDED.read_text("utf-8")))


@dataclass(frozen=True)
class Offers:
    """Architectures and precisions that can be measured on this machine.

    Args:
        weights: where the pretrained weights of each architecture are: `here`, `download`, `none`
            (there are none), or the name of a package to install. In this order: weights from a
            package, the chapter's ResNets, downloaded weights, all others.
        known: names of all architectures, with or without pretrained weights.
        precisions: by name, why it is not possible here; empty if it is.
        device: the computing device, in words.
    """

    weights: Mapping[str, str]
    known: tuple[str, ...]
    precisions: Mapping[str, str]
    device: str


@job("petwidgets.learning.cost.cost")
def offers() -> Offers:
    """List the architectures and precisions that can be measured on this machine."""


def unknown(name: str, known: Collection[str]) -> str:
    """The sentence about an unknown architecture, with similar names."""
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    if near:
        return f"There is no architecture {name!r}: did you mean {' or '.join(near)}?"
    return (
        f"There is no architecture {name!r}: give a torchvision or timm name such as resnet34 or"
        f" {DEFAULT_ARCH}."
    )


def batches(photographs: int, batch_size: int) -> int:
    """Number of batches per epoch; fastai drops the last one if it is not full."""
    return max(1, photographs // batch_size)


def epoch(seconds: Sequence[float], photographs: int, batch_size: int) -> tuple[float, ...]:
    """Estimate the time of an epoch from some measured batches.

    Args:
        seconds: of each measured batch.
        photographs: number of training photographs.
        batch_size: photographs per batch.

    Returns:
        Seconds by the mean, the fastest and the slowest measured batch.
    """
    n = batches(photographs, batch_size)
    return n * sum(seconds) / len(seconds), n * min(seconds), n * max(seconds)


AUTOCAST = {"fp16": "float16", "bf16": "bfloat16"}
"""torch's name of the number type of each lower precision."""


def snippet(arch: str, settings: Measuring) -> str:
    """Code of the same measurement with fastai and torch; it runs without a download."""
    size, batch, classes = settings.size, settings.batch_size, settings.classes
    half = settings.precision in AUTOCAST
    kind = f"torch.{AUTOCAST[settings.precision]}" if half else "torch.float32, enabled=False"
    return f"""import time
from fastai.vision.all import *
from petwidgets.learning.models.backbones import architecture

device = default_device()  # random weights and pixels: the cost does not depend on them
learn = vision_learner(DataLoaders(), architecture({arch!r}), n_out={classes}, pretrained=False,
                       normalize=False, loss_func=CrossEntropyLossFlat())
learn.model.to(device).train()
scaler = torch.amp.GradScaler(device.type, enabled={settings.precision == "fp16"})
x = torch.randn({batch}, 3, {size}, {size}, device=device)
y = torch.randint({classes}, ({batch},), device=device)

def step():
    with torch.autocast(device.type, {kind}):
        loss = learn.loss_func(learn.model(x), y)
    scaler.scale(loss).backward()
    scaler.step(learn.opt)
    scaler.update()
    learn.opt.zero_grad()
    return loss.item()  # waits for a GPU

for train in (learn.freeze, learn.unfreeze):
    train()
    step()  # to warm up
    start = time.perf_counter()
    for _ in range(3):
        step()
    rate = 3 * len(x) / (time.perf_counter() - start)
    trained = sum(p.numel() for p in learn.model.parameters() if p.requires_grad)
    print(f'{{train.__name__}}: {{trained}} parameters trained, {{rate:.1f}} images a second')"""
