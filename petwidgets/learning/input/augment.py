"""The chapter's augmentation with one interpolation, from the presized square to the final size.

fastai samples presized squares to squares of the same size (flip, warp, rotation, zoom), cuts a
part out of them and samples that to the final size. Each step is a homography, so their product
does the same in a single sampling of far fewer pixels. The random numbers are drawn by fastai's own
transforms, from the same generators in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastai.torch_core import logit
from fastai.vision.all import F, RandomResizedCropGPU, aug_transforms, torch
from fastai.vision.augment import find_coeffs

if TYPE_CHECKING:
    from petwidgets.learning.models.backbones import Pretrained


@dataclass(frozen=True)
class Draws:
    """The random draws for n photographs.

    Args:
        homographies: (n, 3, 3): from points of the final square to points of the presized one, both
            from -1 to 1 (the centres of the outermost pixels).
        shrinking: presized pixels per side that are averaged into one before the sampling.
        brightness: (n) added to the logits of the values.
        contrast: (n) factors of the logits after that.
    """

    homographies: torch.Tensor
    shrinking: float
    brightness: torch.Tensor
    contrast: torch.Tensor


class OnePass:
    """`aug_transforms(size, min_scale)` and `Normalize`, for single photographs.

    Args:
        presize: side of the input squares, in pixels.
        size: side of the output squares, in pixels.
        min_scale: the least share of a square's area that a crop keeps.
        stats: mean and standard deviation for the backbone's input.
    """

    def __init__(self, presize: int, size: int, min_scale: float, stats: Pretrained) -> None:
        self.presize, self.size = presize, size
        self.moving, self.lighting, *crop = aug_transforms(size=size, min_scale=min_scale)
        self.crop: RandomResizedCropGPU | None = crop[0] if crop else None
        self.mean, self.std = (torch.tensor(v).view(3, 1, 1) for v in (stats.mean, stats.std))
        side = torch.linspace(-1, 1, size)
        down, across = torch.meshgrid(side, side, indexing="ij")
        self.points = torch.stack([across, down, torch.ones_like(across)]).flatten(1)

    def draw(self, n: int) -> Draws:
        """Draw for a batch of n photographs, as fastai's transforms do when they are called."""
        blank = torch.empty(1).expand(n, 3, self.presize, self.presize)  # only its shape is read
        self.moving.before_call(blank, 0)
        cut, side = torch.eye(3), self.presize
        if self.crop is not None:
            self.crop.before_call(blank, 0)
            cut, side = _cutting(self.crop, self.presize), self.crop.cp_size[0]
        self.lighting.before_call(blank, 0)
        brightness, contrast = self.lighting.fs
        return Draws(
            _warping(self.moving.coord_fs[0]) @ _square(self.moving.mat) @ cut,
            side / self.size / 2,
            logit(brightness.change),
            contrast.change,
        )

    def picture(self, square: torch.Tensor, draws: Draws, i: int) -> torch.Tensor:
        """(3, size, size) float32, normalised.

        Args:
            square: (3, presize, presize) uint8.
            draws: of its batch.
            i: index in the batch.
        """
        pixels = square[None].float()
        if draws.shrinking > 1:  # as fastai does, so that the sampling skips no pixels
            by = 1 / draws.shrinking
            pixels = F.interpolate(
                pixels, scale_factor=by, mode="area", recompute_scale_factor=True
            )
        x, y, z = draws.homographies[i] @ self.points
        grid = torch.stack([x / z, y / z], dim=1).view(1, self.size, self.size, 2)
        sampled = F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=True)
        logits = logit(sampled[0] / 255).add_(draws.brightness[i]).mul_(draws.contrast[i])
        return logits.sigmoid_().sub_(self.mean).div_(self.std)


def _square(mat: torch.Tensor) -> torch.Tensor:
    """(n, 3, 3) of (n, 2, 3), fastai's affine matrices."""
    last = torch.tensor([0.0, 0.0, 1.0]).expand(len(mat), 1, 3)
    return torch.cat([torch.Tensor(mat), last], dim=1)


def _warping(warp: Any) -> torch.Tensor:
    """(n, 3, 3): the perspective of fastai's drawn `Warp`."""
    coefficients = torch.Tensor(find_coeffs(warp.orig_pts, warp.targ_pts))[..., 0]
    return torch.cat([coefficients, torch.ones(len(coefficients), 1)], dim=1).view(-1, 3, 3)


def _cutting(crop: RandomResizedCropGPU, presize: int) -> torch.Tensor:
    """(3, 3): from points of the cropped square to points of the square it was cut from."""
    (top, left), (height, width) = crop.tl, crop.cp_size
    extent = presize - 1
    return torch.tensor([
        [(width - 1) / extent, 0, (2 * left + width - 1) / extent - 1],
        [0, (height - 1) / extent, (2 * top + height - 1) / extent - 1],
        [0, 0, 1],
    ])  # fmt: skip
