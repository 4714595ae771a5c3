"""A user's own predictions: from arrays, a fastai `Learner` or a fastai `Interpretation`.

fastai's objects are recognised by their attributes, so that nothing here imports fastai.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.common.errors import Problem
from petwidgets.metrics.arrays import as_names, as_probabilities, as_targets, as_vocab
from petwidgets.metrics.predictions import Interpretation

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 1e-12
"""Smaller probabilities are replaced by this one in a loss, which is thus at most 27.6 nats."""

ARRAYS, LEARNER = "your arrays", "your learner (live)"

IMPORT = "from petwidgets.metrics.own_predictions import"


def own_predictions(
    *,
    probabilities: Any = None,
    targets: Any = None,
    vocab: Sequence[Any] | None = None,
    files: Sequence[Any] | None = None,
    learner: Any = None,
    interpretation: Any = None,
) -> Interpretation | None:
    """Convert a panel's arguments to predictions; None if there are none.

    Raises:
        Problem: as `from_arrays` and `from_learner`; or several sources were given at once.
    """
    arrays = any(argument is not None for argument in (probabilities, targets, vocab, files))
    if arrays + (learner is not None) + (interpretation is not None) > 1:
        raise Problem("Give either arrays, or a learner, or an interpretation: not several.")
    if learner is not None:
        return from_learner(learner)
    if interpretation is not None:
        return from_interpretation(interpretation)
    if not arrays:
        return None
    if probabilities is None or targets is None:
        missing = "probabilities" if probabilities is None else "targets"
        raise Problem(f"The {missing} are missing: give probabilities and targets together.")
    return from_arrays(probabilities, targets, vocab, files)


def from_arrays(
    probabilities: Any,
    targets: Any,
    vocab: Sequence[Any] | None = None,
    files: Sequence[Any] | None = None,
) -> Interpretation:
    """Convert arrays or tensors to predictions.

    Args:
        probabilities: (n, c) numbers, rows adding to one.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of classes; by default their numbers.
        files: n paths or names of the items; existing files are shown.

    Raises:
        Problem: an argument has the wrong shape or invalid values.

    Example:
        >>> found = from_arrays([[0.9, 0.1], [0.6, 0.4]], [0, 1], ["cat", "dog"])
        >>> found.errors, found.losses.round(4).tolist()
        (1, [0.10540000349283218, 0.9162999987602234])
    """
    table = as_probabilities(probabilities)
    column = as_targets(targets, table.shape)
    names, places = _named(files, len(table))
    own = np.maximum(table[np.arange(len(table)), column].astype(np.float64), LEAST)
    given = "probabilities, targets" + ", vocab=vocab" * (vocab is not None)
    given += ", files=files" * (files is not None)
    return Interpretation(
        run=ARRAYS,
        vocab=as_vocab(vocab, table.shape[1]),
        files=names,
        probabilities=table,
        targets=column,
        losses=-np.log(own).astype(np.float32) + 0.0,  # -0 becomes 0
        own=f"{IMPORT} from_arrays\n\nfound = from_arrays({given})  # those of this panel",
        places=places,
    )


def from_learner(learn: Any, dl: Any = None, act: Any = None) -> Interpretation:
    """Run a fastai `Learner` on its validation set, in one pass.

    Args:
        learn: a single-label classifier whose loss knows its activation, as fastai's losses do.
        dl: another `DataLoader` with targets; by default that of the validation set.
        act: a function from activations to probabilities; by default the loss's own.

    Raises:
        Problem: it is not a `Learner`, or not a single-label classifier.
    """
    if not hasattr(learn, "get_preds") or not hasattr(learn, "dls"):
        raise Problem(f"A {type(learn).__name__} is not a fastai Learner: give one, or arrays.")
    dl = learn.dls.valid if dl is None else dl
    with learn.no_bar() if hasattr(learn, "no_bar") else nullcontext():
        probabilities, targets = learn.get_preds(dl=dl, act=act)[:2]
    interp_data = from_arrays(probabilities, targets, getattr(learn.dls, "vocab", None), _items(dl))
    code = f"{IMPORT} from_learner\n\nfound = from_learner(learn)  # the one of this panel"
    return replace(interp_data, run=LEARNER, own=code)


def from_interpretation(interp: Any) -> Interpretation:
    """Run the learner of a fastai `Interpretation` on its `DataLoader`.

    Raises:
        Problem: it is not an `Interpretation`; or as `from_learner`.
    """
    if not hasattr(interp, "learn") or not hasattr(interp, "dl"):
        raise Problem(f"A {type(interp).__name__} is not a fastai Interpretation: give one.")
    interp_data = from_learner(interp.learn, interp.dl, getattr(interp, "act", None))
    code = f"{IMPORT} from_interpretation\n\nfound = from_interpretation(interp)  # of this panel"
    return replace(interp_data, own=code)


def _items(dl: Any) -> Sequence[Any] | None:
    """The files that a `DataLoader` reads; None if its items are not files."""
    items = [*getattr(getattr(dl, "dataset", None), "items", ())]
    # The items of a data frame are its columns, and a text is not a file either.
    files = items and all(isinstance(item, Path) or _is_file(item) for item in items)
    return items if files else None


def _is_file(item: Any) -> bool:
    """Whether an item is an existing file; False for invalid and too long names."""
    return isinstance(item, str | Path) and os.path.isfile(item)  # noqa: PTH113 - never raises


def _named(files: Sequence[Any] | None, n: int) -> tuple[tuple[str, ...], dict[str, Path]]:
    """Names of n items, without folders if still unique, and the paths of existing files.

    Raises:
        Problem: they are not a list, or their number is not n.
    """
    if files is None:
        return tuple(f"row {i}" for i in range(n)), {}
    paths = [*map(Path, as_names(files, n, "The list of files", "row"))]
    names = tuple(path.name for path in paths)
    if len(set(names)) < n:
        names = tuple(map(str, paths))
    return names, {name: path for name, path in zip(names, paths, strict=True) if _is_file(path)}
