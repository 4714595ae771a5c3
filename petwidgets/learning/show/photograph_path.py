"""Follow a photograph from its file to the network, and time each stage."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fastai.vision.all import TensorImage, default_device, image2tensor, torch

from petwidgets.data.metadata import facts
from petwidgets.jobs import photograph_path as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.photograph_path import TOGETHER, Stage
from petwidgets.learning.input.photograph import Photo
from petwidgets.learning.models.inference import one_thread
from petwidgets.learning.show import resize_cache
from petwidgets.learning.show.presize import once
from petwidgets.learning.show.resize_cache import Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.jobs.presize import Presizing

REPEATED = 3
"""Times that each stage is computed; the shortest counts, since others may use the machine."""


@torch.inference_mode()
@one_thread()
@implements(jobs.follow)
def follow(path: str, settings: Presizing) -> tuple[Stage, ...]:
    """Compute each stage (implements the job)."""
    file, device = resize_cache.as_it_is(path), default_device()
    known, place = facts(file.path), resize_cache.drawn_place(settings.seed)
    way = Way(settings.presize, settings.method, settings.pad_mode, place)
    resize_cache.square(file, way)  # refuses what is too long to be padded
    resize = resize_cache.resizing(way)
    reading, photo = _timed(lambda: Photo.create(file.path))
    cutting, square = _timed(lambda: resize(photo))
    pixels = image2tensor(square)
    batch = TensorImage(torch.stack([pixels] * TOGETHER).to(device))
    together, small = _timed(lambda: _transformed(settings, batch))
    alone, _ = _timed(lambda: _transformed(settings, TensorImage(batch[:1])))
    one = small[0]
    height, width = one.shape[1:]
    last = one.numel() * one.element_size()
    return (
        Stage("file", known.width, known.height, known.bytes),
        Stage(
            "photograph",
            photo.width,
            photo.height,
            3 * photo.width * photo.height,
            reading,
            None,
            "CPU",
        ),
        Stage(
            "square",
            square.width,
            square.height,
            pixels.numel() * pixels.element_size(),
            cutting,
            None,
            "CPU",
        ),
        Stage("batch", width, height, last, together / TOGETHER, alone, _name(device)),
    )


def _transformed(settings: Presizing, batch: TensorImage) -> TensorImage:
    return once(settings, TensorImage(batch.float() / 255), settings.pad_mode)[-1]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest time in seconds of a few runs, after one to warm up; and the result."""
    result, times = work(), []
    for _ in range(REPEATED):
        began = time.perf_counter()
        result = work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return min(times), result


def _name(device: torch.device) -> str:
    return "GPU" if device.type == "cuda" else device.type.upper()
