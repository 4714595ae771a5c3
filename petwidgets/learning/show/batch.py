"""Make a batch as `show_batch` shows it, with a description of its tensors."""

from __future__ import annotations

import time
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import timm
from fastai.vision.all import (
    CategoryBlock,
    DataBlock,
    ImageBlock,
    Inf,
    Normalize,
    Resize,
    aug_transforms,
    parent_label,
    torch,
)

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data.dataset import load
from petwidgets.data.splits import random_split
from petwidgets.jobs import show_batch as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.show_batch import SIZE_LOST, Showing, Shown, ShownBatch, Spread, Tensor
from petwidgets.learning.input.photograph import Photo
from petwidgets.learning.input.rng import OwnDraws
from petwidgets.learning.show.encode import jpeg, picture
from petwidgets.recipes.labelling import PARENT_FOLDER
from petwidgets.recipes.recipe import DEFAULT_ARCH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastai.vision.all import DataLoaders, TfmdDL

    from petwidgets.data.dataset import Dataset

VALID, SPLIT_SEED = 0.2, 42
"""The chapter's split."""

CPU = torch.device("cpu")


def labeller(dataset: Dataset, pattern: str) -> Callable[[Path], str]:
    """A function that returns a file's breed from the labels that were read already.

    fastai's `RegexLabeller` has no time limit for expressions that backtrack for ever. The result
    is a `partial`, which `DataBlock` prints like a `using_attr`.
    """
    if pattern == PARENT_FOLDER:
        return parent_label
    return partial(_known, dict(zip(dataset.paths, dataset.breeds, strict=True)))


def _known(labels: dict[Path, str], path: Path) -> str:
    return labels[path]


def normalisation() -> Normalize:
    """`Normalize` for the default backbone, on the CPU; its weights are not loaded."""
    stats = timm.get_pretrained_cfg(DEFAULT_ARCH)
    return Normalize.from_stats(stats.mean, stats.std, cuda=False)


def loaders(settings: Showing, dataset: Dataset, pattern: str, draws: OwnDraws) -> DataLoaders:
    """The chapter's `DataBlock` on these files, with the shown pictures as one batch.

    Raises:
        Problem: there are too few photographs.
    """
    parts = random_split(len(dataset.paths), VALID, SPLIT_SEED)
    if settings.first:
        parts = _beginning_with(_position(dataset, settings.first), *parts)
    if len(parts[0]) < (settings.pictures if settings.part == "train" else 1):
        raise Problem(
            f"{counted(len(parts[0]), 'photograph')} to train on can't fill a batch of"
            f" {settings.pictures}: add photographs or show fewer."
        )
    if not parts[1]:
        raise Problem("There are too few photographs to keep some for validation: add some.")
    items = [Resize(settings.presize)]
    batch = [*aug_transforms(**settings.augmentation()), normalisation()]
    draws.lend([*items, *batch])
    block = DataBlock(
        blocks=(ImageBlock(cls=Photo), CategoryBlock(vocab=list(dataset.vocab))),
        get_items=list,
        get_y=labeller(dataset, pattern),
        splitter=lambda _: parts,
        item_tfms=items,
        batch_tfms=batch,
    )
    return block.dataloaders(list(dataset.paths), bs=settings.pictures, num_workers=0, device=CPU)


def _position(dataset: Dataset, name: str) -> int:
    found = [i for i, path in enumerate(dataset.paths) if dataset.name(path) == name]
    if not found:
        raise Problem(f"{name} is not among these photographs: choose another one.")
    return found[0]


def _beginning_with(at: int, train: list[int], valid: list[int]) -> tuple[list[int], list[int]]:
    return [at, *(i for i in train if i != at)], [i for i in valid if i != at]


def chosen(batches: TfmdDL, settings: Showing) -> list[int]:
    """A list that is filled with the next batch's positions when that batch is made."""
    positions: list[int] = []
    shuffled = (lambda: Inf.zeros) if settings.unique else batches.get_idxs

    def remembering() -> Any:
        order = shuffled()
        positions[:] = islice(order, settings.pictures)
        return order

    batches.get_idxs = remembering
    return positions


COMPOSED = {
    "flip_mat": "Flip",
    "rotate_mat": "Rotate",
    "zoom_mat": "Zoom",
    "_WarpCoord": "Warp",
    "_BrightnessLogit": "Brightness",
    "_ContrastLogit": "Contrast",
}
"""Names of fastai's transforms, by the functions that represent them in a composed transform."""


def names(batches: TfmdDL, *, training: bool) -> list[str]:
    """Names of a batch's transforms, in order; parts of a composed one are joined by a plus.

    fastai itself names a composed transform after its first part only.
    """
    used = [t for t in batches.after_batch.fs if training or t.split_idx != 0]
    return [_name(transform, training=training) for transform in used]


def _name(transform: Any, *, training: bool) -> str:
    alone = type(transform).__name__
    moving = [*getattr(transform, "aff_fs", []), *getattr(transform, "coord_fs", [])]
    if moving and not training:
        return "AffineCoordTfm"  # it moves nothing in validation, but still resamples
    parts = [getattr(f, "func", type(f)).__name__ for f in [*moving, *getattr(transform, "fs", [])]]
    return " + ".join(COMPOSED[part] for part in parts) or alone


@implements(jobs.show)
def show(source: str, pattern: str, settings: Showing) -> ShownBatch:
    """Make one batch of a data set (implements the job)."""
    began = time.perf_counter()
    dataset = load(source, pattern)
    with OwnDraws(settings.seed) as draws:
        batches = getattr(loaders(settings, dataset, pattern, draws), settings.part)
        batches.rng.seed(settings.seed)
        draws.seed(settings.seed)  # making the loaders drew numbers for a trial item
        positions = chosen(batches, settings)
        x, y = batches.one_batch()
        samples = batches.show_batch((x, y), max_n=settings.pictures, show=False)[2]
    files = [dataset.name(batches.items[position]) for position in positions]
    return ShownBatch(
        pictures=tuple(
            Shown(file, str(label), jpeg(picture(image), settings.presize))
            for file, (image, label) in zip(files, samples, strict=False)
        ),
        x=_describe(x),
        spread=Spread(float(x.min()), float(x.max()), float(x.mean()), float(x.std())),
        y=_describe(y),
        values=tuple(y.tolist()),
        vocab=tuple(dataset.vocab),
        transforms=tuple(names(batches, training=settings.part == "train")),
        remark=SIZE_LOST.format(presize=settings.presize) if x.shape[-1] != settings.size else "",
        seconds=time.perf_counter() - began,
    )


def _describe(tensor: torch.Tensor) -> Tensor:
    dtype = str(tensor.dtype).removeprefix("torch.")
    return Tensor(type(tensor).__name__, tuple(tensor.shape), dtype)
