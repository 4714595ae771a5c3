"""Apply fastai's presizing to a photograph, and the same operations one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastai.vision import augment
from fastai.vision.all import AffineCoordTfm, F, Pipeline, TensorImage, setup_aug_tfms, torch
from torch.overrides import TorchFunctionMode

from petwidgets.data.metadata import facts
from petwidgets.jobs import presize as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.presize import Figures, Presized, Presizing
from petwidgets.learning.models.inference import one_thread
from petwidgets.learning.show import resize_cache
from petwidgets.learning.show.encode import png
from petwidgets.learning.show.resize_cache import CENTRE, File, Square, Way
from petwidgets.learning.show.sharpness import Box, detail, interior, reference, skipping

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[[Presizing, TensorImage, str], list[TensorImage]]

MOSTLY = 0.5
"""A pixel counts as made up if less than this share of it comes from the photograph."""


def transforms(settings: Presizing, size: int | None, pad_mode: str) -> dict[str, AffineCoordTfm]:
    """Fastai's transforms that change the picture, by name, with fixed draws."""
    return {
        name: getattr(augment, name)(p=1, size=size, pad_mode=pad_mode, **draws)
        for name, draws in settings.draws().items()
    }


def composed(settings: Presizing, pad_mode: str) -> AffineCoordTfm:
    """All operations and the resizing to `size`, composed into one fastai transform."""
    alone = [AffineCoordTfm(size=settings.size, pad_mode=pad_mode, align_corners=True)]
    return setup_aug_tfms([*transforms(settings, settings.size, pad_mode).values()] or alone)[0]


def once(settings: Presizing, image: TensorImage, pad_mode: str) -> list[TensorImage]:
    """The presized square after all operations together."""
    if not settings.draws() and settings.size == settings.presize:
        return [image]
    return [Pipeline([composed(settings, pad_mode)])(image)]


def singly(settings: Presizing, image: TensorImage, pad_mode: str) -> list[TensorImage]:
    """The small square before the first operation, and after each."""
    images, tools = [image], transforms(settings, None, pad_mode)
    for name in settings.one_by_one():
        images.append(tools[name](images[-1]))
    return images


class Counting(TorchFunctionMode):
    """Counts how often this thread samples and averages pictures within."""

    def __init__(self) -> None:
        super().__init__()
        self.samplings = self.averagings = 0

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Count the two functions that fastai resamples with."""
        self.samplings += function is F.grid_sample
        self.averagings += function is F.interpolate
        return function(*args, **kwargs or {})


@dataclass(frozen=True)
class Outcome:
    """The result of one of the two ways.

    Args:
        images: (3, size, size) each, 0 to 1.
        real: (size, size): the share of each pixel that comes from the photograph.
        interpolations: number of interpolations by `Resize` and by sampling.
        averagings: number of averagings, which fastai does before it samples below half size.
    """

    images: list[torch.Tensor]
    real: torch.Tensor
    interpolations: int
    averagings: int

    @classmethod
    def of(cls, settings: Presizing, square: Square, run: Run) -> Outcome:
        """Run the operations on a square, and on the mask of its photograph."""
        with Counting() as count:
            images = run(settings, square.pixels, settings.pad_mode)
        real = torch.Tensor(run(settings, square.mask, "zeros")[-1][0, 0])
        interpolations = square.resized + count.samplings
        return cls([torch.Tensor(i[0]) for i in images], real, interpolations, count.averagings)

    def figures(self, truth: torch.Tensor, within: torch.Tensor) -> Figures:
        """The share of made-up pixels, the detail kept, and the number of resamplings."""
        full = detail(truth, within)
        return Figures(
            made_up=float((self.real < MOSTLY).float().mean()),
            sharpness=detail(self.images[-1], within) / full if full else 1.0,
            interpolations=self.interpolations,
            averagings=self.averagings,
        )


def _truth(file: File, settings: Presizing, box: Box) -> torch.Tensor:
    skipped = skipping(box, settings.size)
    transform = composed(settings, settings.pad_mode)
    transform.before_call(torch.empty(1, 3, settings.presize, settings.presize), 0)
    left, top, right, bottom = (side / skipped for side in box)
    grey = resize_cache.luminance(file, skipped)
    return reference(grey, (left, top, right, bottom), transform, settings.presize, settings.size)


def _shares(box: Box, shape: tuple[int, int]) -> jobs.Box:
    """The part of a box that lies on the photograph, as fractions of its sides."""
    left, top, right, bottom = (
        min(1.0, max(0.0, side / shape[i % 2])) for i, side in enumerate(box)
    )
    return left, top, right, bottom


@torch.inference_mode()
@one_thread()
@implements(jobs.microscope)
def microscope(path: str, settings: Presizing) -> Presized:
    """Transform one photograph in both ways (implements the job)."""
    file = resize_cache.as_it_is(path)
    photo, file_facts = resize_cache.decoded(file), facts(file.path)
    place = resize_cache.drawn_place(settings.seed)
    train = Way(settings.presize, settings.method, settings.pad_mode, place)
    valid, small = train._replace(place=CENTRE), train._replace(size=settings.size)
    boxes = [resize_cache.window(photo.size, way) for way in (train, valid)]
    composed_way = Outcome.of(settings, resize_cache.square(file, train), once)
    stepwise_way = Outcome.of(settings, resize_cache.square(file, small), singly)
    truth, within = _truth(file, settings, boxes[0]), interior(composed_way.real, stepwise_way.real)
    pngs = [png(image) for image in stepwise_way.images]
    return Presized(
        original=resize_cache.original(file),
        width=file_facts.width,
        height=file_facts.height,
        train_crop=_shares(boxes[0], photo.size),
        valid_crop=_shares(boxes[1], photo.size),
        train=resize_cache.square_png(file, train),
        valid=resize_cache.square_png(file, valid),
        composed=png(composed_way.images[-1]),
        stepwise=pngs[-1],
        steps=tuple(zip(["Resize", *settings.one_by_one()], pngs, strict=True)),
        composed_figures=composed_way.figures(truth, within),
        stepwise_figures=stepwise_way.figures(truth, within),
    )
