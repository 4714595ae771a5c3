"""Find the training photographs that are most similar to a photograph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.data.image import read_photo
from petwidgets.inference.embeddings import last_layer
from petwidgets.jobs import features as jobs
from petwidgets.jobs.features import NEAREST, Neighbour
from petwidgets.jobs.job import implements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.run import Run


@implements(jobs.nearest)
def nearest(
    run: Run, photo: Path | str | bytes, places: Sequence[tuple[str, str, str]], k: int = NEAREST
) -> list[Neighbour]:
    """Find the most similar photographs (implements the job).

    Features that are not cached are computed first, in some 30 ms per photograph. For many
    photographs call `gather` before, in chunks and with progress.
    """
    layer = last_layer(run)
    features = layer.of(read_photo(photo if isinstance(photo, bytes) else Path(photo)))
    if not places:
        return []
    rows = layer.features([Path(path) for _, path, _ in places])
    similarities = unit(rows) @ unit(features[None])[0]
    order = np.argsort(-similarities, kind="stable")[:k]
    return [Neighbour(places[i][0], places[i][2], float(similarities[i])) for i in order]


def unit(rows: np.ndarray) -> np.ndarray:
    """The rows scaled to length one; rows of zeros are left alone."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))
