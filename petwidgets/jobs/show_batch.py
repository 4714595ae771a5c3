"""Show a batch as `show_batch` does, with a choice of the transforms of `aug_transforms`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.common.validate import (
    require_choice,
    require_number,
    require_seed,
    require_sizes,
    require_switch,
    require_whole,
)
from petwidgets.jobs.job import job
from petwidgets.recipes.recipe import PRESIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 6
"""Largest number of rows, and of columns."""

PARTS = ("train", "valid")

SWITCHES = ("flip", "rotate", "zoom", "warp", "lighting", "crop")

OFF: Mapping[str, Mapping[str, float]] = {
    "flip": {"do_flip": False},
    "rotate": {"max_rotate": 0},
    "zoom": {"max_zoom": 1},
    "warp": {"max_warp": 0},
    "lighting": {"max_lighting": 0},
}
"""Arguments of `aug_transforms` that switch a transform off."""

SIZE_LOST = (
    "With all that moves or crops switched off, aug_transforms has nothing left that shrinks, and"
    " fastai leaves the pictures at {presize} pixels."
)


@dataclass(frozen=True)
class Showing:
    """Settings of a batch to show.

    Args:
        nrows: rows of pictures.
        ncols: pictures per row.
        unique: show one photograph in many augmentations, as `show_batch(unique=True)`.
        part: `train` or `valid`.
        seed: decides the photographs and their augmentations.
        presize: the square of `Resize`, in pixels.
        size: the square that the network sees, in pixels.
        min_scale: the least share of the square's area that `RandomResizedCropGPU` keeps.
        flip: whether `aug_transforms` flips; `rotate`, `zoom`, `warp` and `lighting` likewise.
        crop: whether it crops; if not, `min_scale` is 1.
        first: name of the photograph that the training side begins with, which `unique` shows;
            empty for the split's own.

    Raises:
        Problem: a setting is out of range.
    """

    nrows: int = 3
    ncols: int = 3
    unique: bool = False
    part: str = "train"
    seed: int = 42
    presize: int = PRESIZE
    size: int = 224
    min_scale: float = 0.75
    flip: bool = True
    rotate: bool = True
    zoom: bool = True
    warp: bool = True
    lighting: bool = True
    crop: bool = True
    first: str = ""

    def __post_init__(self) -> None:
        require_whole("The number of rows", self.nrows, 1, MOST)
        require_whole("The number of columns", self.ncols, 1, MOST)
        require_choice("The part", self.part, PARTS)
        require_seed(self.seed)
        require_sizes(self.presize, self.size)
        require_number("The least scale", self.min_scale, 0.05, 1)
        for name in ("unique", *SWITCHES):
            require_switch(name, getattr(self, name))

    @property
    def pictures(self) -> int:
        """Number of pictures, which is the batch size."""
        return self.nrows * self.ncols

    def augmentation(self) -> dict[str, float]:
        """Arguments of fastai's `aug_transforms` that differ from its defaults."""
        off = {
            k: v
            for name, arguments in OFF.items()
            if not getattr(self, name)
            for k, v in arguments.items()
        }
        return {"size": self.size, "min_scale": self.min_scale if self.crop else 1.0, **off}


@dataclass(frozen=True)
class Shown:
    """A photograph of a batch: file name, breed, and the network's input as a JPEG file."""

    file: str
    label: str
    jpeg: bytes


@dataclass(frozen=True)
class Tensor:
    """Description of a tensor: class, shape and dtype."""

    type: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Spread:
    """Minimum, maximum, mean and standard deviation of a tensor."""

    low: float
    high: float
    mean: float
    std: float


@dataclass(frozen=True)
class ShownBatch:
    """A batch as fastai shows it.

    Args:
        pictures: as many as requested, or fewer if the validation set is smaller.
        x: (n, 3, size, size), the input of the network.
        spread: of `x`.
        y: (n), the targets.
        values: n numbers of `y`, positions in the vocab.
        vocab: c breeds.
        transforms: names of the applied transforms.
        remark: a sentence, or empty.
        seconds: time that the batch took.
    """

    pictures: tuple[Shown, ...]
    x: Tensor
    spread: Spread
    y: Tensor
    values: tuple[int, ...]
    vocab: tuple[str, ...]
    transforms: tuple[str, ...]
    remark: str
    seconds: float


@job("petwidgets.learning.show.batch")
def show(source: str, pattern: str, settings: Showing) -> ShownBatch:
    """Make one batch of a data set.

    Args:
        source: `sample`, `oxford-pets` or a folder.
        pattern: a regular expression whose first group is the breed, or `parent-folder`.
        settings: settings of the batch.

    Raises:
        Problem: there are too few photographs, or one can't be read.
    """
