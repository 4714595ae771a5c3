"""Batches of a model for the loss workbench: from the engine, a recording, or given arrays."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, plural
from petwidgets.metrics.arrays import as_names, as_table, as_targets, as_vocab
from petwidgets.metrics.calibration import UNFITTED
from petwidgets.metrics.loss_batch import MOST_ROWS, Batch
from petwidgets.snippets import loss

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from petwidgets.data.dataset import Dataset
    from petwidgets.jobs.loss_batch import Looked


def draw(
    dataset: Dataset,
    vocab: Sequence[str],
    validated: Sequence[str],
    n: int,
    seed: int,
    *,
    first: Path | None = None,
) -> list[tuple[Path, str]]:
    """`n` photographs and their breeds, drawn at random, one of them perhaps chosen.

    Args:
        dataset: what is drawn from; breeds that the model does not know are left out.
        vocab: the model's breeds.
        validated: names as of `Dataset.name` that it was not trained on; only they are drawn if
            there are any.
        n: how many, fewer where there are fewer.
        seed: of the draw.
        first: a photograph to begin with, if the model knows its breed.

    Raises:
        Problem: the model knows none of the breeds.
    """
    known = [
        (path, breed)
        for path, breed in zip(dataset.paths, dataset.breeds, strict=True)
        if breed in set(vocab)
    ]
    if not known:
        raise Problem(
            f"The chosen model knows none of these photographs' {plural(dataset.noun)}: choose"
            " another model in Classify a photograph, or other photographs in Look at the data."
        )
    names = set(validated)
    unseen = [(path, breed) for path, breed in known if dataset.name(path) in names]
    some = unseen or known
    drawn = random.Random(seed).sample(some, min(n, len(some)))  # noqa: S311 - a lesson
    begin = [pair for pair in known if pair[0] == first]
    return [*begin, *(pair for pair in drawn if pair not in begin)][:n]


def live(
    answer: Looked, breeds: Sequence[str], run: Any, *, names: Sequence[str], unseen: bool
) -> Batch:
    """A batch of what the engine answered.

    Args:
        answer: of `petwidgets.jobs.loss_batch.batch`.
        breeds: the breed of each file that was asked for.
        run: whose network it was.
        names: as of `Dataset.name` of each file, for two folders may hold the same file name.
        unseen: whether the photographs are known to be none that it was trained on.

    Raises:
        Problem: no photograph could be read.
    """
    read = answer.read
    if not read:
        raise Problem(f"None of the photographs could be read: {answer.problem}")
    vocab, files = run.info["vocab"], [answer.files[i] for i in read]
    targets = [vocab.index(breeds[i]) for i in read]
    kind = "that it was not trained on" if unseen else "that it may have been trained on"
    return Batch(
        activations=np.asarray(answer.activations, np.float32),
        targets=np.array(targets, np.int64),
        columns=tuple(vocab),
        rows=tuple(names[i] for i in read),
        source=f"Live: {counted(len(files), 'photograph')} {kind}, through the run {run.title}.",
        code=loss.live(run.id, files, targets),
        pictures=answer.pictures,
    )


def recorded(run: Any, n: int, seed: int) -> Batch:
    """A batch of the run's recorded validation predictions, which need no photographs.

    A log of a softmax is its activations but for a shift of the row, which softmax doesn't notice.

    Raises:
        Problem: the run has none.
    """
    validation = run.validation()
    count = len(validation.targets)
    rows = random.Random(seed).sample(range(count), min(n, count))  # noqa: S311 - a lesson
    with np.errstate(divide="ignore"):
        activations = np.log(validation.probabilities[rows].astype(np.float32))
    return Batch(
        activations=activations,
        targets=validation.targets[rows].astype(np.int64),
        columns=tuple(run.info["vocab"]),
        rows=tuple(validation.files[i] for i in rows),
        source=(
            f"Recorded: {len(rows):,} of {counted(count, 'validation prediction')} of the run"
            f" {run.title}. Their activations are known but for a shift of each row, which changes"
            " no softmax."
        ),
        code=loss.recorded(run.id, rows),
    )


def brought(name: str, activations: np.ndarray, breed: str, run: Any, temperature: float) -> Batch:
    """A batch of one photograph that a visitor brought.

    Args:
        name: its file's.
        activations: (1, c) float32.
        breed: what it really shows.
        run: whose network it was.
        temperature: by which its answer was calibrated.
    """
    vocab = run.info["vocab"]
    targets = np.array([vocab.index(breed)], np.int64)
    numbers = [float(x) for x in activations[0]]
    apart = (
        f"; Classify divides them by {temperature:.2f} first, so that its probabilities differ from"
        " these."
    )
    classify = ", as in Classify." if temperature == UNFITTED else apart
    return Batch(
        activations=activations,
        targets=targets,
        columns=tuple(vocab),
        rows=(name,),
        source=(
            f"Live: {name}, brought by you, through the run {run.title}. Softmax is taken of the"
            f" activations as they are{classify}"
        ),
        code=f"acts = tensor([{numbers}])\ntarg = tensor({targets.tolist()})",
    )


def given(
    activations: Any,
    targets: Any,
    vocab: Sequence[Any] | None = None,
    names: Sequence[Any] | None = None,
) -> Batch | None:
    """A batch of a user's own arrays; None of nothing.

    Args:
        activations: (n, c) numbers, n no more than 64.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        names: n names of the rows; by default their numbers.

    Raises:
        Problem: one of them is missing, or has another shape or other values.
    """
    if all(one is None for one in (activations, targets, vocab, names)):
        return None
    if activations is None or targets is None:
        missing = "activations" if activations is None else "targets"
        raise Problem(f"The {missing} are missing: give activations and targets together.")
    table = as_table(activations, "The activations")
    n, c = table.shape
    if n > MOST_ROWS:
        raise Problem(
            f"A batch here has {MOST_ROWS} rows at most, and these are {n:,}: give some of them,"
            f" such as activations[:{MOST_ROWS}] and targets[:{MOST_ROWS}]."
        )
    column = as_targets(targets, table.shape)
    return Batch(
        activations=table,
        targets=column,
        columns=as_vocab(vocab, c),
        rows=as_names(names, n, "The list of names", "row"),
        source=f"From your arrays: {counted(n, 'row')} of {counted(c, 'activation')}.",
        code=loss.written(table, column),
    )
