"""Measure how much of a photograph's detail a resampling keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastai.vision.all import F, image2tensor, torch

if TYPE_CHECKING:
    from fastai.vision.all import AffineCoordTfm
    from PIL import Image

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels of a photograph; padding lies outside of it."""

SAMPLES = 1024
"""Samples of the reference along each side; at least two and at most four per pixel."""

LAPLACIAN = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]

LUMA = (0.299, 0.587, 0.114)


def finer(size: int) -> int:
    """Samples per pixel of a reference, along each side."""
    return min(4, max(2, SAMPLES // size))


def skipping(box: Box, size: int) -> int:
    """Pixels per side to average beforehand, so that the reference's samples skip none."""
    return max(1, int(max(box[2] - box[0], box[3] - box[1]) / (finer(size) * size)))


def reference(
    grey: Image.Image, box: Box, transform: AffineCoordTfm, presize: int, size: int
) -> torch.Tensor:
    """(size, size) luminance: a transform's result, sampled once from the full photograph.

    Antialiased by supersampling: each pixel is the mean of `finer` x `finer` samples. If even these
    would skip pixels, the photograph is averaged first. Source: P. S. Heckbert,
    "Fundamentals of Texture Mapping and Image Warping" (1989), section 3.

    Args:
        grey: the photograph's luminance, reduced by `skipping`.
        box: the area of the presized square, in pixels of `grey`.
        transform: the composed transform of that square, without randomness.
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
    """(1, k * size, k * size, 2): x and y of each sample, in pixels from the square's corner.

    fastai's grid runs from the centre of its first pixel to the centre of its last one
    (`align_corners`).
    """
    k = finer(size)
    along = ((torch.arange(k * size) + 0.5) / k - 0.5) / (size - 1) * 2 - 1
    y, x = torch.meshgrid(along, along, indexing="ij")
    points = torch.stack([x, y], 2)[None]
    mat = torch.Tensor(transform.mat[0])
    points = points @ mat[:, :2].T + mat[:, 2]
    for coordinate in transform.coord_fs:
        points = torch.Tensor(coordinate(points))
    return (points + 1) / 2 * (presize - 1) + 0.5


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
    """(h - 2, w - 2): whether a pixel and all its neighbours are 1 in each (h, w) mask."""
    minimum = torch.stack([torch.Tensor(mask) for mask in real]).amin(0)
    eroded = -F.max_pool2d(-minimum[None, None], 3, stride=1)[0, 0]
    return eroded > 1 - 1e-3
