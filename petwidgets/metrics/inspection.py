"""Choose photographs to inspect first, and describe a heat map in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.data.labels import labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.runs.run import Run

ROWS, COLUMNS = ("upper", "middle", "lower"), ("left", "middle", "right")


def worst_first(interp: Interpretation, cell: tuple[str, str] = ("", "")) -> np.ndarray:
    """Positions of validation photographs, those with the largest losses first.

    Args:
        interp: a run's predictions.
        cell: true and predicted breed to select; an empty name stands for any.
    """
    order = np.argsort(-interp.losses, kind="stable")
    for breed, column in zip(cell, (interp.targets, interp.predictions), strict=True):
        if breed:
            at = interp.vocab.index(breed) if breed in interp.vocab else -1
            order = order[column[order] == at]
    return order


def compared(interp: Interpretation, i: int) -> tuple[str, str]:
    """The predicted and the true breed; if they are the same, the predicted and the second one."""
    first, second = np.argsort(-interp.probabilities[i], kind="stable")[:2]
    right = first == interp.targets[i]
    return interp.vocab[first], interp.vocab[second if right else interp.targets[i]]


def spot(shares: Sequence[Sequence[float]]) -> str:
    """Describe the ninth of a square with the most heat.

    Args:
        shares: (3, 3) shares of the heat, from the upper left to the lower right.

    Example:
        >>> spot([[0.1, 0.6, 0.0], [0.1, 0.2, 0.0], [0.0, 0.0, 0.0]])
        '60 % of the heat is in the upper middle'
    """
    grid = np.asarray(shares)
    if not grid.any():
        return "nothing in the photograph speaks for it"
    row, column = divmod(int(grid.argmax()), len(COLUMNS))
    name = "centre" if (row, column) == (1, 1) else f"{ROWS[row]} {COLUMNS[column]}"
    return f"{100 * grid.max():.0f} % of the heat is in the {name}"


def labelled(run: Run, places: Mapping[str, Path]) -> list[tuple[str, str, str]]:
    """Name, path and breed of photographs, without those whose breed is not in the run's vocab.

    Args:
        run: its pattern labels the photographs, and its recipe relabels some.
        places: the photographs' paths by name.

    Raises:
        Problem: the run's pattern is invalid, or takes too long.
    """
    names = [*places]
    breeds = labels([Path(name) for name in names], run.recipe.pattern) if names else []
    relabel, known = dict(run.recipe.relabel), set(run.info["vocab"])
    trained_as = [relabel.get(name, breed) for name, breed in zip(names, breeds, strict=True)]
    return [
        (name, str(places[name]), breed)
        for name, breed in zip(names, trained_as, strict=True)
        if breed is not None and breed in known
    ]


def cell_of(interp: Interpretation, i: int) -> tuple[str, str]:
    """True and predicted breed of a photograph."""
    return interp.vocab[interp.targets[i]], interp.vocab[interp.predictions[i]]


def around(points: np.ndarray, i: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the n points (of (m, 2)) nearest to point i, itself first, and distances."""
    far = np.linalg.norm(points - points[i], axis=1)
    far[i] = -1.0
    order = np.argsort(far, kind="stable")[:n]
    return order, np.maximum(far[order], 0.0)


def tops(points: np.ndarray, targets: np.ndarray) -> list[tuple[int, float, float]]:
    """For each breed its position in the vocab, and x and y of a label in its (m, 2) points."""
    rows = []
    for breed in np.unique(targets):
        x, y = points[targets == breed].T
        rows.append((int(breed), float(np.median(x)), float(np.quantile(y, 0.75))))
    return rows
