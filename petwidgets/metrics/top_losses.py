"""Select the photographs with the largest or smallest loss.

Chapter section "Model Interpretation"; names as in fastai's `Interpretation.top_losses`.
"""

from __future__ import annotations

import numpy as np

WAYS = {"greatest": "greatest losses", "least": "least losses", "random": "any, by chance"}


def top_losses(
    losses: np.ndarray, k: int | None = None, *, largest: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """The k largest or smallest losses, all by default.

    Returns:
        (k) losses and (k) positions; equal losses in order of position.

    Example:
        >>> top_losses(np.array([0.1, 2.0, 0.7]), 2)
        (array([2. , 0.7]), array([1, 2]))
    """
    positions = np.argsort(-losses if largest else losses, kind="stable")[:k]
    return losses[positions], positions


def chosen(losses: np.ndarray, way: str, k: int, seed: int = 0) -> np.ndarray:
    """(k) positions, selected by one of `WAYS`."""
    if way == "random":
        return np.random.default_rng(seed).permutation(len(losses))[:k]
    return top_losses(losses, k, largest=way == "greatest")[1]


def share(losses: np.ndarray, positions: np.ndarray) -> float:
    """The share of these photographs in the total loss; 0 if the total is 0."""
    total = float(losses.sum(dtype=np.float64))
    return float(losses[positions].sum(dtype=np.float64)) / total if total else 0.0
