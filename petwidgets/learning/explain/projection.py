"""Photographs as points of a plane, near each other where their features are.

t-SNE: L. van der Maaten, G. Hinton, "Visualizing Data using t-SNE", JMLR 2008; by scikit-learn.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import sklearn
from safetensors import SafetensorError
from safetensors.numpy import load, save
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from petwidgets.common.errors import Problem
from petwidgets.common.folder_cache import FolderCache
from petwidgets.jobs import explain as jobs
from petwidgets.jobs.explain import Embedded
from petwidgets.jobs.job import implements
from petwidgets.learning.explain.embeddings import last_layer, missing
from petwidgets.learning.explain.nearest import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.features import Missing
    from petwidgets.runs.run import Run

METHODS = ("tsne", "pca")

KEPT = FolderCache("maps", 10**8)
"""Some 10,000 maps."""

SEED = 42
COMPONENTS = 50
"""To which PCA reduces features before t-SNE, as its authors do: it is quicker, and loses noise."""

PERPLEXITY = 30.0
LEAST, MOST = 4, 3000
"""Photographs of a map; t-SNE can't be stopped, and its time grows with them."""


@implements(jobs.embed)
def embed(run: Run, method: str, places: Sequence[tuple[str, str]]) -> Embedded | Missing:
    """A run's validation photographs as points, as the job says."""
    names = list(run.info["files"]) if run.featured else [name for name, _ in places]
    if run.featured:
        features = run.features()
    else:
        files = [path for _, path in places]
        wanted = missing(run, files)
        if wanted.positions:
            return wanted
        features = last_layer(run).features([Path(file) for file in files])
    if len(names) < LEAST:
        raise Problem(f"A map wants {LEAST} photographs at least: there are {len(names)}.")
    drawn = _drawn(len(names))
    points, share = points_of(features[drawn], method)
    kept = tuple(names[i] for i in drawn)
    return Embedded(names=kept, points=points, dropped=len(names) - len(drawn), share=share)


def points_of(features: np.ndarray, method: str) -> tuple[np.ndarray, float]:
    """(n, 2) float32 of (n, f), and the share of variance that two components keep.

    Features are brought to length one, so that what is near on the map is near by cosine
    similarity. The same features give the same map, which is kept in `cache/maps`.

    Raises:
        Problem: no such method.
    """
    if method not in METHODS:
        raise Problem(f"There is no method {method!r}: choose {' or '.join(METHODS)}.")
    rows = unit(features.astype(np.float32))
    made = f"{method}|{SEED}|{sklearn.__version__}|{rows.shape}".encode()
    file = f"{hashlib.sha256(made + rows.tobytes()).hexdigest()}.safetensors"
    found = _read(KEPT.get(file), len(rows))
    if found is None:
        found = _computed(rows, method)
        points, share = found
        with suppress(Problem):  # it is made again another time
            KEPT.put(file, save({"points": points, "share": np.array([share])}))
    return found


def _computed(rows: np.ndarray, method: str) -> tuple[np.ndarray, float]:
    pca = PCA(min(COMPONENTS, *rows.shape), random_state=SEED)
    reduced = pca.fit_transform(rows)
    share = float(pca.explained_variance_ratio_[:2].sum())
    if method == "pca":
        return np.ascontiguousarray(reduced[:, :2], np.float32), share
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=SEED)
    # Several would wait for each other on a busy machine: 2.6 s became 25 s. It is this
    # thread's own number; a training beside it keeps its.
    with threadpool_limits(1, user_api="openmp"):
        return np.ascontiguousarray(tsne.fit_transform(reduced), np.float32), share


def _read(kept: bytes | None, n: int) -> tuple[np.ndarray, float] | None:
    if kept is None:
        return None
    with suppress(SafetensorError, KeyError, ValueError):
        found = load(kept)
        if found["points"].shape == (n, 2) and np.isfinite(found["points"]).all():
            return found["points"], float(found["share"][0])
    return None


def _drawn(n: int) -> np.ndarray:
    """All positions, or as many as a map can have."""
    if n <= MOST:
        return np.arange(n)
    return np.sort(np.random.default_rng(SEED).permutation(n)[:MOST])
