"""The chapter's `fine_tune(2)`, by petwidgets and by plain fastai, with what each took."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from petwidgets.bench import finetune
from petwidgets.bench.home import own_home
from petwidgets.common.errors import Problem
from petwidgets.common.out_of_memory import exhausted
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.recipes.presets import make

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from petwidgets.bench.plan import Plan
    from petwidgets.runs.events import Event

EPOCHS = 3
"""One frozen and two unfrozen: `fine_tune(2)`."""


@dataclass(frozen=True)
class Took:
    """What a training took.

    Args:
        rate: photographs a second in the last epoch, without validation; 0 without one.
        seconds: of all of it.
        megabytes: the most of the device's memory; None on a CPU.
        finished: whether it came to its end.
        smaller: sizes to which the batches were reduced.
        error: the name of the error that ended it; empty without.
    """

    rate: float
    seconds: float
    megabytes: float | None
    finished: bool
    smaller: tuple[int, ...] = ()
    error: str = ""


def ours(plan: Plan, folder: Path, arch: str, precision: str, until: float) -> Took:
    """By petwidgets, with the fast input.

    Raises:
        Problem: this machine has not the precision, or the training fails.
    """
    from petwidgets.learning.models.precision import require

    require(precision)
    recipe = make(
        "fine-tune", epochs=2, data=str(folder), arch=arch, precision=precision, input="fast",
        size=plan.size, presize=plan.presize, batch_size=plan.batch_size,
    )  # fmt: skip
    smaller: list[int] = []

    def heard(event: Event) -> None:
        if event["event"] == "smaller":
            smaller.append(event["batch_size"])

    _begin()
    with own_home():
        began = time.monotonic()
        found = finetune.timed(recipe, heard, lambda: time.monotonic() > until)
        seconds = time.monotonic() - began
    whole = found["train"] // found["batch"] * found["batch"]
    return _took(found["epochs"], whole, seconds, tuple(smaller))


def fastais(plan: Plan, folder: Path, arch: str, precision: str, until: float) -> Took:
    """By fastai alone, as in the chapter, which draws the same photographs into the same parts.

    Raises:
        Problem: there is no such precision.
    """
    from fastai.vision.all import Callback, CancelFitException

    class Deadline(Callback):
        def before_batch(self) -> None:
            if time.monotonic() > until:
                raise CancelFitException

    _begin()
    learn, watch = _chapters(plan, folder, arch, precision), finetune.clock()
    began, error = time.monotonic(), ""
    try:
        with learn.no_bar(), learn.no_logging(), learn.added_cbs([watch, Deadline()]):
            learn.fine_tune(2)
    except Exception as raised:
        if not exhausted(raised):
            raise
        error = type(raised).__name__
    whole = len(learn.dls.train) * plan.batch_size
    return _took(watch.epochs, whole, time.monotonic() - began, (), error)


def _chapters(plan: Plan, folder: Path, arch: str, precision: str) -> Any:
    from fastai.vision.all import (
        CategoryBlock,
        DataBlock,
        ImageBlock,
        RandomSplitter,
        RegexLabeller,
        Resize,
        aug_transforms,
        error_rate,
        get_image_files,
        using_attr,
        vision_learner,
    )

    from petwidgets.learning.models.backbones import architecture

    pets = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_items=get_image_files,
        splitter=RandomSplitter(seed=42),
        get_y=using_attr(RegexLabeller(CHAPTER_PATTERN), "name"),
        item_tfms=Resize(plan.presize),
        batch_tfms=aug_transforms(size=plan.size, min_scale=0.75),
    )
    dls = pets.dataloaders(folder, bs=plan.batch_size)
    learn = vision_learner(dls, architecture(arch), pretrained=False, metrics=error_rate)
    kinds = {"fp32": lambda: learn, "fp16": learn.to_fp16, "bf16": learn.to_bf16}
    if precision not in kinds:
        raise Problem(f"There is no precision {precision!r}: choose among {', '.join(kinds)}.")
    return kinds[precision]()


def _begin() -> None:
    import torch

    from petwidgets.learning.models.memory import free

    free()
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _took(
    epochs: Sequence[Sequence[float]],
    photographs: int,
    seconds: float,
    smaller: tuple[int, ...],
    error: str = "",
) -> Took:
    import torch

    peak = torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_available() else None
    rate = photographs / epochs[-1][0] if epochs else 0.0
    finished = len(epochs) >= EPOCHS and not error
    return Took(rate, seconds, peak, finished, smaller, error)


@contextmanager
def random_weights(archs: Sequence[str]) -> Iterator[None]:
    """Let torchvision's networks have random weights where their downloads would lie."""
    import torch
    import torchvision

    from petwidgets.learning.models.backbones import pretrained, weights_url

    known = torchvision.models.list_models(module=torchvision.models)
    before = torch.hub.get_dir()
    with TemporaryDirectory(prefix="petwidgets-") as hub:
        (Path(hub) / "checkpoints").mkdir()
        for arch in set(archs) & set(known):
            file = Path(hub) / "checkpoints" / Path(weights_url(arch)).name
            torch.save(torchvision.models.get_model(arch).state_dict(), file)
        torch.hub.set_dir(hub)
        pretrained.cache_clear()
        try:
            yield
        finally:
            torch.hub.set_dir(before)
            pretrained.cache_clear()


@contextmanager
def little_memory(size: float) -> Iterator[None]:
    """Let this process have so many bytes of the GPU's memory within the block."""
    import torch

    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(min(1.0, size / total))
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
