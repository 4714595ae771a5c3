"""The settings of `show_batch`: which pictures, and which of `aug_transforms`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from petwidgets.common.validate import (
    demand_choice,
    demand_number,
    demand_seed,
    demand_sizes,
    demand_switch,
    demand_whole,
)
from petwidgets.recipes.recipe import PRESIZE

MOST = 6
"""The most rows and columns that are shown."""

PARTS = ("train", "valid")

SWITCHES = ("flip", "rotate", "zoom", "warp", "lighting", "crop")

OFF: dict[str, dict[str, Any]] = {
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
        demand_whole("The number of rows", self.nrows, 1, MOST)
        demand_whole("The number of columns", self.ncols, 1, MOST)
        demand_choice("The part", self.part, PARTS)
        demand_seed(self.seed)
        demand_sizes(self.presize, self.size)
        demand_number("The least scale", self.min_scale, 0.05, 1)
        for name in ("unique", *SWITCHES):
            demand_switch(name, getattr(self, name))

    @property
    def pictures(self) -> int:
        """Photographs of a batch: as many as are shown."""
        return self.nrows * self.ncols

    def augmentation(self) -> dict[str, Any]:
        """The arguments of fastai's `aug_transforms`, those that are not its defaults."""
        off = {
            k: v for name, told in OFF.items() if not getattr(self, name) for k, v in told.items()
        }
        return {"size": self.size, "min_scale": self.min_scale if self.crop else 1.0, **off}
