"""A network as the row of its blocks, and what each of them makes of a photograph.

Source of the terms: chapter sections "Unfreezing and Transfer Learning" and "Discriminative
Learning Rates".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from petwidgets.runs.run import Run

RECORDED = Path(__file__).with_name("recorded_networks.json")
"""Made by `benchmarks/networks.py`: lite0, lite2, resnet34 and resnet50."""

RECORDED_MAPS = Path(__file__).with_name("recorded_maps.webp")
"""Likewise: the maps of lite0 with ImageNet's weights, of the cat among the examples."""

TILE = 56
"""Side of a map in a picture of maps, in pixels."""


class Block(TypedDict):
    """A block of a network.

    Attributes:
        name: as in the network's `named_modules`; the head is `head`.
        parameters: how many weights it has.
        norms: how many of its layers are batch norms.
        shape: of what it gives: channels, height and width; the head's is the number of classes.
        group: position of its layer group, of fastai's optimiser.
    """

    name: str
    parameters: int
    norms: int
    shape: list[int]
    group: int


class OldHead(TypedDict):
    """The head that ImageNet's training left: its weights, and the number of its classes."""

    parameters: int
    classes: int


class NetworkShape(TypedDict):
    """The blocks of an architecture, from the photograph to the answer.

    Attributes:
        arch: a torchvision or timm name.
        size: side of the square that it was shown, in pixels.
        old_head: which `vision_learner` cuts off.
        blocks: of the body, and the new head of 37 classes last.
    """

    arch: str
    size: int
    old_head: OldHead
    blocks: list[Block]


@lru_cache(maxsize=1)
def recorded_networks() -> dict[str, NetworkShape]:
    """The recorded networks by architecture."""
    shapes: list[NetworkShape] = json.loads(RECORDED.read_text("utf-8"))
    return {shape["arch"]: shape for shape in shapes}


@lru_cache(maxsize=1)
def recorded_maps() -> bytes:
    """The recorded picture of maps, as of `FeatureMaps`."""
    return RECORDED_MAPS.read_bytes()


@dataclass(frozen=True)
class FeatureMaps:
    """What each block of a network gives for a photograph.

    Args:
        blocks: names of b blocks, the first layers first.
        picture: a WebP of b tiles from left to right, `TILE` pixels wide each: of every block the
            map that differs most from place to place, from its least value (black) to its largest.
        source: the weights, in words.
    """

    blocks: tuple[str, ...]
    picture: bytes
    source: str


@job("petwidgets.learning.explain.feature_maps")
def feature_maps(run: Run, photo: Path | str | bytes) -> FeatureMaps:
    """Show what each block of a run's network makes of a photograph.

    Args:
        run: the run whose network is used.
        photo: a file, or a file's bytes.

    Raises:
        Problem: the run has no weights, or they are damaged; or the photograph can't be read.
    """
