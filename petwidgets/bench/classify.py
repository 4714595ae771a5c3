"""A warm classification of one photograph, in one process."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING

from petwidgets.bench.home import offered
from petwidgets.bench.row import Pair, Row
from petwidgets.data.image import read_photo
from petwidgets.inference.classify import classifier
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from petwidgets.bench.row import Pairs, Settings
    from petwidgets.inference.classify import Classifier

FEW = 40
"""Photographs that are classified in turn."""


def seconds(work: Callable[[Path], object], file: Path) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work(file)
    return time.perf_counter() - began


def both(photographs: Path) -> tuple[Classifier, Callable[[Path], object]]:
    """The shipped model for onnxruntime, and `Learner.predict` of the same weights, both warm."""
    from fastai.callback.progress import ProgressCallback

    from petwidgets.learning.train.learner import learner

    run = RunStore().get(SHIPPED_ID)
    with offered(photographs), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the learner only predicts
        learn = learner(run)
    learn.remove_cb(ProgressCallback)
    known = classifier(run)
    first = next(photographs.glob("*.jpg"))
    learn.predict(first)
    known.answer(read_photo(first))
    return known, learn.predict


def rounds(known: Classifier, predict: Callable[[Path], object], files: Sequence[Path]) -> Pairs:
    """Milliseconds of each photograph; ours reads it, classifies it and draws its heat."""
    for file in files:
        theirs = 1e3 * seconds(predict, file)
        yield Pair(1e3 * seconds(lambda f: known.answer(read_photo(f)), file), theirs)


def pairs(settings: Settings, _size: int) -> Pairs:
    """Photographs spread over the folder, once each."""
    files = sorted(settings.pictures.glob("*.jpg"))
    known, predict = both(settings.pictures)
    yield from rounds(known, predict, files[:: max(1, len(files) // FEW)])


ROW = Row(
    name="classify",
    what="one photograph classified, warm",
    unit="ms",
    ours="with its heat map, onnxruntime",
    theirs="Learner.predict",
    measure=pairs,
    needs=("torch", "photographs"),
    rounds=30,
)
