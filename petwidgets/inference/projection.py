"""Project photographs to a plane, so that similar features give near points.

t-SNE: L. van der Maaten, G. Hinton, "Visualizing Data using t-SNE", JMLR 2008; by scikit-learn.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from petwidgets.common.errors import Problem
from petwidgets.common.folder_cache import FolderCache
from petwidgets.inference.embeddings import last_layer, missing
from petwidgets.inference.nearest import unit
from petwidgets.jobs import explain as jobs
from petwidgets.jobs.explain import Embedded
from petwidgets.jobs.job import implements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.features import Missing
    from petwidgets.runs.run import Run

METHODS = ("tsne", "pca")

KEPT = FolderCache("maps", 10**8)
"""Cache for some 10,000 maps."""

SEED = 42
COMPONENTS = 50
"""Dimensions to which PCA reduces the features before t-SNE, as its authors do: that is quicker,
and drops noise."""

PERPLEXITY = 30.0
LEAST, MOST = 4, 3000
"""Least and largest number of photographs of a map. t-SNE can't be interrupted, and its time grows
with their number."""


@implements(jobs.embed)
def embed(run: Run, method: str, places: Sequence[tuple[str, str]]) -> Embedded | Missing:
    """Project a run's validation photographs (implements the job)."""
    names = list(run.info["files"]) if run.featured else [name for name, _ in places]
    if run.featured:
        features = run.features()
    else:
        files = [path for _, path in places]
        uncached = missing(run, files)
        if uncached.positions:
            return uncached
        features = last_layer(run).features([Path(file) for file in files])
    if len(names) < LEAST:
        raise Problem(f"A map needs {LEAST} photographs at least: there are {len(names)}.")
    positions = _drawn(len(names))
    points, share = points_of(features[positions], method)
    shown = tuple(names[i] for i in positions)
    return Embedded(names=shown, points=points, dropped=len(names) - len(positions), share=share)


def points_of(features: np.ndarray, method: str) -> tuple[np.ndarray, float]:
    """(n, 2) float32 points of (n, f) features, and the variance share of two components.

    Features are normalised to length one, so that distances on the map follow cosine similarity.
    The same features give the same map, which is cached in `cache/maps`.

    Raises:
        Problem: no such method.
    """
    if method not in METHODS:
        raise Problem(f"There is no method {method!r}: choose {' or '.join(METHODS)}.")
    rows = unit(features.astype(np.float32))
    settings = f"{method}|{SEED}|{rows.shape}".encode()
    file = f"{hashlib.sha256(settings + rows.tobytes()).hexdigest()}.safetensors"
    result = _read(KEPT.get(file), len(rows))
    if result is None:
        result = _computed(rows, method)
        points, share = result
        with suppress(Problem):  # without the cache it is computed again next time
            KEPT.put(file, save({"points": points, "share": np.array([share])}))
    return result


def _computed(rows: np.ndarray, method: str) -> tuple[np.ndarray, float]:
    reduced, share = _reduced(rows)
    if method == "pca":
        return np.ascontiguousarray(reduced[:, :2]), share
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=SEED)
    # Several OpenMP threads wait for each other on a busy machine: 2.6 s became 25 s. The limit is
    # per thread, so a training in another thread keeps its own.
    with threadpool_limits(1, user_api="openmp"):
        return np.ascontiguousarray(tsne.fit_transform(reduced), np.float32), share


def _reduced(rows: np.ndarray) -> tuple[np.ndarray, float]:
    """Components, and the variance share of the first two, by scikit-learn if it is installed."""
    try:
        from sklearn.decomposition import PCA
    except ImportError:  # it comes with torch
        return principal(rows, COMPONENTS)
    pca = PCA(min(COMPONENTS, *rows.shape), random_state=SEED)
    reduced = pca.fit_transform(rows)
    return reduced, float(pca.explained_variance_ratio_[:2].sum())


def principal(rows: np.ndarray, most: int) -> tuple[np.ndarray, float]:
    """(n, k) float32: the first principal components of (n, f) rows, k at most `most`.

    With it the share of the variance that the first two have. Signs are as of scikit-learn's `PCA`:
    the largest weight of a component is positive.
    """
    centred = rows - rows.mean(0)
    left, scales, axes = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    k = min(most, *rows.shape)
    signs = np.sign(axes[range(len(axes)), np.abs(axes).argmax(1)])
    variances = scales**2
    share = float(variances[:2].sum() / variances.sum()) if variances.any() else 1.0
    return (left * scales * signs)[:, :k].astype(np.float32), share


def _read(content: bytes | None, n: int) -> tuple[np.ndarray, float] | None:
    if content is None:
        return None
    with suppress(SafetensorError, KeyError, ValueError):
        arrays = load(content)
        if arrays["points"].shape == (n, 2) and np.isfinite(arrays["points"]).all():
            return arrays["points"], float(arrays["share"][0])
    return None


def _drawn(n: int) -> np.ndarray:
    """All positions, or a random sample of `MOST` of them."""
    if n <= MOST:
        return np.arange(n)
    return np.sort(np.random.default_rng(SEED).permutation(n)[:MOST])
