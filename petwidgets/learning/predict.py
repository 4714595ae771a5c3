"""Classifying photographs that are in no data set: one forward pass, no `Learner.predict`.

`Learner.predict` builds a test `DataLoader` and runs all callbacks for a single photograph: 400 ms
and more. Here the transforms of the validation set and the network are kept, and called.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image

from petwidgets.data.photo import encode, read_photo
from petwidgets.learning.backbones import Undrawn, network, pretrained
from petwidgets.learning.dls import Preparation
from petwidgets.learning.inference import one_thread, ready
from petwidgets.learning.learners import head_kind, restore
from petwidgets.problem import Problem
from petwidgets.runs import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np


PICTURE = 160
"""Pixels of the longer side of a batch's pictures."""


class Classifier:
    """A run's network and preparation, ready to classify.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """

    def __init__(self, run: Run) -> None:
        recipe = run.recipe
        self.run, self.vocab = run, run.info["vocab"]
        with Undrawn():
            self.preparation = Preparation(recipe, pretrained(recipe.arch))
            model = network(recipe.arch, len(self.vocab), head_kind(run))
        restore(run, model)
        self.model = ready(model, recipe.size)

    @torch.inference_mode()
    def probabilities(self, photos: Sequence[Image.Image]) -> np.ndarray:
        """(n, c) float32 for n photographs, rows adding to one."""
        return self._forward(self.preparation.batch(photos)).softmax(1).numpy()

    @torch.inference_mode()
    def activations(self, photos: Sequence[Image.Image]) -> np.ndarray:
        """(n, c) float32 for n photographs: what the last layer gives."""
        return self._forward(self.preparation.batch(photos)).numpy()

    def _forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self.model(batch.contiguous(memory_format=torch.channels_last)).float()

    @torch.inference_mode()
    @one_thread()
    def answer(self, photo: Image.Image) -> dict[str, Any]:
        """The five most probable breeds of one photograph, and whether the first is to be said."""
        batch = self.preparation.batch([photo])
        row = self._forward(batch)[0].softmax(0).numpy()
        order = row.argsort()[::-1][:5]
        top = [[self.vocab[i], float(row[i])] for i in order]
        breed, probability = top[0]
        least = self.run.info.get("least_probability", 0.0)
        return {
            "breed": breed,
            "probability": probability,
            "top": top,
            "recognised": probability >= least,
            "least_probability": least,
            "run": self.run.id,
            "seen": encode(Image.fromarray(self.preparation.seen(batch)[0]), 512, "PNG"),
        }


@lru_cache(maxsize=3)
def _classifier(folder: Path, _written_ns: int) -> Classifier:
    return Classifier(Run(folder))


def classifier(run: Run) -> Classifier:
    """The run's classifier, kept in memory until its weights change.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
    run.demand_sound()
    weights = run.folder / "model.safetensors"
    return _classifier(run.folder, weights.stat().st_mtime_ns if weights.is_file() else 0)


def classify(run: Run, photo: Path | bytes) -> dict[str, Any]:
    """One photograph's answer, or `{"problem": sentence}` when it can't be read.

    Returns:
        `breed`, `probability`, `top` (five pairs), `recognised`, `least_probability`, `run`, and
        `seen`: the square that the network saw, as the bytes of a PNG file.
    """
    known = classifier(run)
    try:
        return known.answer(read_photo(photo))
    except Problem as problem:
        return {"problem": str(problem)}


def batch(run: Run, files: Sequence[str]) -> dict[str, Any]:
    """A batch of photographs through a run's network, for the loss workbench.

    Args:
        run: whose network.
        files: n paths; those that can't be read are left out, and the first one's problem is said.

    Returns:
        `files` as asked, `read` the m positions of those that could be read, `activations`
        (m, c) as float32, `pictures` m JPEG files, `problem` a sentence or nothing.
    """
    known = classifier(run)
    photos, read, problem = [], [], ""
    for at, file in enumerate(files):
        try:
            photos.append(read_photo(Path(file)))
            read.append(at)
        except Problem as unread:  # noqa: PERF203 - one bad file stops no others
            problem = problem or f"{Path(file).name}: {unread}"
    return {
        "files": [*files],
        "read": read,
        "activations": known.activations(photos) if photos else [],
        "pictures": [encode(photo, PICTURE) for photo in photos],
        "problem": problem,
    }


def warm(run: Run) -> None:
    """Load what a first classification needs, so that a visitor does not wait for it."""
    classifier(run).probabilities([Image.new("RGB", (64, 64))])
