"""The most confused pairs, from kept predictions and by `ClassificationInterpretation`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from petwidgets.baseline.train import train
from petwidgets.bench.home import own_home
from petwidgets.bench.row import Pair, Row
from petwidgets.bench.subset import linked, of_breeds
from petwidgets.common.errors import Problem
from petwidgets.metrics.confusion import matrix_of, most_confused
from petwidgets.metrics.predictions import read
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from petwidgets.bench.row import Pairs, Settings
    from petwidgets.runs.run import Run

Found = list[tuple[str, str, int]]


def timed(work: Callable[[], Found]) -> tuple[float, Found]:
    """Seconds of a call, and its pairs."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def kept(run: Run) -> Found:
    """From the run's file, read anew."""
    found = read(run)
    return most_confused(matrix_of(found), found.vocab)


def trained(folder: Path) -> Run:
    """A small baseline in the home as it is."""
    run = RunStore().create(make("baseline", data=str(folder), epochs=3))
    train(run, lambda _: None, lambda: False)
    return run.fresh()


def compared(run: Run) -> Iterator[tuple[float, float, float]]:
    """Without end: seconds of ours, of `from_learner(learn).most_confused()`, of a second call.

    Raises:
        Problem: they find other pairs.
    """
    from fastai.callback.progress import ProgressCallback
    from fastai.interpret import ClassificationInterpretation

    from petwidgets.learning.train.learner import learner

    learn: Any = learner(run)
    learn.remove_cb(ProgressCallback)
    interp = ClassificationInterpretation.from_learner(learn)
    while True:
        first, whole = timed(
            lambda: ClassificationInterpretation.from_learner(learn).most_confused()
        )
        again, repeated = timed(interp.most_confused)
        own, found = timed(lambda: kept(run))
        if not found == whole == repeated:
            raise Problem("fastai finds other confused pairs than petwidgets: report this, please.")
        yield own, first, again


def pairs(settings: Settings, breeds: int) -> Pairs:
    """Beside `interp.most_confused()` of an interpretation that is there already."""
    each = max(8, 40 // breeds)
    with own_home(), linked(of_breeds(settings.pictures, breeds, each)) as folder:
        for own, _, again in compared(trained(folder)):
            yield Pair(1e3 * own, 1e3 * again)


ROW = Row(
    name="most-confused",
    what="the most confused pairs of breeds",
    unit="ms",
    ours="from the run's kept predictions",
    theirs="interp.most_confused, which predicts again",
    measure=pairs,
    needs=("torch", "photographs"),
    grows_with="breeds",
    sizes=(2, 8),
    large=(2, 8, 37),
)
