"""Look at a batch as `show_batch` shows it: which pictures, and which of `aug_transforms`."""

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
"""The most rows and columns that are shown."""

PARTS = ("train", "valid")

SWITCHES = ("flip", "rotate", "zoom", "warp", "lighting", "crop")

OFF: Mapping[str, Mapping[str, float]] = {
    "flip": {"do_flip": False},
    "rotate": {"max_rotate": 0},
    "zoom": {"max_zoom": 1},
    "warp": {"max_warp": 0},
    "lighting": {"max_lighting": 0},
}
"""What to tell `aug_transforms` so that it leaves a transform out."""

SIZE_LOST = (
    "With all that moves or crops switched off, aug_transforms has nothing left that shrinks, and"
    " fastai leaves the pictures at {presize} pixels."
)


@dataclass(frozen=True)
class Showing:
    """A batch to look at.

    Args:
        nrows: rows of pictures.
        ncols: pictures a row.
        unique: one photograph in many augmentations, as `show_batch(unique=True)`.
        part: `train` or `valid`.
        seed: of the photographs and of what is drawn for each; another seed, another batch.
        presize: the square of `Resize`, in pixels.
        size: the square that the network sees, in pixels.
        min_scale: the least share of the square's area that `RandomResizedCropGPU` keeps.
        flip: whether `aug_transforms` flips, and so on with `rotate`, `zoom`, `warp`, `lighting`.
        crop: whether it crops; off is `min_scale` 1.

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
        """Photographs of a batch: as many as are shown."""
        return self.nrows * self.ncols

    def augmentation(self) -> dict[str, float]:
        """The arguments of fastai's `aug_transforms`, those that are not its defaults."""
        off = {
            k: v for name, told in OFF.items() if not getattr(self, name) for k, v in told.items()
        }
        return {"size": self.size, "min_scale": self.min_scale if self.crop else 1.0, **off}


@dataclass(frozen=True)
class Shown:
    """A photograph of a batch: its file's name, its breed, and what the network saw as a JPEG."""

    file: str
    label: str
    jpeg: bytes


@dataclass(frozen=True)
class Tensor:
    """What a tensor is: its class, shape, and numbers' type."""

    type: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Spread:
    """The least and largest number of a tensor, their mean and standard deviation."""

    low: float
    high: float
    mean: float
    std: float


@dataclass(frozen=True)
class ShownBatch:
    """A batch as fastai shows it.

    Args:
        pictures: at most as many as asked for; there may be fewer photographs to validate on.
        x: (n, 3, size, size), the pixels that a network gets.
        spread: of `x`.
        y: (n), the targets.
        values: n numbers of `y`, positions in the vocab.
        vocab: c breeds.
        transforms: names of what the batch went through.
        remark: a sentence, or empty.
        seconds: that it took.
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
def show(source: str, pattern: str, asked: Showing) -> ShownBatch:
    """Make one batch of a data set.

    Args:
        source: `sample`, `oxford-pets` or a folder.
        pattern: a regular expression whose first group is the breed, or `parent-folder`.
        asked: what to show.

    Raises:
        Problem: there are too few photographs, or one can't be read.
    """
