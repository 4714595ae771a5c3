"""Classify photographs outside a data set in one forward pass, without `Learner.predict`.

`Learner.predict` builds a test `DataLoader` and runs all callbacks for a single photograph, which
takes 400 ms and more. Here the validation transforms and the network are kept and called directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from petwidgets.common.errors import Problem
from petwidgets.data.checks.measure import SIDE, sharpness
from petwidgets.data.image import encode, read_photo
from petwidgets.inference.converted import weights_of
from petwidgets.inference.network import MAPS, network
from petwidgets.inference.overlay import enlarged, overlay
from petwidgets.jobs import classify as jobs
from petwidgets.jobs import loss_batch
from petwidgets.jobs.classify import Answer
from petwidgets.jobs.job import implements
from petwidgets.jobs.loss_batch import Looked
from petwidgets.metrics.abstention import SURE, Limits, Look, answer, limits
from petwidgets.metrics.losses import softmax
from petwidgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALL, PICTURE, LARGE = 80, 160, 512
"""Longer side of pictures in pixels: in the filmstrip, in a batch, and of a single one."""


@dataclass(frozen=True)
class Sight:
    """A network's outputs for n photographs.

    Args:
        activations: (n, c) float32, outputs of the last layer.
        features: (n, f) float32, inputs of the last layer.
        maps: outputs of the body; (n, channels, h, w) for a convolutional one.
    """

    activations: np.ndarray
    features: np.ndarray
    maps: np.ndarray


class Classifier:
    """A run's network with the preparation of its input and the thresholds of its answers.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.vocab, self.network = run, run.info["vocab"], network(run)
        self.preparation = self.network.preparation

    @cached_property
    def limits(self) -> Limits:
        """The thresholds for an answer; there are none for a run without validation predictions."""
        if not self.run.validated:
            return Limits(1.0, 0.0)
        validation = self.run.validation()
        features = self.run.features() if self.run.featured else None
        return limits(validation.probabilities, validation.targets, features)

    def probabilities(self, photos: Sequence[Image.Image]) -> np.ndarray:
        """(n, c) float32 for n photographs, rows of sum 1; not calibrated."""
        return softmax(self.activations(photos))

    def activations(self, photos: Sequence[Image.Image]) -> np.ndarray:
        """(n, c) float32 for n photographs: outputs of the last layer."""
        return self.look(self.preparation.batch(photos)).activations

    def look(self, batch: np.ndarray) -> Sight:
        """The network's outputs for n squares, (n, 3, size, size), in one forward pass."""
        maps = self.network.maps(batch)
        features, activations = self.network.head(maps)
        return Sight(activations, features, maps)

    def parts(self, sight: Sight) -> list[str]:
        """Breeds that the network is sure of in parts of a photograph, which may show two pets.

        A part is a window of the body's feature maps. Only the head is computed for it, which costs
        next to nothing.
        """
        if sight.maps.ndim != MAPS:  # a transformer has no feature maps
            return []
        features, activations = self.network.head(_windows(sight.maps[:1]))
        probabilities = self.limits.cooled(activations)
        familiar = self.limits.likeness(features) >= self.limits.least_likeness
        sure = (probabilities.max(1) >= SURE) & familiar
        return [self.vocab[i] for i in dict.fromkeys(probabilities.argmax(1)[sure])]

    def answer(self, photo: Image.Image) -> Answer:
        """Classify one photograph: the five most probable breeds, and whether to name the first."""
        batch = self.preparation.batch([photo])
        sight = self.look(batch)
        probabilities = self.limits.cooled(sight.activations)[0]
        decision = answer(
            self.limits,
            self.vocab,
            probabilities,
            features=sight.features[0],
            look=look(photo),
            parts=self.parts(sight),
        )
        seen = self.preparation.seen(batch)[0]
        return Answer(
            run=self.run.id,
            decision=decision,
            activations=tuple(sight.activations[0].tolist()),
            photo=encode(photo, LARGE),
            small=encode(photo, SMALL),
            seen=encode(Image.fromarray(seen), LARGE),
            box=middle(*photo.size),
            heat=self._heat(sight, seen),
        )

    def _heat(self, sight: Sight, seen: np.ndarray) -> bytes:
        if sight.maps.ndim != MAPS:
            return b""
        heat = self.network.heat(sight.maps, [int(sight.activations[0].argmax())])[0]
        return overlay(seen, enlarged(heat, len(seen)))


def _windows(maps: np.ndarray) -> np.ndarray:
    """Nine overlapping windows of one photograph's maps, each side four sevenths of theirs."""
    side, (height, width) = 4 / 7, maps.shape[2:]
    h, w = max(1, round(side * height)), max(1, round(side * width))
    tops, lefts = ((0, (n - k) // 2, n - k) for n, k in ((height, h), (width, w)))
    return np.concatenate([maps[:, :, y : y + h, x : x + w] for y in tops for x in lefts])


def look(photo: Image.Image) -> Look:
    """Size and sharpness of a photograph, to detect unsuitable ones (takes a millisecond)."""
    small = photo.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return Look(min(photo.size), sharpness(small.convert("L")))


def middle(width: int, height: int) -> tuple[float, float, float, float]:
    """The centre square: left, top, right and bottom as shares of the sides."""
    across, down = (0.5 * min(width, height) / side for side in (width, height))
    return 0.5 - across, 0.5 - down, 0.5 + across, 0.5 + down


@lru_cache(maxsize=3)
def _classifier(folder: Path, _weights: tuple[int, bool]) -> Classifier:
    return Classifier(Run(folder))


def classifier(run: Run) -> Classifier:
    """The run's classifier, kept in memory until its weights change or are converted.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
    run.require_sound()
    return _classifier(run.folder, weights_of(run))


@implements(jobs.classify)
def classify(run: Run, photo: Path | bytes) -> Answer:
    """Classify a photograph (implements the job)."""
    return classifier(run).answer(read_photo(photo))


@implements(loss_batch.batch)
def batch(run: Run, files: Sequence[str]) -> Looked:
    """Run files through a run's network (implements the job)."""
    model = classifier(run)
    photos, read, problem = [], [], ""
    for i, file in enumerate(files):
        try:
            photos.append(read_photo(Path(file)))
            read.append(i)
        except Problem as unread:  # noqa: PERF203 - one bad file must not stop the others
            problem = problem or f"{Path(file).name}: {unread}"
    return Looked(
        files=tuple(files),
        read=tuple(read),
        activations=model.activations(photos) if photos else np.empty((0, 0), np.float32),
        pictures=tuple(encode(photo, PICTURE) for photo in photos),
        problem=problem,
    )


@implements(jobs.warm)
def warm(run: Run) -> None:
    """Load a run's network before its first use (implements the job)."""
    classifier(run).answer(Image.new("RGB", (64, 64)))
