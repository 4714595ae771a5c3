"""The training photographs that a network finds most like another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.data.image import read_photo
from petwidgets.jobs import features as jobs
from petwidgets.jobs.features import NEAREST, Neighbour
from petwidgets.jobs.job import implements
from petwidgets.learning.explain.embeddings import last_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.run import Run


@implements(jobs.nearest)
def nearest(
    run: Run, photo: Path | str | bytes, places: Sequence[tuple[str, str, str]], k: int = NEAREST
) -> list[Neighbour]:
    """Those whose features point most nearly where the photograph's do, as the job says.

    Features that are not kept are computed first, some 30 ms a photograph: where these are many,
    have `gather` do that in pieces, with progress.
    """
    known = last_layer(run)
    own = known.of(read_photo(photo if isinstance(photo, bytes) else Path(photo)))
    if not places:
        return []
    rows = known.features([Path(path) for _, path, _ in places])
    similar = unit(rows) @ unit(own[None])[0]
    order = np.argsort(-similar, kind="stable")[:k]
    return [Neighbour(places[i][0], places[i][2], float(similar[i])) for i in order]


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length one; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))
