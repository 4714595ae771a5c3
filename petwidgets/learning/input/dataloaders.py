"""Make `DataLoaders` of labelled files, as the chapter's `DataBlock` does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fastai.vision.all import (
    CategoryBlock,
    DataBlock,
    DataLoaders,
    F,
    ImageBlock,
    Normalize,
    PILImage,
    Resize,
    TensorImage,
    aug_transforms,
    image2tensor,
    torch,
)
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data.divide import split
from petwidgets.data.image import encode
from petwidgets.learning.input.photograph import Photo

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.network import Stats
    from petwidgets.learning.models.backbones import Pretrained
    from petwidgets.learning.models.weights import TrainedNetwork
    from petwidgets.recipes.recipe import Recipe


@dataclass(frozen=True)
class Labels:
    """A function that returns the breed of a file.

    fastcore reads its signature, which a dict's method lacks. It is no lambda, because an exported
    learner is pickled with it.
    """

    breeds: dict[Any, str]

    def __call__(self, item: Any) -> str:
        """Return the breed of one item."""
        return self.breeds[item]


@dataclass(frozen=True)
class FixedSplit:
    """A splitter with fixed positions of the training and the validation set."""

    parts: tuple[Sequence[int], Sequence[int]]

    def __call__(self, _items: Any) -> tuple[Sequence[int], Sequence[int]]:
        """Return the positions, in their order."""
        return self.parts


def batch_transforms(recipe: Recipe, stats: Pretrained) -> list[Any]:
    """The chapter's `aug_transforms(size, min_scale)`, and normalisation for the backbone."""
    normalise = Normalize.from_stats(stats.mean, stats.std)
    return [*aug_transforms(size=recipe.size, min_scale=recipe.min_scale), normalise]


def dataloaders(
    recipe: Recipe,
    dataset: Dataset,
    stats: Pretrained,
    parts: tuple[list[int], list[int]] | None = None,
) -> DataLoaders:
    """The `DataLoaders` of the chapter's `DataBlock` on these files.

    Args:
        recipe: gives sizes, batch size and split.
        dataset: labelled files.
        stats: mean and standard deviation for the backbone's input.
        parts: positions to train and to validate on, instead of the recipe's split.

    Raises:
        Problem: too few photographs.
    """
    parts = parts or split(recipe, dataset)
    if len(parts[0]) < recipe.batch_size:
        raise Problem(
            f"{counted(len(parts[0]), 'photograph')} to train on can't fill a batch of"
            f" {recipe.batch_size}:"
            " add photographs or make the batch smaller."
        )
    labels = dict(zip(dataset.paths, dataset.breeds, strict=True))
    return _make(recipe, stats, labels, dataset.vocab, parts)


def empty_dataloaders(recipe: Recipe, vocab: Sequence[str], stats: Pretrained) -> DataLoaders:
    """Empty `DataLoaders` of the same `DataBlock`, for a learner that only predicts.

    Args:
        recipe: gives sizes and batch size.
        vocab: the breeds.
        stats: mean and standard deviation for the backbone's input.
    """
    # fastai derives the accepted types from a first item.
    blank = [encode(Image.new("RGB", (recipe.size, recipe.size), colour), recipe.size)
             for colour in ("black", "white")]  # fmt: skip
    labels = dict.fromkeys(blank, vocab[0])
    loaders = _make(replace(recipe, batch_size=2), stats, labels, vocab, ([0, 1], [0, 1]))
    return loaders.new_empty()


def _make(
    recipe: Recipe,
    stats: Pretrained,
    labels: dict[Any, str],
    vocab: Sequence[str],
    parts: tuple[Sequence[int], Sequence[int]],
) -> DataLoaders:
    block = DataBlock(
        blocks=(ImageBlock(cls=Photo), CategoryBlock(vocab=list(vocab))),
        get_items=list,
        get_y=Labels(labels),
        splitter=FixedSplit(parts),
        item_tfms=Resize(recipe.presize),
        batch_tfms=batch_transforms(recipe, stats),
    )
    return block.dataloaders(list(labels), bs=recipe.batch_size, num_workers=0)


class Preparation:
    """The transforms of the validation set, for photographs outside any `DataLoaders`.

    In validation `aug_transforms` only shrinks a square. That is linear: along each side, an output
    pixel is a weighted sum of a few input pixels. This class applies these weights directly. The
    result equals fastai's (a test checks that) in a fifth of the time.
    """

    def __init__(self, recipe: Recipe, stats: Pretrained | TrainedNetwork | Stats) -> None:
        self.size = recipe.size
        self.resize = Resize(recipe.presize)
        self.weights, self.sources = _taps(_shrinking(recipe.presize, recipe.size))
        self.mean, self.std = (torch.tensor(v).view(3, 1, 1) for v in (stats.mean, stats.std))

    def pixels(self, photo: Image.Image) -> torch.Tensor:
        """(3, presize, presize) uint8: the centre square, resized."""
        return torch.Tensor(image2tensor(self.resize(PILImage(photo), split_idx=1)))

    def batch(self, photos: Sequence[Image.Image]) -> torch.Tensor:
        """(n, 3, size, size) float32, normalised, on the CPU."""
        return self.normalised([self.pixels(photo) for photo in photos])

    def normalised(self, pixels: Sequence[torch.Tensor]) -> torch.Tensor:
        """The same, for the outputs of `pixels`."""
        batch = torch.stack([*pixels]).float() / 255
        upright = self._shrink(batch).transpose(2, 3).contiguous()
        return (self._shrink(upright).transpose(2, 3) - self.mean) / self.std

    def _shrink(self, images: torch.Tensor) -> torch.Tensor:
        """(n, 3, size, w) of (n, 3, presize, w). It selects complete rows, which is quick."""
        taps = zip(self.weights, self.sources, strict=True)
        return torch.stack([w[:, None] * images.index_select(2, s) for w, s in taps]).sum(0)

    def seen(self, batch: torch.Tensor) -> np.ndarray:
        """(n, size, size, 3) uint8: the pictures of a batch, as the network sees them."""
        pixels = (batch * self.std + self.mean).clamp(0, 1) * 255
        return pixels.round().byte().permute(0, 2, 3, 1).numpy()


def _taps(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Two (k, size): the non-zero weights of each row, and their columns."""
    k = int((matrix != 0).sum(1).max())
    columns = matrix.abs().topk(k, dim=1).indices
    return matrix.gather(1, columns).T.contiguous(), columns.T.contiguous()


def _shrinking(presize: int, size: int) -> torch.Tensor:
    """(size, presize): the matrix that `aug_transforms` applies along each side in validation.

    fastai itself computes it from unit vectors, one per channel, so that even its rounding is the
    same: the affine transforms move nothing but still sample, then `RandomResizedCropGPU` shrinks.
    """
    image = TensorImage(torch.eye(presize)[None, :, None].repeat(1, 1, 2, 1))
    rows = image.affine_coord(mat=torch.eye(3)[None, :2])[:, :, 0]
    by = presize / size / 2
    if by > 1:  # fastai averages first where sampling alone would skip pixels
        rows = F.interpolate(rows, scale_factor=1 / by, mode="area", recompute_scale_factor=True)
    image = TensorImage(rows[:, :, None].repeat(1, 1, 2, 1)).affine_coord(sz=(2, size))
    return torch.Tensor(image[0, :, 0]).T.contiguous()
