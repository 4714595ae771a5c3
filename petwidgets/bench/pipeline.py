"""Photographs a second of the fast input and of fastai's, without a network behind them.

Same photographs, sizes (460, 224) and batches; an epoch of each in turn.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from petwidgets.bench.home import own_home
from petwidgets.bench.row import Pair, Row
from petwidgets.bench.subset import linked, spread
from petwidgets.common.paths import cache
from petwidgets.data.dataset import load
from petwidgets.recipes.presets import make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from petwidgets.bench.row import Pairs, Settings

Seconds = tuple[float, float]
Arms = dict[str, "Callable[[], Seconds]"]

BATCH = 32


def timed(batches: Iterable[object]) -> Seconds:
    """Of the clock and of the processor, for all batches."""
    began, worked = time.monotonic(), time.process_time()
    for _ in batches:
        pass
    return time.monotonic() - began, time.process_time() - worked


def arms(photographs: Path) -> tuple[Arms, int]:
    """Epochs of three inputs by name, and the number of photographs in each.

    `fastai` is the chapter's `DataBlock`; `filling` the fast input with an empty cache; `warm` with
    a full one.
    """
    from petwidgets.learning.input.dataloaders import dataloaders
    from petwidgets.learning.input.fast_loader import fast_dataloaders
    from petwidgets.learning.models.backbones import pretrained

    recipe = make("fine-tune", data=str(photographs), batch_size=BATCH)
    dataset = load(recipe.data, recipe.pattern)
    parts = list(range(len(dataset.paths))), [0]
    stats = pretrained(recipe.arch)
    fast, plain = (kind(recipe, dataset, stats, parts) for kind in (fast_dataloaders, dataloaders))
    timed(plain.valid)  # reads the files into memory and starts the threads

    def filling() -> Seconds:
        shutil.rmtree(cache("presized"), ignore_errors=True)
        return timed(fast.train)

    arms = {"fastai": lambda: timed(plain.train), "filling": filling}
    return {**arms, "warm": lambda: timed(fast.train)}, len(fast.train) * BATCH


def rates(photographs: Path) -> Iterator[tuple[str, float, float]]:
    """Without end: an arm, and its photographs in a second of the clock and of the processor."""
    epochs, number = arms(photographs)
    while True:
        for arm, epoch in epochs.items():
            clock, processor = epoch()
            yield arm, number / clock, number / processor


def pairs(settings: Settings, size: int) -> Pairs:
    """The warm fast input beside fastai's."""
    with own_home(), linked(spread(settings.pictures, size)) as folder:
        last: dict[str, float] = {}
        for arm, rate, _ in rates(folder):
            last[arm] = rate
            if arm == "warm":
                yield Pair(rate, last["fastai"])


ROW = Row(
    name="pipeline",
    what="photographs read, presized and augmented a second, after the first epoch",
    unit="/s",
    ours="the fast input, from its cache",
    theirs="fastai's DataLoader",
    measure=pairs,
    needs=("torch", "photographs"),
    grows_with="photographs",
    sizes=(100, 400),
    large=(100, 400, 1600, 7390),
    more_is_better=True,
)
