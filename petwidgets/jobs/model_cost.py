"""Architectures before a training: what is measured of them, and what the chapter says.

Source of the terms: chapter section "Deeper Architectures".
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypedDict

from petwidgets.common.validate import PIXELS, require_choice, require_whole
from petwidgets.jobs.job import job
from petwidgets.recipes.recipe import DEFAULT_ARCH, MOST_BREEDS, PRECISIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

CHAPTER = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
"""The ResNets that the chapter names, by their layers."""

TRAINED_ON = 5912
"""Photographs that the chapter trains on: four fifths of 7,390."""

BOOKS_TIMES = ("01:33", "01:49", "01:35")
"""Minutes and seconds that the book prints for its resnet50's three frozen epochs."""

LARGEST_BATCH = 1024


@dataclass(frozen=True)
class Measuring:
    """What a training would be asked that decides what it costs.

    Args:
        size: the side of the square that the network sees, in pixels.
        batch_size: photographs a batch.
        precision: `fp32`, `fp16` or `bf16`.
        classes: breeds that the head tells apart.

    Raises:
        Problem: a value is out of range.
    """

    size: int = 224
    batch_size: int = 64
    precision: str = "fp32"
    classes: int = 37

    def __post_init__(self) -> None:
        require_whole("The size", self.size, *PIXELS, " pixels")
        require_whole("The batch size", self.batch_size, 2, LARGEST_BATCH, " photographs")
        require_choice("The precision", self.precision, PRECISIONS)
        require_whole("The number of classes", self.classes, 2, MOST_BREEDS)


class Memory(TypedDict):
    """Bytes that a training holds, by what they are for.

    `activations` are kept for the backward pass; `all` is the sum on a CPU, and the allocator's
    peak on a GPU.
    """

    weights: int
    gradients: int
    moments: int
    activations: int
    all: int


class Phase(TypedDict):
    """What training takes with the body frozen, or unfrozen; `seconds` are of each timed batch."""

    seconds: list[float]
    images_per_second: float
    trained: int
    memory: Memory


class Parameters(TypedDict):
    """How many parameters the two parts of a network have."""

    body: int
    head: int


class Group(TypedDict):
    """A layer group of the optimiser's.

    `first` and `last` are names of the modules that it begins and ends with; `trained` is how many
    of its `parameters` are; `norms` its batch-norm layers, and `norms_trained` how many of these
    are: fastai goes on training those of a frozen body (`train_bn`), and their statistics move
    whenever the network is in training mode.
    """

    first: str
    last: str
    parameters: int
    trained: int
    norms: int
    norms_trained: int


class Cost(TypedDict):
    """What was measured of an architecture, as a session keeps it.

    `batch_size` is halved where the memory did not suffice, as `remark` says; `when` is in seconds
    since 1970; `groups` are those while frozen; `weights` says where pretrained ones are, as
    `Offers` does.
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
    remark: str


@job("petwidgets.learning.cost.cost")
def cost(arch: str, asked: Measuring) -> Cost:
    """Measure an architecture on random pixels, its body frozen and not.

    Args:
        arch: a torchvision or timm name.
        asked: what a training with it would be asked.

    Raises:
        Problem: no such architecture, fastai can't train it so, it would take too long or too much
            memory, or another measurement is under way.
    """


@dataclass(frozen=True)
class Offers:
    """What can be measured here.

    Args:
        weights: where the pretrained weights of each architecture are: `here`, `download`, `none`
            (there are none), or the package that is to be installed. First those that come as a
            package, then the chapter's ResNets, those that have been downloaded, all others.
        known: names of all architectures, with pretrained weights or without.
        precisions: by name, why one is not possible here; empty: it is.
        device: what computes, in words.
    """

    weights: Mapping[str, str]
    known: tuple[str, ...]
    precisions: Mapping[str, str]
    device: str


@job("petwidgets.learning.cost.cost")
def offers() -> Offers:
    """Say what can be measured here."""


def unknown(name: str, known: Collection[str]) -> str:
    """What is said about a name that is no architecture, with those that it resembles."""
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    if near:
        return f"There is no architecture {name!r}: did you mean {' or '.join(near)}?"
    return (
        f"There is no architecture {name!r}: give a torchvision or timm name such as resnet34 or"
        f" {DEFAULT_ARCH}."
    )


def batches(photographs: int, batch_size: int) -> int:
    """Batches an epoch; fastai leaves out the last one where it is not full."""
    return max(1, photographs // batch_size)


def epoch(seconds: Sequence[float], photographs: int, batch_size: int) -> tuple[float, ...]:
    """What an epoch's batches take if all are like those that were measured.

    Args:
        seconds: of each measured batch.
        photographs: that are trained on.
        batch_size: photographs a batch.

    Returns:
        Seconds: by the mean, by the fastest and by the slowest of the measured batches.
    """
    n = batches(photographs, batch_size)
    return n * sum(seconds) / len(seconds), n * min(seconds), n * max(seconds)


AUTOCAST = {"fp16": "float16", "bf16": "bfloat16"}
"""torch's names of the numbers that a precision computes with where it can."""


def snippet(arch: str, asked: Measuring) -> str:
    """The measurement in fastai's and torch's own words; it runs without a download."""
    size, batch, classes = asked.size, asked.batch_size, asked.classes
    half = asked.precision in AUTOCAST
    kind = f"torch.{AUTOCAST[asked.precision]}" if half else "torch.float32, enabled=False"
    return f"""import time
from fastai.vision.all import *
from petwidgets.learning.models.backbones import architecture

device = default_device()  # random weights and pixels: the cost does not depend on them
learn = vision_learner(DataLoaders(), architecture({arch!r}), n_out={classes}, pretrained=False,
                       normalize=False, loss_func=CrossEntropyLossFlat())
learn.model.to(device).train()
scaler = torch.amp.GradScaler(device.type, enabled={asked.precision == "fp16"})
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
