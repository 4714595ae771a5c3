"""The training photographs that a network finds most like another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.data.image import read_photo
from petwidgets.learning.explain.embeddings import last_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.store import Run


def nearest(
    run: Run, photo: Path | str | bytes, places: Sequence[tuple[str, str, str]], k: int = 8
) -> list[tuple[str, str, float]]:
    """Those whose features point most nearly where the photograph's do.

    Features that are not kept are computed first, some 30 ms a photograph: where these are many,
    have `learning.explain.embeddings:gather` do that in pieces, with progress.

    Args:
        run: whose features.
        photo: a file, or a file's bytes.
        places: name, path and breed of the photographs that are looked among.
        k: how many are wanted.

    Returns:
        At most k of (name, breed, cosine similarity), the nearest first; none without `places`.

    Raises:
        Problem: a photograph can't be read, or the run has no weights.
    """
    known = last_layer(run)
    own = known.of(read_photo(photo if isinstance(photo, bytes) else Path(photo)))
    if not places:
        return []
    rows = known.features([Path(path) for _, path, _ in places])
    similar = unit(rows) @ unit(own[None])[0]
    order = np.argsort(-similar, kind="stable")[:k]
    return [(places[i][0], places[i][2], float(similar[i])) for i in order]


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length one; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))
