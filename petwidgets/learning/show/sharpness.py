"""How much of a photograph's detail a way of resampling has kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastai.vision.all import F, image2tensor, torch

if TYPE_CHECKING:
    from fastai.vision.all import AffineCoordTfm
    from PIL import Image

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels of a photograph; beyond it where it is padded."""

SAMPLES = 1024
"""Samples of the reference along each side, at most four and at least two a pixel."""

LAPLACIAN = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]

LUMA = (0.299, 0.587, 0.114)


def finer(size: int) -> int:
    """Samples a pixel of a reference along each side."""
    return min(4, max(2, SAMPLES // size))


def skipping(box: Box, size: int) -> int:
    """Pixels a side to average over beforehand, so that a reference's samples skip none."""
    return max(1, int(max(box[2] - box[0], box[3] - box[1]) / (finer(size) * size)))


def reference(
    grey: Image.Image, box: Box, transform: AffineCoordTfm, presize: int, size: int
) -> torch.Tensor:
    """(size, size) luminance: what a transform shows, sampled once from the full photograph.

    Antialiased by supersampling: the mean of `finer` x `finer` samples a pixel, of a photograph
    that is averaged first where even these would skip pixels. Source: P. S. Heckbert,
    "Fundamentals of Texture Mapping and Image Warping" (1989), section 3.

    Args:
        grey: the photograph's luminance, reduced by `skipping`.
        box: what the presized square shows, in pixels of `grey`.
        transform: composed and without randomness, as it was run on that square.
        presize: the square's side, in pixels.
        size: the side of its result, in pixels.
    """
    pixels = torch.Tensor(image2tensor(grey).float() / 255)[None]
    left, top, right, bottom = box
    span = torch.tensor([right - left, bottom - top]) / presize
    place = torch.tensor([left, top]) + _positions(transform, presize, size) * span
    grid = place / torch.tensor([float(grey.width), grey.height]) * 2 - 1
    samples = F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)
    return F.avg_pool2d(samples, finer(size))[0, 0]


def _positions(transform: AffineCoordTfm, presize: int, size: int) -> torch.Tensor:
    """(1, k * size, k * size, 2) x and y that each sample shows, from the square's corner.

    In pixels of the square. fastai's grid runs from the middle of its first pixel to that of its
    last (`align_corners`).
    """
    k = finer(size)
    along = ((torch.arange(k * size) + 0.5) / k - 0.5) / (size - 1) * 2 - 1
    y, x = torch.meshgrid(along, along, indexing="ij")
    found = torch.stack([x, y], 2)[None]
    mat = torch.Tensor(transform.mat[0])
    found = found @ mat[:, :2].T + mat[:, 2]
    for coordinate in transform.coord_fs:
        found = torch.Tensor(coordinate(found))
    return (found + 1) / 2 * (presize - 1) + 0.5


def detail(image: torch.Tensor, within: torch.Tensor) -> float:
    """Root mean square of the Laplacian of the luminance, a measure of focus.

    Source: S. Pertuz, D. Puig, M. A. Garcia, "Analysis of focus measure operators for
    shape-from-focus", Pattern Recognition 46 (2013), the family based on the Laplacian.

    Args:
        image: (h, w) or (3, h, w), 0 to 1.
        within: (h - 2, w - 2), whether a pixel and its neighbours count.
    """
    grey = torch.Tensor(image)
    if grey.ndim == 3:  # noqa: PLR2004 - a picture with channels
        grey = (grey * torch.tensor(LUMA)[:, None, None]).sum(0)
    edges = F.conv2d(grey[None, None], LAPLACIAN)[0, 0][within]
    return float(edges.square().mean().sqrt()) if len(edges) else 0.0


def interior(*real: torch.Tensor) -> torch.Tensor:
    """(h - 2, w - 2): pixels that with all their neighbours are real in each (h, w) of 0 to 1."""
    least = torch.stack([torch.Tensor(one) for one in real]).amin(0)
    eroded = -F.max_pool2d(-least[None, None], 3, stride=1)[0, 0]
    return eroded > 1 - 1e-3
