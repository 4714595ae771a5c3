"""Stored predictions of a run on its validation set, as the input of all interpretation panels.

Chapter section "Model Interpretation".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data.species import noun
from petwidgets.recipes.recipe import MOST_BREEDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from petwidgets.runs.run import Run


@dataclass(frozen=True)
class Interpretation:
    """A run's validation predictions, or those of a user's own model.

    Args:
        run: the run's id, or a description of a user's own model.
        vocab: c breeds.
        files: n names, relative to the run's data.
        probabilities: (n, c) float32, rows adding to one.
        targets: (n) positions in the vocab.
        losses: (n) float32 cross-entropy, in nats.
        own: lines of code that set `found` to a user's own predictions; empty for a run's.
        places: paths of a user's own files by name; a session knows those of a run.
        title: what a page calls the run.
        data: the source of the run's photographs, as in its recipe; empty for a user's own.
    """

    run: str
    vocab: tuple[str, ...]
    files: tuple[str, ...]
    probabilities: np.ndarray
    targets: np.ndarray
    losses: np.ndarray
    own: str = ""
    places: Mapping[str, Path] = field(default_factory=dict)
    title: str = ""
    data: str = ""

    @property
    def noun(self) -> str:
        """What its labels are called, a breed or a class."""
        return noun(self.vocab)

    @property
    def name(self) -> str:
        """What a sentence calls the run: its title, as the lists do."""
        return self.title or self.run

    @property
    def source(self) -> str:
        """The origin of the predictions, for a caption."""
        return f"{'From' if self.own else 'Recorded:'} {self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """The breed of each file that the predictions are judged by."""
        return {file: self.vocab[i] for file, i in zip(self.files, self.targets, strict=True)}

    @property
    def predictions(self) -> np.ndarray:
        """(n) positions of the most probable breeds."""
        return np.asarray(self.probabilities.argmax(1))

    @property
    def confidence(self) -> np.ndarray:
        """(n) probabilities of the predicted breeds."""
        return np.asarray(self.probabilities.max(1))

    @property
    def right(self) -> np.ndarray:
        """(n) whether each prediction is right."""
        return np.asarray(self.predictions == self.targets)

    @property
    def errors(self) -> int:
        """The number of wrong predictions."""
        return int((~self.right).sum())


def read(run: Run) -> Interpretation:
    """Read the stored predictions of a run's last kept epoch; no inference is run.

    Raises:
        Problem: the run has none, they are damaged, or they have too many breeds to show.
    """
    if len(vocab := run.info.get("vocab", ())) > MOST_BREEDS:
        raise Problem(
            f"The run {run.id} tells {counted(len(vocab), run.noun)} apart, and"
            f" {MOST_BREEDS:,} at most can be looked at here: choose another."
        )
    validation = run.validation()
    return Interpretation(
        run.id,
        tuple(run.info["vocab"]),
        validation.files,
        validation.probabilities,
        validation.targets.astype(np.int64),
        validation.losses,
        title=run.title,
        data=run.recipe.data,
    )


def described(interp: Interpretation, i: int) -> list[tuple[str, str]]:
    """Rows (title, text) with one photograph's breed, prediction and loss."""
    breed, taken = interp.vocab[interp.targets[i]], interp.vocab[interp.predictions[i]]
    own = float(interp.probabilities[i, interp.targets[i]])
    return [
        (interp.noun.capitalize(), f"{breed.replace('_', ' ')}, probability {own:.4f}"),
        ("Predicted", f"{taken.replace('_', ' ')}, probability {float(interp.confidence[i]):.4f}"),
        ("Loss", f"{float(interp.losses[i]):.4f}"),
    ]
